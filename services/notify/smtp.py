"""Mail, handed to the city's own server by SMTP (RFC 5321), with STARTTLS where the server has it."""

import asyncio
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from services.notify.letter import Letter, Outcome, Report
from services.observe import clock
from services.settings import BadSetting

SEND_WITHIN_S = 20.0
"""A mail server that says nothing for so long is tried again later: nobody waits for a mail in a request."""
AT_ONCE = 4
"""Connections to the mail server at one time; most servers let one client have ten."""
PERMANENT = 500
"""Replies from here on mean "do not try again" (RFC 5321, 4.2.1)."""

_AS_THEY_ARE = frozenset({"list-unsubscribe", "message-id"})
"""Headers of one long word. To fold it the library would encode it (RFC 2047), and no mail program reads it so."""


class _Policy(EmailPolicy):
    """Writes those headers on one line of their own, whatever its length (RFC 5322 lets it have 998 characters)."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _AS_THEY_ARE:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n")
_STARTTLS = {"auto": None, "always": True, "never": False}


class SmtpProvider:
    """A mail server, and the address that mail comes from.

    `url` is `smtp://user:password@host:port`, or `smtps://` for TLS from the first byte; `?starttls=always` refuses a
    server without it, `?starttls=never` does not ask.
    """

    def __init__(self, url: str, sender: str) -> None:
        """:raises BadSetting: if one of the two cannot be meant."""
        self._sender = sender
        self._domain = _domain_of(sender)
        self._gate = asyncio.Semaphore(AT_ONCE)
        try:
            parts = urlsplit(url)
            port, mode = parts.port, parse_qs(parts.query).get("starttls", ["auto"])[-1]
        except ValueError:
            raise BadSetting("WARDLINE_SMTP_URL cannot be read") from None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or mode not in _STARTTLS:
            raise BadSetting("WARDLINE_SMTP_URL must be smtp://[user:password@]host[:port] or smtps://...")
        self._is_tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, port or (465 if self._is_tls else 587)
        self._starttls = False if self._is_tls else _STARTTLS[mode]
        self._user, self._password = _login_of(parts)

    async def send(self, letter: Letter) -> Report:
        try:
            content = self.compose(letter).as_bytes(policy=_POLICY)
        except (MessageError, ValueError, UnicodeError) as error:
            return Report(Outcome.REFUSED, f"no mail can be made of it: {type(error).__name__}")
        try:
            async with self._gate, self._connect() as server:
                await server.sendmail(parseaddr(self._sender)[1], letter.to, content)
        except SMTPAuthenticationError as error:
            return Report(Outcome.LATER, _words_of(error))  # of the settings, not of this letter
        except SMTPRecipientsRefused as error:
            return _judge(error.recipients[0])
        except SMTPResponseException as error:
            return _judge(error)
        except (SMTPException, OSError) as error:
            return Report(Outcome.LATER, type(error).__name__)
        return Report(Outcome.TAKEN)

    def compose(self, letter: Letter) -> EmailMessage:
        """Return the mail: plain text, and HTML beside it. Its Message-ID is made of the letter's id."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = f"<{letter.id}@{self._domain}>"
        message["Content-Language"] = letter.language
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        for name, value in letter.headers.items():
            message[name] = value
        message.set_content(letter.text, cte="base64" if not letter.text.isascii() else "7bit")
        if letter.html:
            message.add_alternative(letter.html, subtype="html", cte="base64")
        return message

    def _connect(self) -> SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            local_hostname=self._domain,
            timeout=SEND_WITHIN_S,
            use_tls=self._is_tls,
            start_tls=self._starttls,
        )


def _login_of(parts: SplitResult) -> tuple[str | None, str | None]:
    user = unquote(parts.username) if parts.username else None
    return user, unquote(parts.password) if parts.password else None


def _domain_of(sender: str) -> str:
    _, address = parseaddr(sender)
    name, _, domain = address.rpartition("@")
    if not name or not domain or any(c in sender for c in "\r\n"):
        raise BadSetting("WARDLINE_MAIL_FROM must be an address, or `Name <address>`")
    return domain


def _judge(error: SMTPResponseException | SMTPRecipientRefused) -> Report:
    return Report(Outcome.REFUSED if error.code >= PERMANENT else Outcome.LATER, _words_of(error))


def _words_of(error: SMTPResponseException | SMTPRecipientRefused) -> str:
    """The code alone: a server's words often repeat the address."""
    return f"{type(error).__name__} {error.code}"
