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

TRIES_PER_PAIR = 8
"""Wrong guesses for one name from one address in TRY_WINDOW; then they wait."""
TRIES_PER_ADDRESS = 40
"""An office behind one address mistypes more often than one person."""
TRIES_PER_NAME = 100
"""From everywhere together. Far above the pair's, so that a stranger cannot easily lock somebody out."""
TRY_WINDOW = timedelta(minutes=5)
REMEMBERED_MAX = 20_000
"""Most names and addresses remembered; the longest unseen are forgotten first."""
WAITING_MAX = 50
"""Most passwords waiting to be checked (about half a second of work); more are told to come back."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's first choice for argon2id: 19 MiB, two passes: about 20 ms on one core."""

_THREADS = ThreadPoolExecutor(2, thread_name_prefix="argon2")
"""Two at a time: logins may wait, the event loop may not, and memory stays at 2 x 19 MiB."""


def hash_password(password: str) -> str:
    """Return the argon2id hash. Takes about 20 ms."""
    return _HASHER.hash(password.encode("utf-8", "surrogatepass"))


_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$oS6CYnaInOP2j4EU099OIg$KdpS0rLY6GB0OYvEXUSnR/fW+Bg2lSfOCZFYTXhZOlQ"
"""Checked where there is no such name, so that the time an answer takes tells nothing. Made once, not at each start."""


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


_waiting: set["asyncio.Future[bool]"] = set()


class TooManyWaiting(Exception):
    """Too many passwords are waiting to be checked."""


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether the password is right; None as hash takes as long and is always wrong.

    :raises TooManyWaiting: if the queue is full.
    """
    if len(_waiting) >= WAITING_MAX:
        raise TooManyWaiting
    loop = asyncio.get_running_loop()
    check = loop.run_in_executor(_THREADS, _verify, password_hash or _NOBODY, password)
    _waiting.add(check)
    check.add_done_callback(_waiting.discard)
    return await check and password_hash is not None


async def hash_password_aside(password: str) -> str:
    """Return the hash without holding up the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, hash_password, password)


class LoginThrottle:
    """Counts tries per name, per address and per pair of them, each in its own window.

    A try is counted before its password is checked, or a thousand at once would all pass.
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[str, list[datetime]] = OrderedDict()

    def begin(self, username: str, address: str, at: datetime) -> int:
        """Count a try and return 0; or, if there were too many, the seconds to wait (it does not count then)."""
        limits = {
            f"pair:{username}\0{address}": TRIES_PER_PAIR,
            f"address:{address}": TRIES_PER_ADDRESS,
            f"name:{username}": TRIES_PER_NAME,
        }
        wait_s = max(self._wait_s(key, allowed, at) for key, allowed in limits.items())
        if wait_s:
            return wait_s
        for key in limits:
            self._tries.setdefault(key, []).append(at)
            self._tries.move_to_end(key)
        while len(self._tries) > REMEMBERED_MAX:
            self._tries.popitem(last=False)
        return 0

    def succeed(self, username: str, address: str) -> None:
        """Take back the count of a try whose password was right."""
        self._tries.pop(f"pair:{username}\0{address}", None)
        for key in (f"address:{address}", f"name:{username}"):
            if tries := self._tries.get(key):
                tries.pop()

    def _wait_s(self, key: str, allowed: int, at: datetime) -> int:
        recent = [one for one in self._tries.get(key, ()) if at - one < TRY_WINDOW]
        if key in self._tries:
            self._tries[key] = recent
        if len(recent) < allowed:
            return 0
        return max(1, int((recent[-allowed] + TRY_WINDOW - at).total_seconds()))
