"""A session of the Python client postmarker, unchanged apart from the base address.

It prints one line per step and ends with exit code 1 at the first wrong answer. See README.md.
"""

import argparse
import base64
import os
import re
import sys
import time
import uuid
from datetime import datetime

from postmarker.core import PostmarkClient
from postmarker.exceptions import ClientError

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def required(name):
    value = os.environ.get(name)
    if not value:
        print(f"set {name}; see README.md", file=sys.stderr)
        sys.exit(2)
    return value


class Session:
    """The steps, in order; a step named in SIMULATOR_ONLY is left out against the host."""

    SIMULATOR_ONLY = {"create_template", "suppressions", "delete_suppression", "bounce"}

    def __init__(self, profile):
        self.profile = profile
        self.base = required("MAIL_BASE_URL").rstrip("/") + "/"
        self.sender = os.environ.get("MAIL_FROM", "Sender <sender@example.com>")
        self.template_alias = os.environ.get("MAIL_TEMPLATE", "welcome")
        self.client = self.connect(required("MAIL_TOKEN"))
        self.tag = f"session-{uuid.uuid4()}"
        self.sent = None

    def connect(self, token):
        return PostmarkClient(server_token=token, timeout=20, root_api_url=self.base)

    def mail(self, **fields):
        return {
            "From": self.sender,
            "To": "ann@example.com",
            "Subject": "A session",
            "TextBody": "Hello from a session.",
            **fields,
        }

    def send(self):
        metadata = {"TrackingId": str(uuid.uuid4())}
        fields = self.mail(Tag=self.tag, HtmlBody="<p>Hello</p>", Metadata=metadata)
        self.sent = self.client.emails.send(**fields)
        accepted(self.sent)
        equal(self.sent["To"], "ann@example.com", "To")
        return f"MessageID {self.sent['MessageID']}"

    def batch(self):
        answers = self.client.emails.send_batch(
            self.mail(), self.mail(To="nobody@localhost"), self.mail(Cc=["bob@example.com"])
        )
        equal([answer["ErrorCode"] for answer in answers], [0, 300, 0], "ErrorCodes")
        accepted(answers[0])
        accepted(answers[2])
        return "0, 300, 0 in their places"

    def create_template(self):
        created = self.client.templates.create(
            Name="Welcome", Alias=self.template_alias, Subject="Hi {{name}}", TextBody="Welcome, {{name}}."
        )
        equal(created.Alias, self.template_alias, "Alias")
        equal(self.client.templates.get(created.TemplateId).Subject, "Hi {{name}}", "Subject")
        return f"TemplateId {created.TemplateId}"

    def template(self):
        order = {
            "From": self.sender,
            "To": "ann@example.com",
            "TemplateAlias": self.template_alias,
            "TemplateModel": {"name": "Ann"},
        }
        accepted(self.client.emails.send_with_template(**order))
        answers = self.client.emails.send_template_batch(order, order)
        equal(len(answers), 2, "answers")
        for answer in answers:
            accepted(answer)
        return "single and batch"

    def attachment(self):
        note = base64.b64encode("Grüße".encode()).decode()
        answer = self.client.emails.send(
            **self.mail(
                HtmlBody='<img src="cid:pixel">',
                Attachments=[
                    ("pixel.png", PIXEL, "image/png", "cid:pixel"),
                    {"Name": "note.txt", "Content": note, "ContentType": "text/plain"},
                ],
            )
        )
        accepted(answer)
        return "inline image and text file"

    def search(self):
        def look():
            found = self.client.messages.outbound.all(count=10, tag=self.tag)
            return found[0] if len(found) == 1 else None

        found = eventually(look)
        equal(found.MessageID, self.sent["MessageID"], "MessageID")
        equal(found.Subject, "A session", "Subject")
        equal(found.To[0]["Email"], "ann@example.com", "To[0].Email")
        return "found by tag"

    def details(self):
        details = self.client.messages.outbound.get(self.sent["MessageID"])
        equal(details.MessageID, self.sent["MessageID"], "MessageID")
        equal(details.TextBody, "Hello from a session.", "TextBody")
        equal(isinstance(details.MessageEvents, list), True, "MessageEvents is a list")
        equal(details.Recipients, ["ann@example.com"], "Recipients")
        return f"{len(details.MessageEvents)} events"

    def suppressions(self):
        answer = self.change_suppressions("")
        equal(answer["Suppressions"][0]["Status"], "Suppressed", "Status")
        dump = self.client.call(
            "GET", "/message-streams/outbound/suppressions/dump", EmailAddress="silent@example.com"
        )
        equal(len(dump["Suppressions"]), 1, "entries")
        return "added and listed"

    def suppressed_406(self):
        to = os.environ.get("MAIL_SUPPRESSED_TO")
        if not to:
            to = "silent@example.com" if self.profile == "simulator" else required("MAIL_SUPPRESSED_TO")
        error = refused(lambda: self.client.emails.send(**self.mail(To=to)))
        equal((status_of(error), error.error_code), (422, 406), "status and code")
        equal(f"inactive addresses: {to}." in str(error), True, f"the address is named in: {error}")
        return str(error)

    def delete_suppression(self):
        answer = self.change_suppressions("/delete")
        equal(answer["Suppressions"][0]["Status"], "Deleted", "Status")
        accepted(self.client.emails.send(**self.mail(To="silent@example.com")))
        return "deleted, and mail goes through again"

    def bounce(self):
        accepted(self.client.emails.send(**self.mail(To="HardBounce@bounce-testing.postmarkapp.com")))
        bounce = self.client.bounces.all(count=1)[0]
        equal(bounce.Type, "HardBounce", "Type")
        equal(bounce.activate(), "OK", "activation")
        statistics = self.client.bounces.deliverystats
        equal(statistics["Bounces"][0]["Name"], "All", "first line")
        return f"{statistics['Bounces'][0]['Count']} counted"

    def wrong_token_401(self):
        stranger = self.connect(str(uuid.uuid4()))
        error = refused(lambda: stranger.emails.send(**self.mail()))
        equal((status_of(error), error.error_code), (401, 10), "status and code")
        return str(error)

    def no_valid_address_300(self):
        error = refused(lambda: self.client.emails.send(**self.mail(To="nobody@localhost")))
        equal((status_of(error), error.error_code), (422, 300), "status and code")
        return str(error)

    def no_such_thing_404(self):
        error = refused(lambda: self.client.call("GET", f"/email/bulk/{uuid.uuid4()}"))
        equal(status_of(error), 404, "status")
        return str(error)

    def steps(self):
        every = [
            self.send,
            self.batch,
            self.create_template,
            self.template,
            self.attachment,
            self.search,
            self.details,
            self.suppressions,
            self.suppressed_406,
            self.delete_suppression,
            self.bounce,
            self.wrong_token_401,
            self.no_valid_address_300,
            self.no_such_thing_404,
        ]
        return [step for step in every if self.profile == "simulator" or step.__name__ not in self.SIMULATOR_ONLY]

    def change_suppressions(self, action):
        data = {"Suppressions": [{"EmailAddress": "silent@example.com"}]}
        return self.client.call("POST", f"/message-streams/outbound/suppressions{action}", data=data)


def accepted(answer):
    equal(answer["ErrorCode"], 0, "ErrorCode")
    equal(answer["Message"], "OK", "Message")
    equal(bool(UUID.fullmatch(answer["MessageID"])), True, f"MessageID {answer['MessageID']} is a UUID")
    # Seven fraction digits are one more than datetime reads.
    datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", answer["SubmittedAt"]).replace("Z", "+00:00"))


def refused(call):
    try:
        answer = call()
    except ClientError as error:
        return error
    raise AssertionError(f"expected a refusal, got {answer}")


def status_of(error):
    return error.__cause__.response.status_code


def eventually(look):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not appear within 20 seconds")


def equal(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: expected {expected}, found {found}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", choices=["simulator", "host"], required=True)
    session = Session(parser.parse_args().profile)
    for step in session.steps():
        name = step.__name__.replace("_", " ")
        try:
            print(f"ok    {name}: {step()}", flush=True)
        except Exception as error:  # a step may fail in any way; the first one ends the session
            print(f"WRONG {name}: {type(error).__name__}: {error}", flush=True)
            sys.exit(1)


if __name__ == "__main__":
    main()
