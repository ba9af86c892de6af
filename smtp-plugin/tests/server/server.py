"""A submission server that other people wrote (aiosmtpd), and their verifier of DKIM signatures (dkimpy).

Prints `LISTENING PORT`, then a line of JSON for each message it accepts. Ends when its standard input does.
"""

import argparse
import asyncio
import json
import ssl
import sys

import dkim
from aiosmtpd.smtp import SMTP, AuthResult


class Sink:
    def __init__(self, record):
        self.record = record

    async def handle_DATA(self, server, session, envelope):
        content = envelope.original_content
        shown = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "options": envelope.mail_options,
            "content": content.decode("utf-8"),
            "tls": session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
            "user": session.auth_data,
            "signed": dkim.verify(content, dnsfunc=self.lookup) if self.record else None,
        }
        print(json.dumps(shown), flush=True)
        return "250 2.0.0 kept"

    def lookup(self, name, timeout=5):
        return self.record.encode() if name == b"mail._domainkey.example.com." else None


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--mechanism", default="PLAIN")
    parser.add_argument("--dkim-record")
    return parser.parse_args()


async def serve(args):
    def authenticate(server, session, envelope, mechanism, data):
        good = (data.login.decode(), data.password.decode()) == (args.user, args.password)
        return AuthResult(success=good, handled=False, auth_data=mechanism)

    context = None
    if args.tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.certificate, args.key)
    starttls = args.tls == "starttls"

    def protocol():
        return SMTP(
            Sink(args.dkim_record),
            hostname="aiosmtpd.test",
            enable_SMTPUTF8=True,
            data_size_limit=200_000,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            authenticator=authenticate if args.user else None,
            auth_required=bool(args.user),
            # With TLS from the first byte there is no STARTTLS after which it would count as encrypted.
            auth_require_tls=starttls,
            auth_exclude_mechanism=[it for it in ("PLAIN", "LOGIN") if it != args.mechanism],
            loop=asyncio.get_running_loop(),
        )

    implicit = context if args.tls == "implicit" else None
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=implicit)
    print("LISTENING", server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(serve(arguments()))
