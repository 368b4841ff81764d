"""What must be kept and read again: sealed with a key that is not in the database.

The key is `WARDLINE_SECRET_KEY`, or one that is made once and lies in the data folder, readable by its owner alone.
"""

import os
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from services.settings import Settings

KEY_FILE = "secret.key"


class Unreadable(Exception):
    """What was sealed cannot be read: it was sealed with another key."""


class Vault:
    """Seals texts (Fernet: AES-128-CBC and HMAC-SHA-256), and makes keyed digests of codes."""

    def __init__(self, settings: Settings) -> None:
        key = (settings.secret_key or _kept_key(settings.data_dir)).encode()
        self._fernet = Fernet(urlsafe_b64encode(sha256(b"wardline seal\0" + key).digest()))
        self._digest_key = sha256(b"wardline digest\0" + key).digest()

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """:raises Unreadable: if the key is not the one that it was sealed with."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable from None

    def open_or_nothing(self, sealed: str) -> str:
        """Return what was sealed, "" where the key is another one."""
        try:
            return self.open(sealed)
        except Unreadable:
            return ""

    def digest(self, *parts: str) -> str:
        """Return 64 hexadecimal digits that nobody can compute, or try out, without the key."""
        return hmac(self._digest_key, "\0".join(parts).encode("utf-8", "surrogatepass"), sha256).hexdigest()


def _kept_key(data_dir: Path) -> str:
    """Return the key of the data folder; the first who asks makes it."""
    path = data_dir / KEY_FILE
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(32)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key
