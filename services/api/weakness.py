"""Passwords that are known: leaked before, words of the dictionary, keyboard walks, one's own name.

Two lists, neither of which is asked over a network (NIST SP 800-63B, 3.1.1.2):
zxcvbn's, which ships with the product and knows some thirty thousand leaked passwords and how they are varied; and,
where the city has it, the whole file of Have I Been Pwned (`WARDLINE_BREACHED_PASSWORDS`), sorted by hash.
"""

import functools
import importlib
import os
from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path
from typing import Any

SCORE_MIN = 3
"""zxcvbn's "safely unguessable": more than 10^8 guesses, at 100 tries an hour ten years and more."""
LOOKED_AT = 40
"""Characters that zxcvbn looks at: it takes longer than linearly. Twenty good ones are enough to pass."""
WELL_KNOWN = (
    "wardline",
    "woaini",
    "1314",
    "520",
    "1314520",
    "5201314",
    "888888",
    "666666",
    "admin",
    "yunwei",
    "chengguan",
)
"""What zxcvbn's lists, made elsewhere, do not have at their top: what is often taken here."""
LINE_MAX = 128
"""Bytes of one line of the file: 40 of the hash, a colon, how often."""

Reason = tuple[str, str]
"""Why a password is refused, zh and en."""

LEAKED: Reason = ("这个密码出现在已泄露的密码中", "this password is among those that were leaked")
GUESSABLE: Reason = ("这个密码太容易被猜到", "this password is too easy to guess")


@functools.cache
def _zxcvbn() -> Any:
    """Its lists are read when somebody chooses a password, not at every start."""
    return importlib.import_module("zxcvbn").zxcvbn


def find_weakness(password: str, own: Sequence[str] = (), leaked_file: str = "") -> Reason | None:
    """Return why a password must not be used; None if nothing is known against it. Takes some 5 to 50 ms.

    `own` are words of its owner: his name, the city.
    """
    if leaked_file and is_in_file(password, Path(leaked_file)):
        return LEAKED
    found = _zxcvbn()(password[:LOOKED_AT], user_inputs=[word for word in (*own, *WELL_KNOWN) if word])
    if found["score"] >= SCORE_MIN:
        return None
    whole = found["sequence"]
    is_leaked = len(whole) == 1 and whole[0].get("dictionary_name") == "passwords"
    return LEAKED if is_leaked else GUESSABLE


def is_in_file(password: str, path: Path) -> bool:
    """Tell whether the file has the password's SHA-1: lines `HASH:count`, sorted, in capitals. About 40 reads."""
    wanted = sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, os.SEEK_END)
        while low < high:
            middle = (low + high) // 2
            start, line = _line_at(file.fileno(), middle)
            found = line[:40].upper()
            if found == wanted:
                return True
            if found < wanted:
                low = start + len(line) + 1
            else:
                high = start
    return False


def _line_at(handle: int, offset: int) -> tuple[int, bytes]:
    """Return where the line that holds the byte at `offset` begins, and the line without its end."""
    back = max(0, offset - LINE_MAX)
    before = os.pread(handle, offset - back, back)
    start = back + before.rfind(b"\n") + 1
    line = os.pread(handle, LINE_MAX, start).partition(b"\n")[0]
    return start, line
