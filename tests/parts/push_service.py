"""A push service of the tests' own, and browsers that have subscribed to it.

It takes messages as RFC 8030 says, checks who signed them (RFC 8292), and opens each with the browser's own keys
(RFC 8291), by the letter of the standard and without the library that sealed it.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_bytes
from threading import Condition, Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()


def encode64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def raw_point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Browser:
    """One browser with a subscription."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = field(default_factory=lambda: token_bytes(16))

    def subscription(self, **more: str) -> dict[str, Any]:
        keys = {"p256dh": encode64(raw_point(self.key.public_key())), "auth": encode64(self.auth)}
        return {"endpoint": self.endpoint, "keys": keys, **more}

    def open(self, sealed: bytes) -> dict[str, Any]:
        """Return what the message says (RFC 8291, 3.4; RFC 8188, 2)."""
        salt, id_length = sealed[:16], sealed[20]
        sender = sealed[21 : 21 + id_length]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        info = b"WebPush: info\0" + raw_point(self.key.public_key()) + sender
        secret = HKDF(SHA256(), 32, self.auth, info).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, sealed[21 + id_length :], None).rstrip(b"\0")
        assert plain[-1:] == b"\x02", "the last record's delimiter"
        said: dict[str, Any] = json.loads(plain[:-1])
        return said


@dataclass
class Taken:
    """One message that came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class PushService:
    """`statuses` are what it answers, by path; 201 where nothing is said."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.statuses: dict[str, int] = {}
        self._changed = Condition()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with service._changed:
                    service.taken.append(Taken(self.path, dict(self.headers.items()), body))
                    service._changed.notify_all()
                self.send_response(service.statuses.get(self.path, 201))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"

    def subscribe(self, path: str) -> Browser:
        return Browser(f"{self.origin}{path}")

    def wait_for(self, count: int, within_s: float = 20.0) -> list[Taken]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.taken) >= count, within_s), f"{len(self.taken)} of {count}"
            return list(self.taken)

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def run_push_service() -> Iterator[PushService]:
    service = PushService()
    thread = Thread(target=service.serve, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.close()
        thread.join()


def check_signed(message: Taken, origin: str, public_key: str) -> dict[str, Any]:
    """Fail unless the message is signed by the server's key for this service (RFC 8292); return the claims."""
    scheme, _, rest = message.headers["Authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid"
    assert parts["k"] == public_key
    signed, _, signature = parts["t"].rpartition(".")
    raw = decode64(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decode64(public_key))
    key.verify(der, signed.encode(), ec.ECDSA(SHA256()))
    claims: dict[str, Any] = json.loads(decode64(signed.split(".")[1]))
    assert claims["aud"] == origin
    return claims
