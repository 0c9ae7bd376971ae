"""A strict mail server for the tests of letters: aiosmtpd, and a reader that refuses what the standards do not allow.

server.py serve FOLDER [starttls|tls CERTIFICATE]: listens on a free port of 127.0.0.1, prints it, and keeps accepted letters in
FOLDER/letters.jsonl. It ends when its standard input does. Name and password: news / s3cret; with starttls only over TLS.

server.py certificates FOLDER: makes an authority (FOLDER/authority.pem) and certificates: good.pem of that authority, stranger.pem
of another, other.pem of that authority for another host.

Mailboxes that misbehave: grey@ (451 at first), full@ (452 at first), nobody@ (550), cut@ (takes the first letter and breaks the
line before it says so), drop@ (breaks the line without taking the first letter).

RFC 5321 (lines, bare LF), 5322 (headers), 2045 to 2047 (MIME), 8058 (one click).
"""

import asyncio
import email.policy
import email.utils
import json
import logging
import re
import ssl
import sys
import warnings
from email.parser import BytesParser

from aiosmtpd.smtp import SMTP, AuthResult

ONCE = ("From", "To", "Date", "Message-ID", "Subject", "MIME-Version")


def faults(raw: bytes, options) -> str:
    """What is wrong with a letter; empty where nothing is."""
    if raw.replace(b"\r\n", b"").count(b"\n") or raw.replace(b"\r\n", b"").count(b"\r"):
        return "bare LF or CR"
    if b"\0" in raw:
        return "NUL"
    if any(len(line) > 998 for line in raw.split(b"\r\n")):
        return "a line of more than 998 bytes"
    if not raw.isascii() and "BODY=8BITMIME" not in options:
        return "8 bits without 8BITMIME"
    head = raw.split(b"\r\n\r\n", 1)[0]
    if not head.isascii():
        return "8 bits in the header"
    if any(len(line) > 78 for line in head.split(b"\r\n") if b" " in line and not line.startswith(b"List-Unsub")):
        return "a header line that should have been folded"
    letter = BytesParser(policy=email.policy.SMTP).parsebytes(raw)
    for name in ONCE:
        if len(letter.get_all(name, [])) != 1:
            return f"{name} is not there exactly once"
    if not re.fullmatch(r"<[!-;=?-~]+@[A-Za-z0-9.-]+>", str(letter["Message-ID"]).strip()):
        return "no Message-ID"
    if email.utils.parsedate_to_datetime(str(letter["Date"])) is None:
        return "no date"
    if letter.get_content_type() != "multipart/alternative":
        return f"not multipart/alternative but {letter.get_content_type()}"
    parts = [part.get_content_type() for part in letter.iter_parts()]
    if parts != ["text/plain", "text/html"]:
        return f"parts are {parts}"
    for part in letter.walk():
        if part.defects:
            return f"{part.get_content_type()}: {part.defects}"
        if not part.is_multipart() and "\ufffd" in part.get_content():
            return "a part does not decode"
    for name in ("Subject", "From", "To"):
        if letter[name].defects:
            return f"{name}: {letter[name].defects}"
    unsubscribe = re.search(rb"^List-Unsubscribe: <https://[!-;=?-~]+>\r$", head + b"\r\n", re.M)
    if not unsubscribe:
        return "List-Unsubscribe is not one line with one https address"
    if b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" not in head + b"\r\n":
        return "no List-Unsubscribe-Post"
    return ""


class Reader:
    def __init__(self, folder):
        self.kept = open(f"{folder}/letters.jsonl", "a", encoding="utf-8")
        self.seen = set()

    def first(self, what):
        is_first = what not in self.seen
        self.seen.add(what)
        return is_first

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "nobody":
            return "550 5.1.1 there is no such mailbox"
        if name == "grey" and self.first("grey"):
            return "451 4.7.1 greylisted, come again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "full" and self.first("full"):
            return "452 4.2.2 the mailbox is full"
        wrong = faults(envelope.content, envelope.mail_options)
        if wrong:
            return f"554 5.6.0 {wrong}"
        if name == "drop" and self.first("drop"):
            server.transport.abort()
            return "250 nobody hears this"
        letter = BytesParser(policy=email.policy.SMTP).parsebytes(envelope.content)
        text, page = (part.get_content() for part in letter.iter_parts())
        row = {
            "to": envelope.rcpt_tos,
            "id": str(letter["Message-ID"]),
            "subject": str(letter["Subject"]),
            "in_reply_to": letter["In-Reply-To"] and str(letter["In-Reply-To"]),
            "text": text,
            "page": page,
        }
        self.kept.write(json.dumps(row, ensure_ascii=False) + "\n")
        self.kept.flush()
        if name == "cut" and self.first("cut"):
            server.transport.abort()
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = getattr(data, "login", b"") == b"news" and getattr(data, "password", b"") == b"s3cret"
    return AuthResult(success=good, handled=False)


async def serve(folder, protection="none", certificate=None):
    reader = Reader(folder)
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def session():
        return SMTP(
            reader,
            authenticator=authenticate,
            auth_required=True,
            auth_require_tls=protection == "starttls",
            require_starttls=protection == "starttls",
            tls_context=context if protection == "starttls" else None,
            data_size_limit=1 << 20,
            ident="strict",
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=context if protection == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def certificates(folder):
    import trustme

    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(f"{folder}/authority.pem")
    for name, issuer, host in [
        ("good", authority, "127.0.0.1"),
        ("stranger", stranger, "127.0.0.1"),
        ("other", authority, "mail.elsewhere.example"),
    ]:
        issuer.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(f"{folder}/{name}.pem")


if sys.argv[1] == "certificates":
    certificates(*sys.argv[2:])
else:
    # That names and passwords go in the clear is as it should be on loopback.
    warnings.simplefilter("ignore")
    # A client that breaks off a handshake is what some tests are about.
    logging.disable(logging.ERROR)
    asyncio.run(serve(*sys.argv[2:]))
