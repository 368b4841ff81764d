"""Counts and rates, as a sum over the cases.

What the city measures is the sum of what each case adds, and what a case adds is a function of the case alone. A fact
changes the sums by the difference between the case after it and the case before: so the sums that are kept from
fact to fact and the sums made anew from all cases are equal, and a figure counts exactly the cases that a list
with the same filter shows. A case that is moved to another category, street or department moves with all it adds.

On which day something counts:

- reported, filed, closed: the local day of it. voided, not_filed, merged: the day that the case ended so; it is outside
  every rate. forced_closed: the day of it, counted apart from closed. self_handled: of the closed ones, those that a
  collector put right himself. reopened: how often, on the day of the filing after it.
- extended, suspended, returned: how often, on the day of the filing.
- dispatched, declined, reworks: how often, on the day of the filing.
- reworked: 1 for a closed case that was sent back at least once, on the day of the closing.
- due: 1 on the day that the case was due, or on the day it was closed if that was earlier. It counts once it is
  overdue or closed. overdue, on_time: on the same day; so on_time / due is the on-time closure rate (GB/T 30428.4).
- confirmed:NN, refused:NN: 1 for a case of a machine that waited for a person, on the day that he said that it was so,
  or that it was a false alarm; NN is how sure the machine was, in hundredths (`-` where it does not say). These alone
  are counted by source and type too.
- called_back: 1 for a case of which somebody who reported it was reached after its end, on the day that one last was;
  satisfied: 1 where he said then that he is. So satisfied / called_back is the satisfaction rate.
- rated: 1 for a case that one of those who reported it has given stars, on the day of the last rating; stars: how many
  he gave; rated_well: 1 where they were four or five. So stars / rated is the mean of the ratings.
- a stage's duration: on the day of the stage's end, in a histogram.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, tzinfo
from itertools import accumulate
from math import ceil, floor, log2
from operator import attrgetter

from msgspec import Struct

from dispatch.case import Case, Stage, Verdict
from dispatch.ids import AreaCode, CategoryCode, DepartmentId, SourceId

STAGES: Mapping[str, tuple[str, str]] = {
    "to_file": ("opened_at", "filed_at"),
    "to_dispatch": ("filed_at", "first_dispatched_at"),
    "to_accept": ("dispatched_at", "accepted_at"),
    "to_arrive": ("accepted_at", "arrived_at"),
    "to_handle": ("arrived_at", "handled_at"),
    "to_check": ("handled_at", "checked_at"),
    "to_close": ("checked_at", "closed_at"),
    "total": ("opened_at", "closed_at"),
}
"""Name of a duration -> the times of the case between which it runs."""

COUNTERS = (
    "reported",
    "filed",
    "voided",
    "dispatched",
    "declined",
    "reworks",
    "closed",
    "reworked",
    "due",
    "on_time",
    "overdue",
    "not_filed",
    "merged",
    "self_handled",
    "forced_closed",
    "reopened",
    "extended",
    "suspended",
    "returned",
    "called_back",
    "satisfied",
    "rated",
    "rated_well",
    "stars",
)

WELL_STARS = 4
"""From so many stars of five on, somebody finds it well done."""

UNSURE = "-"
"""Stands for the confidence of a machine that does not say how sure it is."""

BUCKETS_PER_OCTAVE = 4
"""A duration is told to within 2**(1/8): 9 %."""


class Key(Struct, frozen=True, gc=False):
    """What a count is counted by. Values are "" where the case has none."""

    day: date
    street: AreaCode
    category: CategoryCode
    department: DepartmentId
    feed: str
    source: SourceId = SourceId("")
    kind: str = ""
    """The source, and the video or sensor type, of a verdict; "" of every other count."""


Delta = tuple[Key, str, int]
"""(key, counter, how much more). A counter is one of COUNTERS, or a bucket of a duration as `bucket_name` calls it."""


class Summary(Struct, frozen=True, kw_only=True):
    """Figures of some keys together. Rates are 0..1, stars 1..5, durations in seconds; None where there is nothing to
    divide.
    """

    counts: Mapping[str, int]
    on_time_rate: float | None
    rework_rate: float | None
    satisfaction_rate: float | None
    stars_mean: float | None
    median_s: Mapping[str, float | None]
    p90_s: Mapping[str, float | None]


def contribution(case: Case, timezone: tzinfo) -> list[Delta]:
    """Return what a case adds to the sums."""
    counts: _Counts = Counter()
    for _, part in _PARTS:
        _add(counts, part(case), 1, timezone)
    deltas = list(_deltas(case, counts))
    if case.verdict is not Verdict.NONE:
        deltas.append(_verdict_of(case, timezone))
    return deltas


def change(before: Case | None, after: Case, timezone: tzinfo) -> list[Delta]:
    """Return how the sums change when a case does: most changes change few of them, and many none."""
    if before is None:
        return contribution(after, timezone)
    if _counted_by(before) != _counted_by(after):
        gone = [(key, counter, -n) for key, counter, n in contribution(before, timezone)]
        return gone + contribution(after, timezone)
    counts: _Counts = Counter()
    for made_of, part in _PARTS:
        if made_of(before) != made_of(after):
            _add(counts, part(before), -1, timezone)
            _add(counts, part(after), 1, timezone)
    return list(_deltas(after, counts))


def summarise(rows: Iterable[tuple[str, int]]) -> Summary:
    """Return the figures of some (counter, amount) rows, of any keys together."""
    sums: Counter[str] = Counter()
    for counter, amount in rows:
        sums[counter] += amount
    buckets = {stage: _buckets_of(stage, sums) for stage in STAGES}
    return Summary(
        counts={counter: sums[counter] for counter in COUNTERS},
        on_time_rate=_rate(sums["on_time"], sums["due"]),
        rework_rate=_rate(sums["reworked"], sums["closed"]),
        satisfaction_rate=_rate(sums["satisfied"], sums["called_back"]),
        stars_mean=_rate(sums["stars"], sums["rated"]),
        median_s={stage: quantile_s(each, 0.5) for stage, each in buckets.items()},
        p90_s={stage: quantile_s(each, 0.9) for stage, each in buckets.items()},
    )


def bucket_name(stage: str, seconds: float) -> str:
    """Return the counter of a duration's bucket: `to_accept:23`. Bucket 0 is all below one second."""
    return f"{stage}:{0 if seconds < 1 else 1 + int(BUCKETS_PER_OCTAVE * log2(seconds))}"


def verdict_name(verdict: Verdict, confidence: float | None) -> str:
    """Return the counter of a verdict on a case whose machine was so sure: `confirmed:82`."""
    return f"{verdict.value}:{UNSURE if confidence is None else floor(confidence * 100)}"


def quantile_s(buckets: Mapping[int, int], share: float) -> float | None:
    """Return the duration that a share of a histogram does not pass: the middle of its bucket; None if it is empty."""
    rank = ceil(share * sum(buckets.values()))
    if rank <= 0:
        return None
    order = sorted(buckets)
    seen = list(accumulate(buckets[bucket] for bucket in order))
    bucket = order[bisect_left(seen, rank)]
    return 0.5 if bucket == 0 else float(2 ** ((bucket - 0.5) / BUCKETS_PER_OCTAVE))


# --- what a case adds ------------------------------------------------------------------------------------

_Counts = Counter[tuple[date, str]]
_Part = Iterable[tuple[datetime, str, int]]
"""(when it counts, counter, how often)."""


def _add(counts: _Counts, part: _Part, sign: int, timezone: tzinfo) -> None:
    for at, counter, n in part:
        counts[at.astimezone(timezone).date(), counter] += sign * n


def _reported(case: Case) -> _Part:
    return ((case.opened_at, "reported", 1),)


def _filed(case: Case) -> _Part:
    at = case.filed_at
    if at is None:
        return ()
    return (
        (at, "filed", 1),
        (at, "dispatched", case.attempts),
        (at, "declined", len(case.declined_by)),
        (at, "reworks", case.reworks),
        (at, "extended", case.extensions),
        (at, "suspended", case.suspensions),
        (at, "returned", case.returns),
        (at, "reopened", case.reopened),
    )


_LEFT_OUT: Mapping[Stage, str] = {Stage.NOT_FILED: "not_filed", Stage.MERGED: "merged"}


def _left_out(case: Case) -> _Part:
    return () if case.voided_at is None else ((case.voided_at, _LEFT_OUT.get(case.stage, "voided"), 1),)


def _closed(case: Case) -> _Part:
    at = case.closed_at
    if at is None:
        return ()
    if case.stage is Stage.FORCED_CLOSED:
        return ((at, "forced_closed", 1),)
    return (
        (at, "closed", 1),
        (at, "reworked", 1 if case.reworks else 0),
        (at, "self_handled", 1 if case.filed_at is None and case.before else 0),
    )


def _called_back(case: Case) -> _Part:
    at = case.called_at
    return () if at is None else ((at, "called_back", 1), (at, "satisfied", 1 if case.satisfied else 0))


def _rated(case: Case) -> _Part:
    if not case.ratings:
        return ()
    last = case.ratings[-1]
    return (
        (last.at, "rated", 1),
        (last.at, "rated_well", 1 if last.stars >= WELL_STARS else 0),
        (last.at, "stars", last.stars),
    )


NEVER_DUE = frozenset({Stage.VOID, Stage.NOT_FILED, Stage.MERGED, Stage.FORCED_CLOSED, Stage.SUSPENDED})


def _due(case: Case) -> _Part:
    """Count a case that is to be reckoned with: overdue, or closed. One that was left out is not the city's failure,
    and a suspended one is not reckoned with until it is taken up again.
    """
    if case.due_at is None or case.stage in NEVER_DUE or not (case.overdue or case.closed_at):
        return ()
    at = min(case.due_at, case.closed_at) if case.closed_at else case.due_at
    return ((at, "due", 1), (at, "on_time", 1 if case.on_time else 0), (at, "overdue", 0 if case.on_time else 1))


def _lasted(case: Case) -> _Part:
    for stage, (start, end) in STAGES.items():
        begun, ended = getattr(case, start), getattr(case, end)
        if begun is not None and ended is not None:
            yield ended, bucket_name(stage, (ended - begun).total_seconds()), 1


_PARTS: tuple[tuple[Callable[[Case], object], Callable[[Case], _Part]], ...] = (
    (attrgetter("opened_at"), _reported),
    (
        attrgetter(
            *("filed_at", "attempts", "declined_by", "reworks", "extensions", "suspensions", "returns", "reopened"),
        ),
        _filed,
    ),
    (attrgetter("voided_at", "stage"), _left_out),
    (attrgetter("closed_at", "stage", "reworks", "filed_at", "before"), _closed),
    (attrgetter("called_at", "satisfied"), _called_back),
    (attrgetter("ratings"), _rated),
    (attrgetter("due_at", "closed_at", "stage", "overdue", "on_time"), _due),
    (attrgetter(*dict.fromkeys(at for span in STAGES.values() for at in span)), _lasted),
)
"""(what it is made of, what is counted): where nothing has changed of the one, nothing has of the other."""


def _verdict_of(case: Case, timezone: tzinfo) -> Delta:
    assert case.judged_at is not None, "a verdict has its time"
    day = case.judged_at.astimezone(timezone).date()
    place = case.place
    key = Key(day, place.street, case.category, case.department, case.feed, case.source_id, case.kind)
    return key, verdict_name(case.verdict, case.confidence), 1


_counted_by = attrgetter(
    *("place.street", "category", "department", "feed"),
    *("verdict", "judged_at", "source_id", "kind", "confidence"),
)
"""What its counts are counted by, and all that its verdict is told by."""


def _deltas(case: Case, counts: Mapping[tuple[date, str], int]) -> Iterator[Delta]:
    keys: dict[date, Key] = {}
    for (day, counter), amount in counts.items():
        if amount:
            if day not in keys:
                keys[day] = Key(day, case.place.street, case.category, case.department, case.feed)
            yield keys[day], counter, amount


def _buckets_of(stage: str, sums: Mapping[str, int]) -> dict[int, int]:
    prefix = f"{stage}:"
    return {int(name[len(prefix) :]): amount for name, amount in sums.items() if name.startswith(prefix)}


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
