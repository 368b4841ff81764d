"""Is this a happening that we know already?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from dispatch import episodes
from dispatch.boxes import Box, box_of, is_same
from dispatch.case import Case, Stage
from dispatch.category import Category
from dispatch.citymap import City
from dispatch.event import Event, Phase
from dispatch.ids import CategoryCode
from dispatch.kin import kin_table
from dispatch.place import Basis, Place
from dispatch.reasons import Reason
from gis.point import distance_m

BOX_AGAIN = timedelta(seconds=120)
"""After the end of an object was told, one in its place is the same for so long: trackers lose what something passes in
front of, and find it again under another number. Later another car may have come to stand there."""

MERGES_MAX = 8
"""Cases that are gone through from one that was merged: each was merged into the next by a person."""


class Known(NamedTuple):
    """The case that an event speaks of, and the ground."""

    case: Case
    because: Reason


class Sought(NamedTuple):
    """An event whose case is looked for, with what it is about and where."""

    event: Event
    category: Category
    place: Place
    city: City


def find_known(
    event: Event, category: Category | None, place: Place, cases: Sequence[Case], city: City
) -> Known | None:
    """Return the case that an event speaks of, None if it tells of something new.

    The case that it names goes before everything, while it is open: who reports has looked at it and said that it is
    the same. Then the episode: a source knows best what it goes on speaking of. Then the same thing in the same
    camera's picture, under whatever number. Then, among open cases of the category or of one that may be the same
    happening, what is near in place and time, or in the view of the same cameras, or at the same gateway: of several
    the nearest, then the oldest.
    """
    if (named := _by_name(event, cases)) is not None:
        return named
    by_episode = _by_episode(event, category, cases)
    if by_episode is not None or category is None:
        return by_episode
    sought = Sought(event, category, place, city)
    box = box_of(event)
    return (_by_box(sought, box, cases) if box else None) or _by_place(sought, cases)


def _by_name(event: Event, cases: Sequence[Case]) -> Known | None:
    """Return the open case that the event names; of one that was merged, the open case that it ended in."""
    by_id = {case.id: case for case in cases}
    case = by_id.get(event.of_case) if event.of_case else None
    for _ in range(MERGES_MAX):
        if case is None or not case.merged_into:
            break
        case = by_id.get(case.merged_into)
    if case is None or not case.is_open:
        return None
    return Known(case, Reason("known.named", {"number": case.number}))


def _by_episode(event: Event, category: Category | None, cases: Sequence[Case]) -> Known | None:
    if not event.episode:
        return None
    of_episode = [case for case in cases if event.episode in case.episodes]
    for case in sorted(of_episode, key=_open_then_newest):
        if case.is_open or _is_aftermath(event, category, case, episodes.find(case.sightings, event.episode)):
            return Known(case, Reason("known.episode", {"number": case.number}))
    return None


def _open_then_newest(case: Case) -> tuple[bool, float, str]:
    return not case.is_open, -case.opened_at.timestamp(), case.id


def _is_aftermath(
    event: Event, category: Category | None, case: Case, last: episodes.Sighting | None, *, again: bool = False
) -> bool:
    """Say whether an event of an ended case's episode is only its echo, and tells nothing that asks for a new case.

    What a person has voided stays voided while the source goes on saying the same; what was closed is given the
    category's `same_time_s` to disappear. Something worse than before is never an echo, nor is what begins anew after
    it was over. `again` says that it is known to be the same thing, whatever its phase says.
    """
    if event.phase in (Phase.CLOSE, Phase.SYNC):
        return True
    if event.severity > case.severity:
        return False
    flaps = episodes.is_repeat(last, event.phase, event.observed_at)
    if case.stage is Stage.VOID or case.closed_at is None:
        return again or flaps or event.phase is Phase.UPDATE
    goes_on = last is None or last.over is not episodes.Over.SAID
    if not (again or event.phase is Phase.UPDATE or (flaps and goes_on)):
        return False
    return event.observed_at <= case.closed_at + timedelta(seconds=category.same_time_s if category else 0.0)


def _by_box(sought: Sought, box: Box, cases: Sequence[Case]) -> Known | None:
    """Find the case in which the same camera has lately had the same thing in the same place of its picture."""
    event = sought.event
    for case in sorted(cases, key=_open_then_newest):
        if case.category != sought.category.code:
            continue
        for seen in case.sightings:
            ended = seen.over is episodes.Over.SAID
            slack = BOX_AGAIN if ended else timedelta(seconds=sought.category.same_time_s)
            is_there = seen.source_id == event.source_id and seen.box is not None and is_same(seen.box, box)
            if not is_there or abs(event.observed_at - seen.seen_at) > slack:
                continue
            if case.is_open or _is_aftermath(event, sought.category, case, seen, again=True):
                return Known(case, Reason("known.box", {"number": case.number, "source": event.source_id}))
    return None


class _Match(NamedTuple):
    """How a case fits; the least is the best."""

    rank: int
    away_m: float
    opened_at: datetime
    case_id: str


def _by_place(sought: Sought, cases: Sequence[Case]) -> Known | None:
    best: tuple[_Match, Known] | None = None
    kin = kin_table(sought.city.codes).of(sought.category.code)
    for case in cases:
        if not case.is_open or not (case.category == sought.category.code or case.category in kin):
            continue
        category = _larger(sought.category, sought.city.codes.categories.get(case.category))
        if not _is_then(sought.event.observed_at, case, category.same_time_s):
            continue
        for rank, find in enumerate(_GROUNDS):
            found = find(sought, case, category)
            if found is None:
                continue
            match = _Match(rank, found[0], case.opened_at, case.id)
            if best is None or match < best[0]:
                best = match, Known(case, _in_other_words(sought, case, found[1]))
            break
    return best[1] if best else None


def _larger(one: Category, other: Category | None) -> Category:
    """Return the category of two that reaches farther: which of two events came first must not matter."""
    if other is None or other.code == one.code:
        return one
    return max(one, other, key=lambda each: (each.same_place_m, each.same_time_s, each.code))


def _is_then(at: datetime, case: Case, slack_s: float) -> bool:
    slack = timedelta(seconds=slack_s)
    began_at = min(case.first_event_at or case.opened_at, case.opened_at)
    return began_at - slack <= at <= max(case.last_event_at, began_at) + slack


def _in_other_words(sought: Sought, case: Case, ground: Reason) -> Reason:
    """Return the ground, and that the two are of different categories where they are."""
    if case.category == sought.category.code:
        return ground
    values = {**ground.values, "category": sought.category.code, "category_of_case": case.category}
    return _OF_KIN[ground.rule](values)


_OF_KIN: Mapping[str, Callable[[Mapping[str, str]], Reason]] = {
    "known.near": lambda values: Reason("known.near_kin", values),
    "known.views": lambda values: Reason("known.views_kin", values),
    "known.view": lambda values: Reason("known.view_kin", values),
}


_Found = tuple[float, Reason]
"""How far apart, in metres, and the reason."""


def _near(sought: Sought, case: Case, category: Category) -> _Found | None:
    away_m = _away_m(category, sought.place, case.place)
    if away_m is None or away_m > category.same_place_m:
        return None
    return away_m, Reason("known.near", {"number": case.number, "distance_m": str(round(away_m))})


def _away_m(category: Category, here: Place, there: Place) -> float | None:
    """Return how far two places are from each other as far as one happening goes, None if that is not known.

    A part (a lamp, a cover) is itself wherever it is seen from, so its id makes two places one.
    """
    if category.kind == "part" and here.component and here.component == there.component:
        return 0.0
    if here.point is None or there.point is None:
        return None
    return distance_m(here.point, there.point)


def _in_view(sought: Sought, case: Case, _category: Category) -> _Found | None:
    """Two cameras that look at the same place, or a place told exactly that lies in a camera's view.

    Of the case it is the first camera that counts: from one overlap to the next a street would be one happening.
    """
    views, event = sought.city.views, sought.event
    here, there = sought.place.point, case.place.point
    if here is None or there is None:
        return None
    if views.overlaps(event.source_id, case.source_id):
        pair = {"number": case.number, "source": event.source_id, "other": case.source_id}
        return distance_m(here, there), Reason("known.views", pair)
    if _is_exact(sought.place) and views.covers(case.source_id, here) and not _is_exact(case.place):
        return distance_m(here, there), Reason("known.view", {"number": case.number, "source": case.source_id})
    if _is_exact(case.place) and views.covers(event.source_id, there) and not _is_exact(sought.place):
        return distance_m(here, there), Reason("known.view", {"number": case.number, "source": event.source_id})
    return None


def _is_exact(place: Place) -> bool:
    """Say whether a place was told, and is not merely where its camera looks."""
    return place.basis in (Basis.COORDINATES, Basis.COMPONENT)


def _at_gateway(sought: Sought, case: Case, _category: Category) -> _Found | None:
    """What befalls a gateway befalls all that sends through it. Two of these alone prove nothing of the gateway."""
    if case.category != sought.category.code:
        return None
    if case.category not in kin_table(sought.city.codes).of_gateways:
        return None
    sources = sought.city.codes.sources
    own, other = sources.get(sought.event.source_id), sources.get(case.source_id)
    if own is None or other is None:
        return None
    gateway = own.gateway if own.gateway == other.id else other.gateway if other.gateway == own.id else ""
    if not gateway:
        return None
    return 0.0, Reason("known.gateway", {"number": case.number, "source": gateway})


_GROUNDS: tuple[Callable[[Sought, Case, Category], _Found | None], ...] = (_near, _in_view, _at_gateway)
"""The grounds beside the episode and the box, the best first."""


def categories_sought(category: Category, city: City) -> Iterator[tuple[CategoryCode, float]]:
    """Yield the categories among whose open cases an event's may be, and how far away each looks, in metres."""
    yield category.code, category.same_place_m
    for code in kin_table(city.codes).of(category.code):
        other = city.codes.categories.get(code)
        if other is not None:
            yield code, max(category.same_place_m, other.same_place_m)
