// A session of the official SendGrid clients for Node, unchanged apart from the base address: sending, events with their signatures,
// suppressions, the activity search, and every kind of error. It prints one line per step and ends with exit code 1 at the first
// wrong answer. See ../README.md.

import { createRequire } from "node:module";
import { randomUUID } from "node:crypto";

import { listen } from "./receiver.mjs";

const require = createRequire(import.meta.url);
const { MailService } = require("@sendgrid/mail");
const { EventWebhook, EventWebhookHeader } = require("@sendgrid/eventwebhook");

const base = required("MAIL_BASE_URL");
const key = required("MAIL_TOKEN");
const readingKey = required("MAIL_READING_TOKEN");
const template = process.env.MAIL_TEMPLATE ?? "d-welcome";
const group = Number(process.env.MAIL_GROUP ?? 4711);
const from = { email: "sender@example.com", name: "Sender" };
const service = as(key);
const receiver = await listen();
const settings = "/v3/user/webhooks/event/settings";
let sent;

const steps = [
  ["send", async () => {
    const [response, body] = await service.send(mail({}));
    equal(response.statusCode, 202, "status");
    equal(body, "", "body");
    sent = response.headers["x-message-id"];
    equal(/^[^.\s]+$/.test(sent), true, `X-Message-Id ${sent} is an id without a dot`);
    return `X-Message-Id ${sent}`;
  }],
  ["everything a mail can have", async () => {
    const trackingId = randomUUID();
    accepted(await service.send(mail({
      to: [{ email: "all@example.com", name: "Lee, \"Ann\"" }],
      cc: "copy@example.com",
      bcc: ["blind@example.com"],
      replyToList: [{ email: "one@example.com" }, { email: "two@example.com" }],
      html: "<p>Grüße <img src=\"cid:pixel\"></p>",
      categories: ["lead-followup", "spring"],
      customArgs: { TrackingId: trackingId },
      headers: { "X-Campaign": "spring" },
      attachments: [
        { content: Buffer.from("Grüße").toString("base64"), filename: "note.txt", type: "text/plain", disposition: "attachment" },
        { content: "AAEC", filename: "pixel.png", type: "image/png", disposition: "inline", contentId: "pixel" },
      ],
      trackingSettings: { openTracking: { enable: true }, clickTracking: { enable: true, enableText: false } },
    })));
    const copy = await copyOf("all@example.com");
    equal(copy.TrackingId, trackingId, "TrackingId");
    equal(copy.To, "\"Lee, \\\"Ann\\\"\" <all@example.com>", "To");
    equal(copy.Attachments.map((file) => file.ContentLength).join(), "7,3", "attachments");
    equal((await copyOf("blind@example.com")).Cc, "copy@example.com", "Cc of the blind copy");
    return "with three recipients and two attachments";
  }],
  ["several at once", async () => {
    const people = ["p1@example.com", "p2@example.com", "p3@example.com"];
    const [response] = await service.sendMultiple(mail({ to: people }));
    equal(response.statusCode, 202, "status");
    const ids = await Promise.all(people.map(async (person) => (await copyOf(person)).MessageID));
    equal(new Set(ids).size, 1, "ids of one request");
    const answers = await service.send([mail({ to: "q1@example.com" }), mail({ to: "q2@example.com" })]);
    answers.forEach(accepted);
    return "as personalizations and as requests";
  }],
  ["dynamic template", async () => {
    const own = (to, name) => ({ to, dynamicTemplateData: { name } });
    accepted(await service.send({ from, templateId: template, personalizations: [own("t1@example.com", "<Ann>"), own("t2@example.com", "Bob")] }));
    equal((await copyOf("t1@example.com")).HtmlBody, "<p>Welcome, &lt;Ann&gt;.</p>", "HtmlBody");
    equal((await copyOf("t2@example.com")).Subject, "Hi Bob", "Subject");
    return "filled in for two people";
  }],
  ["sandbox", async () => {
    const before = await ledger();
    const [response] = await service.send(mail({ mailSettings: { sandboxMode: { enable: true } } }));
    equal(response.statusCode, 200, "status");
    equal((await ledger()).counts.accepted, before.counts.accepted, "accepted");
    return "checked and not sent";
  }],
  ["scopes", async () => {
    const [, body] = await call("GET", "/v3/scopes");
    equal(body.scopes.includes("mail.send"), true, "mail.send among the scopes");
    return `${body.scopes.length} scopes`;
  }],
  ["signed event webhook", async () => {
    const kinds = { processed: true, delivered: true, bounce: true, dropped: true, group_unsubscribe: true };
    await call("PATCH", settings, { enabled: true, url: receiver.url, ...kinds });
    const [, signed] = await call("PATCH", `${settings}/signed`, { enabled: true });
    const hook = new EventWebhook();
    const publicKey = hook.convertPublicKeyToECDSA(signed.public_key);
    accepted(await service.send(mail({ to: "bounce@event-testing.sendgrid.net", customArgs: { TrackingId: "of-the-bounce" } })));
    const request = await receiver.next();
    const signature = request.headers[EventWebhookHeader.SIGNATURE().toLowerCase()];
    const timestamp = request.headers[EventWebhookHeader.TIMESTAMP().toLowerCase()];
    equal(hook.verifySignature(publicKey, request.body, signature, timestamp), true, "signature");
    equal(hook.verifySignature(publicKey, request.body.trimEnd(), signature, timestamp), false, "signature of another body");
    const events = JSON.parse(request.body);
    equal(events.map((event) => event.event).join(), "processed,bounce", "events");
    equal(events[1].TrackingId, "of-the-bounce", "TrackingId");
    return "verified by @sendgrid/eventwebhook";
  }],
  ["suppressions", async () => {
    const address = "bounce@event-testing.sendgrid.net";
    const [, bounces] = await call("GET", "/v3/suppression/bounces");
    equal(bounces[0].email, address, "email");
    accepted(await service.send(mail({ to: address })));
    equal((await receiver.events())[0].event, "dropped", "event");
    const [removed] = await call("DELETE", `/v3/suppression/bounces/${address}`);
    equal(removed.statusCode, 204, "status");
    return "bounced, dropped, taken off";
  }],
  ["unsubscribe", async () => {
    const text = "Leave: <%asm_group_unsubscribe_raw_url%>";
    accepted(await service.send(mail({ to: "leaver@example.com", text, asm: { groupId: group } })));
    equal((await receiver.events()).length, 2, "events of the mail");
    const link = (await copyOf("leaver@example.com")).TextBody.replace("Leave: ", "");
    equal((await fetch(link)).status, 200, "page");
    await fetch(link, { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) });
    const [event] = await receiver.events();
    equal([event.event, event.asm_group_id, event.email].join(), `group_unsubscribe,${group},leaver@example.com`, "event");
    const [, members] = await call("GET", `/v3/asm/groups/${group}/suppressions`);
    equal(members.join(), "leaver@example.com", "members");
    return "the link leads out of the group";
  }],
  ["activity search", async () => {
    const query = "unique_args['TrackingId']=\"of-the-bounce\"";
    const [, body] = await service.client.request({ method: "GET", url: "/v3/messages", qs: { query, limit: 10 } });
    equal(body.messages.map((row) => `${row.to_email} ${row.status}`).join(), "bounce@event-testing.sendgrid.net not_delivered", "rows");
    return "found by its custom_args";
  }],
  ["400 field by field", async () => {
    const fields = async (data) => (await refused(400, service.client.request({ method: "POST", url: "/v3/mail/send", body: data }))).map((it) => it.field);
    const good = { personalizations: [{ to: [{ email: "ann@example.com" }] }], from, subject: "s", content: [{ type: "text/plain", value: "t" }] };
    equal((await fields({ ...good, personalizations: [{ to: [{ email: "nobody" }] }] })).join(), "personalizations.0.to.0.email", "address");
    equal((await fields({ ...good, subject: "", content: [] })).sort().join(), "content,subject", "two at once");
    const twice = [{ to: [{ email: "a@b.example" }], cc: [{ email: "A@b.example" }] }];
    equal((await fields({ ...good, personalizations: twice })).join(), "personalizations.0", "duplicate");
    return "each by its path";
  }],
  ["401 wrong key", async () => {
    const [error] = await refused(401, as("SG.another.key").send(mail({})));
    equal(error.field, null, "field");
    return error.message;
  }],
  ["403 lacking scope and unverified sender", async () => {
    await refused(403, as(readingKey).send(mail({})));
    const [error] = await refused(403, service.send(mail({ from: "stranger@elsewhere.example" })));
    equal(error.field, "from", "field");
    return error.message;
  }],
  ["404 and 405", async () => {
    await refused(404, call("GET", "/v3/no/such/thing"));
    const [error] = await refused(405, call("GET", "/v3/mail/send"));
    return error.message;
  }],
  ["413 and 415", async () => {
    const content = "A".repeat(30_000_000);
    await refused(413, service.send(mail({ attachments: [{ content, filename: "large.bin", type: "application/octet-stream" }] })));
    const headers = { "Content-Type": "text/plain" };
    const [error] = await refused(415, service.client.request({ method: "POST", url: "/v3/mail/send", headers, body: "text" }));
    return error.message;
  }],
  ["429, 500, 503", async () => {
    const failure = await failing({ kind: "throttled", retry_after_secs: 30 });
    equal(failure.code, 429, "status");
    equal(failure.response.headers["x-ratelimit-remaining"], "0", "remaining");
    equal(Number(failure.response.headers["x-ratelimit-reset"]) > Date.now() / 1000, true, "reset is to come");
    equal((await failing({ kind: "server-error" })).code, 500, "status");
    equal((await failing({ kind: "maintenance" })).code, 503, "status");
    equal((await failing({ kind: "unauthorized" })).code, 401, "status");
    return "each told by its status";
  }],
  ["no answer", async () => {
    for (const kind of [{ kind: "drop-after-accept" }, { kind: "reset" }, { kind: "reset", accepted: true }, { kind: "cut-body" }]) {
      const before = (await ledger()).counts.accepted;
      // The client's own error for answers has `response.body`; a broken connection is its HTTP library's error.
      equal((await failing(kind)).response?.body, undefined, `answer after ${kind.kind}`);
      const accepts = kind.kind === "reset" ? kind.accepted === true : true;
      equal((await ledger()).counts.accepted, before + Number(accepts), `accepted after ${kind.kind}`);
    }
    service.setTimeout(500);
    const failure = await failing({ kind: "hang", accepted: true });
    equal(failure.code, "ECONNABORTED", "code");
    service.setTimeout(0);
    return "dropped, reset, cut, hung";
  }],
  ["a proxy's page and a strange answer", async () => {
    const page = await failing({ kind: "proxy-html", status: 502, accepted: true });
    equal([page.code, typeof page.response.body].join(), "502,string", "status and body");
    await fault({ kind: "wrong-json" });
    const [response] = await service.send(mail({}));
    equal([response.statusCode, response.headers["x-message-id"]].join(), "200,", "status and id");
    return "told apart from an acceptance";
  }],
];

function mail(fields) {
  return { to: "ann@example.com", from, subject: "A session", text: "Hello from a session.", ...fields };
}

function as(apiKey) {
  const own = new MailService();
  own.setApiKey(apiKey);
  own.client.setDefaultRequest("baseUrl", base);
  return own;
}

function call(method, url, body) {
  return service.client.request({ method, url, ...(body && { body }) });
}

function accepted([response]) {
  equal(response.statusCode, 202, "status");
}

async function refused(status, promise) {
  const error = await promise.then((answer) => { throw new Error(`expected ${status}, got ${answer[0].statusCode}`); }, (it) => it);
  if (!error.response) throw error;
  equal(error.code, status, "status");
  return error.response.body.errors;
}

async function failing(kind) {
  await fault(kind);
  return service.send(mail({})).then(() => { throw new Error(`expected a failure after ${kind.kind}`); }, (it) => it);
}

async function fault(kind) {
  const rule = { fault: kind, when: { path: "/v3/mail/send" }, times: 1 };
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${base}/_control/faults`, { method: "POST", headers, body: JSON.stringify(rule) });
  equal(answer.status, 200, "status of a new fault");
}

async function ledger() {
  return (await fetch(`${base}/ledger`)).json();
}

async function copyOf(address) {
  const mailbox = await (await fetch(`${base}/mailbox/${address}`)).json();
  return mailbox.Messages[0];
}

function equal(found, expected, what) {
  if (found !== expected) throw new Error(`${what}: expected ${expected}, found ${found}`);
}

function required(name) {
  const value = process.env[name];
  if (value) return value;
  console.error(`set ${name}; see ../README.md`);
  process.exit(2);
}

for (const [name, run] of steps) {
  try {
    console.log(`ok    ${name}: ${await run()}`);
  } catch (error) {
    console.log(`WRONG ${name}: ${error.message || error}`);
    process.exit(1);
  }
}
process.exit(0);
