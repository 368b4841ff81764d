"""What of a citizen's words a person should know before he reads on: insults, threats, advertising, tests.

Nothing is refused for it: the case says why it waits, and the public does not see it until somebody has looked.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from dispatch.flags import WORD_KINDS, Flag, FlagKind, FlagWord
from dispatch.reasons import Reason

SEPARATOR = "|"
FLAGS_FIELD = "flags"
"""The attribute of an event that its flags stand in."""
FLAGS_MAX = 8
"""Flags of one report: enough to see what it is."""
WHAT_MAX = 40
WORDS_KEPT = 4_096
"""Words of the list that are kept as they are looked for: more than a list has."""

_TESTS = frozenset(
    {
        "test", "testing", "tests", "tester", "测试", "测试一下", "测试测试", "试试", "试一下", "测一下", "这是测试",
        "这是一个测试", "测试数据", "hello", "你好", "您好", "abc", "aaa", "asdf", "qwer", "qwerty", "foo", "bar",
        "lorem", "ipsum", "xxx",
    }
)  # fmt: skip
"""What people write who only try the form; all of the text but digits and marks is one of these, or some of them."""
_LATIN = re.compile(r"[a-z0-9 '&.-]+")
_UNIT = re.compile(r"(.{1,12}?)\1{3,}", re.DOTALL)
_RUN = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "poiuytrewq", "lkjhgfdsa", "mnbvcxz")
REPEAT_SHARE = 0.7
MASH_LETTERS = 7
MASH_VOWELS = 0.15


def flags_of(text: str, words: Sequence[FlagWord]) -> tuple[Flag, ...]:
    """Return why a text should be looked at first, the weightiest first; () for one like any other."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if not plain:
        return ()
    found = [Flag(row.kind, row.word[:WHAT_MAX]) for row in words if _has(plain, row.word)]
    found.sort(key=lambda flag: WORD_KINDS.index(flag.kind))
    if _is_test(plain):
        found.append(Flag(FlagKind.TEST, plain[:WHAT_MAX]))
    elif _is_repeated(plain):
        found.append(Flag(FlagKind.REPEAT))
    elif _is_mash(plain):
        found.append(Flag(FlagKind.MASH))
    return tuple(dict.fromkeys(found))[:FLAGS_MAX]


def _has(plain: str, word: str) -> bool:
    wanted, whole = _read_word(word)
    return wanted in plain and (whole is None or whole.search(plain) is not None)


@lru_cache(maxsize=WORDS_KEPT)
def _read_word(word: str) -> tuple[str, re.Pattern[str] | None]:
    """Return a word as it is looked for, and how it stands alone where it must."""
    wanted = unicodedata.normalize("NFKC", word).casefold()
    is_latin = _LATIN.fullmatch(wanted) is not None
    return wanted, re.compile(rf"(?<![a-z0-9]){re.escape(wanted)}(?![a-z0-9])") if is_latin else None


def _is_test(plain: str) -> bool:
    parts = [part for part in re.split(r"[\W\d_]+", plain) if part]
    if not parts:
        return len(plain) <= 12 and any(each.isdigit() for each in plain)  # nothing but a few digits
    return len(parts) <= 4 and all(part in _TESTS for part in parts)


def _is_repeated(plain: str) -> bool:
    solid = plain.replace(" ", "")
    if len(solid) < 6:
        return False
    covered = sum(len(found.group()) for found in _UNIT.finditer(solid))
    return covered >= REPEAT_SHARE * len(solid)


def _is_mash(plain: str) -> bool:
    letters = [each for each in plain if each.isalpha()]
    latin = "".join(each for each in letters if each.isascii())
    if len(latin) < MASH_LETTERS or len(latin) < len(letters) or len(plain.split()) > 3:
        return False
    vowels = sum(each in "aeiouy" for each in latin) / len(latin)
    on_row = any(latin in row * 2 or latin[:MASH_LETTERS] in row for row in _ROWS)
    return on_row or vowels < MASH_VOWELS or bool(_RUN.search(latin))


def write_flags(flags: Sequence[Flag]) -> str:
    """Return flags as they travel with an event."""
    return SEPARATOR.join(flag.text.replace(SEPARATOR, " ") for flag in flags)


def read_flags(text: object) -> tuple[Flag, ...]:
    """Return the flags of an event's attribute; what cannot be read is none."""
    if not isinstance(text, str) or not text:
        return ()
    pairs = [part.partition(":") for part in text.split(SEPARATOR)[:FLAGS_MAX]]
    kinds = {kind.value: kind for kind in FlagKind}
    return tuple(Flag(kinds[kind], what[:WHAT_MAX]) for kind, _, what in pairs if kind in kinds)


_REASONS: Mapping[FlagKind, Reason] = {
    FlagKind.INSULT: Reason("flag.insult"),
    FlagKind.THREAT: Reason("flag.threat"),
    FlagKind.SPAM: Reason("flag.spam"),
    FlagKind.TEST: Reason("flag.test"),
    FlagKind.REPEAT: Reason("flag.repeat"),
    FlagKind.MASH: Reason("flag.mash"),
    FlagKind.PICTURE: Reason("flag.picture"),
    FlagKind.ROBOT: Reason("flag.robot"),
}
_VALUE: Mapping[FlagKind, str] = {
    FlagKind.PICTURE: "number",
    FlagKind.REPEAT: "",
    FlagKind.MASH: "",
    FlagKind.ROBOT: "",
}


def reasons_of(flags: Sequence[Flag]) -> tuple[Reason, ...]:
    """Return the flags as reasons of a case."""
    reasons = []
    for flag in flags:
        name = _VALUE.get(flag.kind, "words")
        reasons.append(Reason(_REASONS[flag.kind].rule, {name: flag.what} if name else {}))
    return tuple(reasons)
