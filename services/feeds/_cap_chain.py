"""Which warnings of CAP belong together, in whatever order they come: what is replaced, and what is cancelled.

An `Update` or a `Cancel` may come before the `Alert` that it names (CAP 1.2, 3.2.1, `references`), and may name only
the last of a chain. What they tell of others is kept for the sender (`Learned`), a bounded number of them.

Where two ends of a chain were told of before the link between them came, they stay two episodes (place and time make
them one case); a cancellation ends both.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from services.feeds import Unreadable
from services.feeds._cap import Alert
from services.feeds._common import parse_time

KEY = "chain"
KEPT_MAX = 500
"""Warnings of a sender that are remembered: a weather service sends some hundreds a day for a whole country, and what
comes in the wrong order comes within minutes."""
DOC_MAX = 256 * 1024
"""Bytes that are kept for a sender; they are written with each of its messages."""
WORD_MAX = 300
REFERENCES_MAX = 100
"""References of one message that are followed; the longest of 840 recorded has six."""
ALSO_MAX = 10
"""Names of one chain beside its own."""
LINKS_MAX = 100
"""Links from a warning to the first of its chain; each message that names others makes the way short again."""


class Fate(msgspec.Struct, array_like=True):
    """What is known of one warning: the first of its chain ("" for itself), whether an event was told under its name,
    when its chain was cancelled and when it was replaced (as that was sent, in microseconds; 0 for never).
    """

    first: str = ""
    is_told: bool = False
    cancelled_us: int = 0
    replaced_us: int = 0
    also: tuple[str, ...] = ()
    """Other names under which events of the chain were told before it was known to be one."""


class Verdict(NamedTuple):
    """Where a message stands: the name of its chain, and whether what came before it has overtaken it.

    `also` are other names under which the chain was told of, where it is over.
    """

    chain: str
    is_cancelled: bool
    is_replaced: bool
    also: tuple[str, ...] = ()


class Chains:
    """What is known of a sender's warnings, by a short hash of their names; the oldest are forgotten."""

    def __init__(self, doc: bytes | None) -> None:
        self._fates: dict[str, Fate] = msgspec.json.decode(doc, type=dict[str, Fate]) if doc else {}

    def take(self, alert: Alert, zone: tzinfo) -> Verdict:
        """Take in what a message tells of itself and of those that it names; return where it stands."""
        sent_us, kind = _us(alert.sent, zone), alert.kind.casefold()
        own = name_of(alert.sender, alert.identifier)
        named = [name_of(*each[:2]) for each in _by_time(alert.references, zone)]
        firsts = list(dict.fromkeys(self._first_of(name) for name in (*named, own)))
        # Under what name events of this chain were told already; else what is known; else the earliest that is named.
        told = (name for name in firsts if self._fate(name).is_told)
        known = (name for name in firsts if _short(name) in self._fates)
        chain = next(told, "") or next(known, "") or firsts[0]
        ended_us = max(self._fate(name).cancelled_us for name in (own, *named, *firsts))
        ended_us = max(ended_us, sent_us if kind == "cancel" else 0)
        is_cancelled, is_replaced = 0 < sent_us <= ended_us, self._fate(own).replaced_us > 0
        also = [other for name in firsts for other in self._fate(name).also]
        also += [name for name in firsts if name != chain and self._fate(name).is_told]
        for name in dict.fromkeys((*firsts, *named, own)):
            if name != chain:
                self._know(name, first=chain)
        for name in named:
            self._know(name, replaced_us=sent_us)
        others = tuple(dict.fromkeys(name for name in also if name != chain))[:ALSO_MAX]
        is_told = kind != "cancel" and not is_cancelled and not is_replaced
        self._know(chain, cancelled_us=ended_us, is_told=is_told, also=others)
        return Verdict(chain, is_cancelled, is_replaced, others if is_cancelled else ())

    def doc(self) -> bytes:
        """Return what is to be kept: the last of them, fewer where they have long names."""
        kept = KEPT_MAX
        while True:
            doc = msgspec.json.encode(dict(list(self._fates.items())[-kept:]))
            if len(doc) <= DOC_MAX or kept == 1:
                return doc
            kept //= 2

    def _first_of(self, name: str) -> str:
        """Return the first of a warning's chain, as far as it is known."""
        for _ in range(LINKS_MAX):
            following = self._fate(name).first
            if not following or following == name:
                break
            name = following
        return name

    def _fate(self, name: str) -> Fate:
        return self._fates.get(_short(name), _UNKNOWN)

    def _know(
        self,
        name: str,
        *,
        first: str = "",
        is_told: bool = False,
        cancelled_us: int = 0,
        replaced_us: int = 0,
        also: tuple[str, ...] = (),
    ) -> None:
        key = _short(name)
        known = self._fates.pop(key, _UNKNOWN)  # what was spoken of last stands last, and is forgotten last
        self._fates[key] = Fate(
            first or known.first,
            is_told or known.is_told,
            max(known.cancelled_us, cancelled_us),
            max(known.replaced_us, replaced_us),
            also or known.also,
        )


_UNKNOWN = Fate()


def name_of(sender: str, identifier: str) -> str:
    """Return the name of a warning."""
    return f"{sender[:WORD_MAX]},{identifier[:WORD_MAX]}"


def _short(name: str) -> str:
    return blake2b(name.encode("utf-8", "replace"), digest_size=9).hexdigest()


def _by_time(references: Sequence[tuple[str, str, str]], zone: tzinfo) -> list[tuple[str, str, str]]:
    return sorted(references, key=lambda each: _us(each[2], zone) or _LATEST_US)[:REFERENCES_MAX]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_US = 2**62


def _us(text: str, zone: tzinfo) -> int:
    """Return a time in microseconds since 1970, 0 for what is none."""
    try:
        since = parse_time(text, zone).astimezone(UTC) - _EPOCH
    except (Unreadable, OverflowError):
        return 0
    return max(since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds, 0)
