"""What the API says of a source: who it is, and how it fares."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from dispatch.city import Names, Source
from dispatch.citymap import City
from dispatch.health.faults import count_lately
from dispatch.health.judge import Condition, Finding, judge
from dispatch.health.outages import is_critical
from dispatch.health.tellings import flood_episode
from dispatch.ids import AreaCode, CaseId, SourceId
from gis.point import LonLat
from services.engine.pulled import LineState
from services.engine.senders import Senders
from services.engine.state import State

SILENT_AFTER = timedelta(minutes=10)
"""When a source that may be silent for as long as it likes is shown as silent."""

SourceState = Literal["live", "silent", "lost", "never"]


class FindingView(Struct, frozen=True, kw_only=True):
    """One condition of a source, and the figures that say why: seconds end in `_s`, the others are counts."""

    condition: Condition
    values: Mapping[str, str | float | int]


class SourceView(Struct, frozen=True, kw_only=True):
    """One sender. `state`: live, silent (no word lately), lost (silent longer than it may be), never heard.

    `health` is the worst of its `conditions`; unknown is not live. `interval_s` is its usual gap between messages,
    None while it has no rhythm; `clock_offset_s` what its times must be put right by, None while that is not known;
    `errors` its unreadable messages lately, `set_aside` those that were too many, ever. `case` is the open maintenance
    case. `street` and `community` are where it stands.
    """

    id: str
    feed: str
    kind: str
    name: Names
    external_id: str
    gateway: str
    point: LonLat | None
    state: SourceState
    last_heard_at: datetime | None
    heading_deg: float | None
    view_deg: float | None
    range_m: float | None
    kinds: Sequence[str]
    health: Condition
    conditions: Sequence[FindingView]
    interval_s: float | None
    clock_offset_s: float | None
    errors: int
    set_aside: int
    critical: bool
    case: CaseId
    street: AreaCode
    community: AreaCode
    line: LineState | None
    """How the line stands to a device that Wardline pulls; null for one that sends by itself."""


class SourceHealthView(Struct, frozen=True, kw_only=True):
    """How many sources are how, by the worst that can be said of each; all conditions are named, also those of none."""

    at: datetime
    total: int
    counts: Mapping[str, int]
    feeds: Mapping[str, Mapping[str, int]]
    critical_silent: int
    set_aside: int


class Watcher:
    """Looks at the sources as they were when it was made: a thread may ask while the engine goes on."""

    def __init__(self, state: State, at: datetime, lines: Mapping[SourceId, LineState]) -> None:
        self.at, self._lines = at, dict(lines)
        self._state, self._city = state, state.city
        self._senders: Senders = state.senders
        self.sources = sorted(state.senders, key=lambda source: source.id)
        self._heard, self._lost = dict(state.senders.last_heard), set(state.senders.lost)
        self._place = placer_of(state.city)
        self._cases = dict(_maintenance_cases(state))

    def view(self, source: Source) -> SourceView:
        signs, vitals = self._senders.signs_of(source.id), self._senders.ward.find(source.id)
        found = judge(source, signs, self._city.health, self.at)
        street, community = self._place(source.point) if source.point else (_NOWHERE, _NOWHERE)
        skew, cadence = signs.skew, signs.cadence
        return SourceView(
            id=source.id,
            feed=source.feed,
            kind=source.kind,
            name=Names(source.name_zh, source.name_en),
            external_id=source.external_id,
            gateway=source.gateway,
            point=source.point,
            state=self._state_of(source),
            last_heard_at=self._heard.get(source.id),
            heading_deg=source.heading_deg,
            view_deg=source.view_deg,
            range_m=source.range_m,
            kinds=source.kinds,
            health=found[0].condition,
            conditions=[FindingView(condition=each.condition, values=each.values) for each in found],
            interval_s=round(cadence.interval_s, 1) if cadence.is_known else None,
            clock_offset_s=None if skew.offset_s is None else round(skew.offset_s, 1),
            errors=round(count_lately(signs.faults, self.at)),
            set_aside=signs.flood.total,
            critical=is_critical(source, self._city.health),
            case=self._case_of(source, vitals.absence.outage if vitals and vitals.absence else ""),
            street=street,
            community=community,
            line=self._lines.get(source.id),
        )

    def findings(self, source: Source, at: datetime | None = None) -> tuple[Finding, ...]:
        return judge(source, self._senders.signs_of(source.id), self._city.health, at or self.at)

    def has_news(self, source: Source, since: datetime) -> bool:
        """Return whether a source may read otherwise than then; one that is not well or that is pulled always may."""
        if source.id in self._lines:
            return True
        heard = self._heard.get(source.id)
        now = self.findings(source)
        if (heard is not None and heard >= since) or now[0].condition not in _SETTLED:
            return True
        return [each.condition for each in self.findings(source, since)] != [each.condition for each in now]

    def count(self) -> SourceHealthView:
        counts = dict.fromkeys((str(condition) for condition in Condition), 0)
        feeds: dict[str, dict[str, int]] = {}
        silent = aside = 0
        for source in self.sources:
            condition = self.findings(source)[0].condition
            counts[condition] += 1
            of_feed = feeds.setdefault(source.feed, {})
            of_feed[condition] = of_feed.get(condition, 0) + 1
            silent += condition is Condition.SILENT and is_critical(source, self._city.health)
            vitals = self._senders.ward.find(source.id)
            aside += vitals.flood.total if vitals else 0
        return SourceHealthView(
            at=self.at,
            total=len(self.sources),
            counts=counts,
            feeds=feeds,
            critical_silent=silent,
            set_aside=aside,
        )

    def _state_of(self, source: Source) -> SourceState:
        if source.id in self._lost:
            return "lost"
        heard_at = self._heard.get(source.id)
        if heard_at is None:
            return "never"
        limit = timedelta(seconds=source.silent_after_s) if source.silent_after_s else SILENT_AFTER
        return "live" if self.at - heard_at <= limit else "silent"

    def _case_of(self, source: Source, outage: str) -> CaseId:
        return self._cases.get(outage) or self._cases.get(flood_episode(source.id)) or CaseId("")


_SETTLED = (Condition.LIVE, Condition.UNKNOWN)
_NOWHERE = AreaCode("")


def _maintenance_cases(state: State) -> Iterator[tuple[str, CaseId]]:
    """Yield (episode, open case) of what floods or is silent."""
    ward = state.senders.ward
    outages = {found.outage for each in ward.absent if (found := ward.of(each).absence) is not None and found.outage}
    for episode in (*outages, *(flood_episode(each) for each in ward.flooding)):
        case = state.book.of_episode(episode)
        if case is not None and case.is_open:
            yield episode, case.id


@lru_cache(maxsize=2)
def placer_of(city: City) -> Callable[[LonLat], tuple[AreaCode, AreaCode]]:
    """Return how the street and community of a point are found; each place is looked up once."""

    @lru_cache(maxsize=50_000)
    def place(point: LonLat) -> tuple[AreaCode, AreaCode]:
        found = city.locate(point)
        return found.street, found.community

    return place
