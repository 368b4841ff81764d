"""What each episode of a case has last said, and when its silence is an end.

A case is told of in episodes: one for each object that a camera follows, each alarm of a device. Of each its case keeps
the last word. So a second opening of an episode that goes on is a repeat and no news, one camera's end is not the end
while another still sees it, and an episode whose source never tells an end is over once it has been silent for as long
as its type's `clear_after_s` says - by the clock, which is another thing than the source saying so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from dispatch.boxes import Box
from dispatch.event import Phase
from dispatch.ids import SourceId

SIGHTINGS_KEPT = 24
"""Episodes of which a case keeps the last word, the latest: more than look at one place at one time."""


class Over(StrEnum):
    """How an episode stands."""

    NO = ""  # it goes on
    SAID = "said"  # its source has told its end
    SILENT = "silent"  # it has said nothing for as long as its type may go on without a word
    MOMENT = "moment"  # it was a moment and has no end


class Sighting(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The last word of one episode. `seen_at` is by the source's clock, `clears_at` by ours."""

    episode: str
    source_id: SourceId
    seen_at: datetime
    severity: int
    over: Over = Over.NO
    box: Box | None = None
    clear_after_s: float = 0.0
    clears_at: datetime | None = None


class Word(Protocol):
    """What a fact must tell of an event that is taken into a case."""

    @property
    def episode(self) -> str: ...
    @property
    def source_id(self) -> SourceId: ...
    @property
    def phase(self) -> Phase: ...
    @property
    def severity(self) -> int: ...
    @property
    def box(self) -> Box | None: ...
    @property
    def clear_after_s(self) -> float: ...


_OVER = {Phase.OPEN: Over.NO, Phase.UPDATE: Over.NO, Phase.CLOSE: Over.SAID, Phase.PULSE: Over.MOMENT}


def hear(sightings: tuple[Sighting, ...], word: Word, observed_at: datetime, at: datetime) -> tuple[Sighting, ...]:
    """Return the sightings after one word more; `at` is when we heard it.

    A state that is only told (sync) is no word, nor is one that is older than what its episode has said since.
    """
    over = _OVER.get(word.phase)
    if over is None or not (word.episode or word.box):
        return sightings
    episode = word.episode or word.source_id
    before = find(sightings, episode)
    if is_stale(before, observed_at):
        return sightings
    runs = over is Over.NO and word.clear_after_s > 0
    after = Sighting(
        episode=episode,
        source_id=word.source_id,
        seen_at=observed_at,
        severity=max(word.severity, before.severity) if before else word.severity,
        over=over,
        box=word.box or (before.box if before else None),
        clear_after_s=word.clear_after_s or (before.clear_after_s if before else 0.0),
        clears_at=at + timedelta(seconds=word.clear_after_s) if runs else None,
    )
    if before is None:
        return (*sightings, after)[-SIGHTINGS_KEPT:]
    if len(sightings) == 1:
        return (after,)
    return tuple(after if each is before else each for each in sightings)


def is_stale(last: Sighting | None, observed_at: datetime) -> bool:
    """Say whether an episode has said something since."""
    return last is not None and observed_at < last.seen_at


def find(sightings: Sequence[Sighting], episode: str) -> Sighting | None:
    """Return the last word of an episode."""
    for each in sightings:
        if each.episode == episode:
            return each
    return None


def goes_on(sightings: Sequence[Sighting], but: str = "") -> bool:
    """Say whether any episode of a case goes on, but for one."""
    return any(each.over is Over.NO and each.episode != but for each in sightings)


def next_clear_at(sightings: Sequence[Sighting]) -> datetime | None:
    """Return when the next episode is over unless it is heard of before; None where none has such a time."""
    first: datetime | None = None
    for each in sightings:
        if each.clears_at is not None and (first is None or each.clears_at < first):
            first = each.clears_at
    return first


def fall_silent(sightings: Sequence[Sighting], episode: str) -> tuple[Sighting, ...]:
    """Return the sightings with one episode over by its silence."""
    return tuple(
        replace(each, over=Over.SILENT, clears_at=None) if each.episode == episode else each for each in sightings
    )


def wait_until(sightings: Sequence[Sighting], episode: str, until: datetime) -> tuple[Sighting, ...]:
    """Return the sightings with one episode given time until then."""
    return tuple(replace(each, clears_at=until) if each.episode == episode else each for each in sightings)


def is_repeat(sighting: Sighting | None, phase: Phase, observed_at: datetime) -> bool:
    """Say whether an opening, or a moment, only repeats what its episode has said a while ago.

    Many devices say `active` anew for as long as it lasts, and flap between active and inactive. An episode has begun
    anew only when it has been quiet for its type's `clear_after_s`; a type without one begins whenever it says so.
    """
    if sighting is None or phase not in (Phase.OPEN, Phase.PULSE):
        return False
    return observed_at <= sighting.seen_at + timedelta(seconds=sighting.clear_after_s) and sighting.clear_after_s > 0
