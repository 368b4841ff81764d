"""One message to one browser through its push service: sealed (RFC 8291), signed (RFC 8292), sent (RFC 8030)."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

import http_ece
import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02, VapidException

from services.observe import clock
from services.settings import BadSetting, Settings
from services.store.push import Subscription

PAYLOAD_MAX = 3_000
"""Bytes of a message; push services promise 4,096 with the seal (RFC 8030, 7.2)."""
TTL_S = 3_600
"""How long a push service keeps a message for a phone that is off: a task an hour old is another's by then."""
SIGNED_FOR = timedelta(hours=12)
"""RFC 8292 allows 24 hours; half of that leaves room for clocks that are wrong."""
SEND_WITHIN_S = 10.0
PUSH_SERVICES = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "push.apple.com",
    "notify.windows.com",
)
"""Where browsers' push services are. Nobody makes this server call any other host (a browser names its own)."""

KEY_FILE = "vapid_private_key.pem"


class Outcome(Enum):
    """What a push service said."""

    TAKEN = "taken"
    GONE = "gone"
    """The browser has withdrawn; it is never to be tried again."""
    REFUSED = "refused"
    """Something is wrong with the message or with our key."""
    LATER = "later"
    """No answer, or none now."""


class Sealer:
    """Seals and signs, with the key that browsers know this server by."""

    def __init__(self, vapid: Vapid02, subject: str) -> None:
        self._vapid, self._subject = vapid, subject

    @property
    def public_key(self) -> str:
        """The key that a browser asks for when it subscribes (`applicationServerKey`), base64url."""
        raw = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return encode64(raw)

    def seal(self, subscription: Subscription, payload: bytes) -> bytes:
        """Return the payload as only that browser can read it.

        :raises ValueError: if the browser's keys are none, or the payload is too long.
        """
        if len(payload) > PAYLOAD_MAX:
            raise ValueError(f"a push message has at most {PAYLOAD_MAX} bytes")
        sealed: bytes = http_ece.encrypt(
            payload,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=decode64(subscription.p256dh),
            auth_secret=decode64(subscription.auth),
            version="aes128gcm",
        )
        return sealed

    def headers(self, endpoint: str, *, topic: str, urgent: bool) -> dict[str, str]:
        """Return the headers of a message to this endpoint; a later one of the same topic takes its place."""
        where = urlsplit(endpoint)
        claims = {
            "sub": self._subject,
            "aud": f"{where.scheme}://{where.netloc}",
            "exp": int((clock.now() + SIGNED_FOR).timestamp()),
        }
        signed: Mapping[str, str] = self._vapid.sign(claims)
        return {
            **signed,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_S),
            "Urgency": "high" if urgent else "normal",
            "Topic": topic[:32],
        }


def make_sealer(settings: Settings) -> Sealer:
    """Return the sealer with the key of the environment, else with the one in the data folder, made at first need.

    :raises BadSetting: if the key of the environment is none.
    """
    subject = settings.push_subject or settings.public_url or "mailto:wardline@localhost"
    if settings.vapid_private_key:
        try:
            return Sealer(Vapid02.from_string(settings.vapid_private_key), subject)
        except (VapidException, ValueError, TypeError) as error:
            raise BadSetting(f"WARDLINE_VAPID_PRIVATE_KEY is no P-256 key: {type(error).__name__}") from None
    path = settings.data_dir / KEY_FILE
    if not path.exists():
        _write_new_key(path)
    return Sealer(Vapid02.from_file(str(path)), subject)


def _write_new_key(path: Path) -> None:
    vapid = Vapid02()
    vapid.generate_keys()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(vapid.private_pem())
    part.replace(path)


def encode64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode64(text: str) -> bytes:
    """:raises ValueError: if it is not base64url."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def are_keys(p256dh: str, auth: str) -> bool:
    """Return whether these are a browser's keys: a point of P-256 and 16 bytes."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode64(p256dh))
        return len(decode64(auth)) == 16
    except ValueError:
        return False


def is_push_service(endpoint: str, more: Sequence[str]) -> bool:
    """Return whether an address is one of a push service: over https at a host that is known, or at one of `more`.

    `more` are hosts, or whole origins as `http://127.0.0.1:8090`.
    """
    try:
        where = urlsplit(endpoint)
        port = where.port
    except ValueError:
        return False
    host = (where.hostname or "").lower()
    if where.username is not None or where.fragment or not host:
        return False
    if f"{where.scheme}://{where.netloc}" in more:
        return True
    known = (*PUSH_SERVICES, *more)
    return where.scheme == "https" and port in (None, 443) and any(_is_within(host, each) for each in known)


def _is_within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


async def send(
    client: httpx.AsyncClient, endpoint: str, body: bytes, headers: Mapping[str, str]
) -> tuple[Outcome, str]:
    """Send one sealed message; return what became of it, and the words for it."""
    try:
        answer = await client.post(endpoint, content=body, headers=dict(headers), timeout=SEND_WITHIN_S)
    except httpx.HTTPError as error:
        return Outcome.LATER, type(error).__name__
    if answer.status_code in (404, 410):
        return Outcome.GONE, str(answer.status_code)
    if answer.is_success:
        return Outcome.TAKEN, str(answer.status_code)
    is_passing = answer.status_code == 429 or answer.status_code >= 500
    return (Outcome.LATER if is_passing else Outcome.REFUSED), str(answer.status_code)
