"""Passwords: argon2id, in a thread, a few at a time; and the throttle on guessing them."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
"""Shortest password taken (NIST SP 800-63B asks for 8; the demo's has 13)."""
MAX_LENGTH = 200
"""A longer one is refused before it is hashed."""

FAILURES_ALLOWED = 8
"""Wrong guesses for one name, or from one address, in FAILURE_WINDOW; then each waits."""
FAILURES_ALLOWED_ADDRESS = 40
"""An office behind one address mistypes more often than one person."""
FAILURE_WINDOW = timedelta(minutes=5)
THROTTLED_MAX = 20_000
"""Most names and addresses remembered; the longest unseen are forgotten first."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's first choice for argon2id: 19 MiB, two passes: about 20 ms on one core."""

_THREADS = ThreadPoolExecutor(2, thread_name_prefix="argon2")
"""Two at a time: logins may wait, the event loop may not, and memory stays at 2 x 19 MiB."""


def hash_password(password: str) -> str:
    """Return the argon2id hash. Takes about 20 ms."""
    return _HASHER.hash(password.encode("utf-8", "surrogatepass"))


_NOBODY = hash_password("nobody has this password")
"""Checked where there is no such name, so that the time an answer takes tells nothing."""


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether the password is right; None as hash takes as long and is always wrong."""
    loop = asyncio.get_running_loop()
    right = await loop.run_in_executor(_THREADS, _verify, password_hash or _NOBODY, password)
    return right and password_hash is not None


async def hash_password_aside(password: str) -> str:
    """Return the hash without holding up the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, hash_password, password)


class LoginThrottle:
    """Counts wrong guesses per name and per address, each in its own window."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[datetime]] = OrderedDict()

    def wait_s(self, username: str, address: str, at: datetime) -> int:
        """Return how many seconds this login must wait; 0 if it may be tried now."""
        return max(
            self._wait_s(f"name:{username}", FAILURES_ALLOWED, at),
            self._wait_s(f"address:{address}", FAILURES_ALLOWED_ADDRESS, at),
        )

    def count_failure(self, username: str, address: str, at: datetime) -> None:
        for key in (f"name:{username}", f"address:{address}"):
            self._failures.setdefault(key, []).append(at)
            self._failures.move_to_end(key)
        while len(self._failures) > THROTTLED_MAX:
            self._failures.popitem(last=False)

    def forget(self, username: str) -> None:
        """Clear a name's count after a right password; its address keeps its own."""
        self._failures.pop(f"name:{username}", None)

    def _wait_s(self, key: str, allowed: int, at: datetime) -> int:
        recent = [one for one in self._failures.get(key, ()) if at - one < FAILURE_WINDOW]
        if key in self._failures:
            self._failures[key] = recent[-allowed:]
        if len(recent) < allowed:
            return 0
        return max(1, int((recent[-allowed] + FAILURE_WINDOW - at).total_seconds()))
