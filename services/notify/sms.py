"""Short messages, handed to whatever gateway the city has by one documented POST (docs/how-to/tell-citizens.md)."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from hmac import new as hmac
from urllib.parse import urlsplit

import httpx
import msgspec

from services.notify.letter import Letter, Outcome, Report
from services.observe import clock
from services.settings import BadSetting

SEND_WITHIN_S = 10.0
"""A gateway that says nothing for so long is tried again later."""
SECRET_MIN = 16
"""Characters of the secret that signs: fewer could be tried out."""

_AGAIN = frozenset({408, 409, 425, 429})
"""Refusals that pass: the gateway is busy, or still at the first try."""
_encode = msgspec.json.Encoder().encode


class SmsProvider:
    """A gateway that takes `{"id", "to", "text", "language"}` as JSON.

    Every request carries `Idempotency-Key`, `X-Wardline-Timestamp` (seconds since 1970) and `X-Wardline-Signature`:
    `sha256=` and the hexadecimal HMAC-SHA-256 of `timestamp.body` under the secret that both sides know.
    """

    def __init__(self, url: str, secret: str, client: Callable[[], Awaitable[httpx.AsyncClient]]) -> None:
        """:raises BadSetting: if one of the two cannot be meant."""
        try:
            parts = urlsplit(url)
        except ValueError:
            raise BadSetting("WARDLINE_SMS_URL cannot be read") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadSetting("WARDLINE_SMS_URL must be an http or https address")
        if len(secret) < SECRET_MIN:
            raise BadSetting(f"WARDLINE_SMS_SECRET must have at least {SECRET_MIN} characters")
        self._url, self._secret, self._client = url, secret.encode(), client

    async def send(self, letter: Letter) -> Report:
        said = {"id": letter.id, "to": letter.to, "text": letter.text, "language": letter.language}
        body = _encode(said)
        timestamp = str(int(clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": letter.id,
            "X-Wardline-Timestamp": timestamp,
            "X-Wardline-Signature": sign(self._secret, timestamp, body),
        }
        try:
            client = await self._client()
            answer = await client.post(self._url, content=body, headers=headers, timeout=SEND_WITHIN_S)
        except httpx.HTTPError as error:
            return Report(Outcome.LATER, type(error).__name__)
        if answer.is_success:
            return Report(Outcome.TAKEN)
        is_passing = answer.status_code in _AGAIN or not 400 <= answer.status_code < 500
        return Report(Outcome.LATER if is_passing else Outcome.REFUSED, f"HTTP {answer.status_code}")


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return what `X-Wardline-Signature` says of a body."""
    return "sha256=" + hmac(secret, timestamp.encode() + b"." + body, sha256).hexdigest()
