"""What the engine remembers of each source beside when it was heard: one small document for each."""

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dispatch.city import Source
from dispatch.event import Event, Reading
from dispatch.health.bucket import Bucket, draw
from dispatch.health.cadence import Cadence, beat
from dispatch.health.faults import Faults, add_fault
from dispatch.health.flood import Flood, ebb, swell
from dispatch.health.outages import Absence
from dispatch.health.rules import BucketRule, FloodRules
from dispatch.health.skew import Clocked, Skew, note_delay, read_clock
from dispatch.ids import SourceId

S = TypeVar("S", Event, Reading)

_FREE = BucketRule(per_s=1_000, burst=20_000)
"""For a kind of source that the rules do not name."""


class Vitals(Struct, kw_only=True, omit_defaults=True, gc=False):
    """The parts, each replaced whole. Not frozen: it is looked up once for a message, not made anew."""

    cadence: Cadence = Cadence()
    skew: Skew = Skew()
    faults: Faults = Faults()
    flood: Flood = Flood()
    absence: Absence | None = None


class Ward:
    """The vitals of all sources. What a crash must not lose is written with the turn, the rest every half minute."""

    def __init__(self) -> None:
        self._all: dict[SourceId, Vitals] = {}
        self._buckets: dict[SourceId, Bucket] = {}
        """Full after a start: a burst is allowed then, which is when gateways send what they have kept."""
        self.flooding: set[SourceId] = set()
        self.absent: set[SourceId] = set()
        """Sources that have an absence."""
        self.changed: set[SourceId] = set()
        """Sources whose vitals are not yet in the database."""

    def of(self, source_id: SourceId) -> Vitals:
        """Return the vitals of a source, which may be changed and then be `touch`ed."""
        found = self._all.get(source_id)
        if found is None:
            found = self._all[source_id] = Vitals()
        return found

    def find(self, source_id: SourceId) -> Vitals | None:
        return self._all.get(source_id)

    def restore(self, source_id: SourceId, doc: bytes) -> None:
        """Take over what the database holds."""
        vitals = msgspec.json.decode(doc, type=Vitals)
        self._all[source_id] = vitals
        self._sort(source_id, vitals)

    def take_over(self, before: "Ward") -> None:
        """Take over what was learned and not yet written; what is written with turns is as the database has it."""
        for source_id in before.changed:
            was, now = before.of(source_id), self.of(source_id)
            now.cadence, now.skew, now.faults = was.cadence, was.skew, was.faults
        self.changed = before.changed
        self._buckets = before._buckets

    def _sort(self, source_id: SourceId, vitals: Vitals) -> None:
        (self.flooding.add if vitals.flood.since is not None else self.flooding.discard)(source_id)
        (self.absent.add if vitals.absence is not None else self.absent.discard)(source_id)

    def write(self, source_id: SourceId) -> bytes:
        """Return the vitals as JSON."""
        return msgspec.json.encode(self.of(source_id))

    def beat(self, source_id: SourceId, gap_s: float) -> None:
        vitals = self.of(source_id)
        vitals.cadence = beat(vitals.cadence, gap_s)

    def add_fault(self, source_id: SourceId, reason: str, at: datetime) -> None:
        """Note a message that could not be read."""
        vitals = self.of(source_id)
        vitals.faults = add_fault(vitals.faults, reason, at)
        self.changed.add(source_id)

    def set_absence(self, source_id: SourceId, absence: Absence | None) -> None:
        vitals = self.of(source_id)
        vitals.absence = absence
        self._sort(source_id, vitals)

    def may_tell(self, source: Source, wanted: float, rules: FloodRules, at: datetime) -> bool:
        """Return whether the source may tell so many events more; they are counted if it may."""
        rule = rules.buckets.get(source.kind, _FREE)
        self._buckets[source.id], has = draw(self._buckets.get(source.id), rule, wanted, at)
        return has

    def set_aside(self, source_id: SourceId, at: datetime) -> Flood:
        """Note that a message of the source was set aside."""
        vitals = self.of(source_id)
        vitals.flood = swell(vitals.flood, at)
        self.flooding.add(source_id)
        return vitals.flood

    def end_flood(self, source_id: SourceId) -> None:
        vitals = self.of(source_id)
        vitals.flood = ebb(vitals.flood)
        self.flooding.discard(source_id)

    def read_clock(self, said: Event | Reading, limit_s: float) -> tuple[Clocked, bool]:
        """Learn from when a thing was observed; return when it really was, and whether the correction has just begun
        or ended, so that what came before is on another clock.
        """
        vitals = self.of(said.source_id)
        before = vitals.skew
        skew = note_delay(before, said.observed_at, said.received_at, limit_s)
        if skew is not before:
            vitals.skew = skew
        return read_clock(skew, said.observed_at, said.received_at, limit_s), skew.corrected is not before.corrected


def correct(said: S, clocked: Clocked, skew: Skew) -> S:
    """Return the event or reading with the time at which it was observed; an event says what was done to its own."""
    if clocked.at == said.observed_at and not clocked.word:
        return said
    if isinstance(said, Reading) or not clocked.word:
        return replace(said, observed_at=clocked.at)
    more: dict[str, str | float | int | bool | None] = {
        "clock": clocked.word,
        "observed_raw": said.observed_at.isoformat().replace("+00:00", "Z"),
    }
    if clocked.word == "corrected" and skew.offset_s is not None:
        more["clock_offset_s"] = round(skew.offset_s, 1)
    return replace(said, observed_at=clocked.at, attributes={**said.attributes, **more})


def list_due_floods(ward: Ward, quiet_s: float, at: datetime) -> Iterator[SourceId]:
    """Yield the sources whose flood is over: nothing was set aside for long enough."""
    for source_id in sorted(ward.flooding):
        last_at = ward.of(source_id).flood.last_at
        if last_at is None or (at - last_at).total_seconds() >= quiet_s:
            yield source_id
