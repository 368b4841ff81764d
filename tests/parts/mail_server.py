"""A mail server of the tests' own: real SMTP on a free port. It keeps what it takes, and refuses on demand."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Condition

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.parts.processes import find_free_port

SENDER = "12319 <report@city.test>"


@dataclass
class MailServer:
    """`replies` are given to the next mails instead of taking them; `refused` are addresses that there are not."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    """The same as they came over the wire."""
    replies: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    changed: Condition = field(default_factory=Condition)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.replies:
            return self.replies.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        with self.changed:
            self.mails.append(mail)
            self.raw.append(content)
            self.changed.notify_all()
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    def wait_for(self, count: int, address: str, within_s: float = 30.0) -> list[EmailMessage]:
        """Return the mails to an address once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.to(address)) >= count, within_s), (
                f"{len(self.to(address))} of {count} mails to {address}"
            )
        return self.to(address)


def mail_settings(server: MailServer) -> dict[str, str]:
    """Return the environment of a Wardline that sends its letters there."""
    return {
        "WARDLINE_PUBLIC_URL": "http://city.test",
        "WARDLINE_SMTP_URL": server.url,
        "WARDLINE_MAIL_FROM": SENDER,
    }


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """Return the mail's plain text, or its HTML."""
    body = mail.get_body((kind,))
    assert body is not None, f"the mail has no {kind} text"
    return str(body.get_content())


def code_of(mail: EmailMessage) -> str:
    """Return the code of six digits that a mail holds."""
    found = re.search(r"^\s*(\d{6})\s*$", text_of(mail), re.MULTILINE)
    assert found, text_of(mail)
    return found[1]


@contextmanager
def run_mail_server() -> Iterator[MailServer]:
    server = MailServer(port=find_free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
