"""Is this a happening that we know already?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from dispatch.case import Case, Stage
from dispatch.category import Category
from dispatch.event import Event, Phase
from dispatch.place import Place
from dispatch.reasons import Reason
from gis.point import distance_m


class Known(NamedTuple):
    """The case that an event speaks of, and the ground."""

    case: Case
    because: Reason


def find_known(event: Event, category: Category | None, place: Place, cases: Sequence[Case]) -> Known | None:
    """Return the case that an event speaks of, None if it tells of something new.

    The episode goes before everything: a source knows best what it goes on speaking of. Then the same category,
    near in place and time, among open cases; of several the nearest, then the oldest.
    """
    return _by_episode(event, category, cases) or (_by_place(event, category, place, cases) if category else None)


def _by_episode(event: Event, category: Category | None, cases: Sequence[Case]) -> Known | None:
    if not event.episode:
        return None
    of_episode = [case for case in cases if event.episode in case.episodes]
    for case in sorted(of_episode, key=lambda case: (not case.is_open, -case.opened_at.timestamp(), case.id)):
        if case.is_open or _is_aftermath(event, category, case):
            return Known(case, Reason("known.episode", {"number": case.number}))
    return None


def _is_aftermath(event: Event, category: Category | None, case: Case) -> bool:
    """Say whether an event of an ended case's episode is only its echo, and tells nothing that asks for a new case.

    What a person has voided stays voided while the source goes on saying the same; what was closed is given the
    category's `same_time_s` to disappear. Something worse than before is never an echo.
    """
    if event.phase in (Phase.CLOSE, Phase.SYNC):
        return True
    if event.phase is not Phase.UPDATE or event.severity > case.severity:
        return False
    if case.stage is Stage.VOID or case.closed_at is None:
        return True
    return event.observed_at <= case.closed_at + timedelta(seconds=category.same_time_s if category else 0.0)


def _by_place(event: Event, category: Category, place: Place, cases: Sequence[Case]) -> Known | None:
    best: tuple[float, datetime, str, Case] | None = None
    slack = timedelta(seconds=category.same_time_s)
    for case in cases:
        if case.category != category.code or not case.is_open:
            continue
        if not case.opened_at - slack <= event.observed_at <= case.last_event_at + slack:
            continue
        away_m = _away_m(category, place, case.place)
        if away_m is not None and away_m <= category.same_place_m:
            found = (away_m, case.opened_at, case.id, case)
            best = found if best is None or found[:3] < best[:3] else best
    if best is None:
        return None
    return Known(best[3], Reason("known.near", {"number": best[3].number, "distance_m": str(round(best[0]))}))


def _away_m(category: Category, here: Place, there: Place) -> float | None:
    """Return how far two places are from each other as far as one happening goes, None if that is not known.

    A part (a lamp, a cover) is itself wherever it is seen from, so its id makes two places one.
    """
    if category.kind == "part" and here.component and here.component == there.component:
        return 0.0
    if here.point is None or there.point is None:
        return None
    return distance_m(here.point, there.point)
