"""Where an event is: from the best ground that there is, and why that one."""

from collections.abc import Callable, Sequence
from math import cos, radians, sin

from msgspec.structs import replace

from dispatch.city import Source
from dispatch.citymap import City
from dispatch.event import Event
from dispatch.place import Basis, Place
from dispatch.reasons import Reason
from gis.gazetteer import Match
from gis.point import EARTH_RADIUS_M, LonLat, distance_m

SOURCE_ACCURACY_M = 10.0
"""How well a source's registered place is known: it was surveyed when it was mounted."""

SAME_SCORE = 0.05
"""Two places whose names fit a text nearly equally well are both meant, until a person says which."""

METRES_PER_DEGREE = radians(1.0) * EARTH_RADIUS_M

Found = tuple[Place, tuple[Reason, ...]]


def locate(event: Event, source: Source | None, city: City) -> Found:
    """Return the place of an event: its coordinates, or its component's, or its source's, or a name in its words.

    A place with basis NONE has no point. A point outside the city says so (`inside` is False).
    """
    for find in _FINDERS:
        found = find(event, source, city)
        if found is not None:
            place, because = found
            return (place, because) if place.inside else (place, (*because, Reason("place.outside")))
    return Place(address=event.place_text, component=event.component), (Reason("place.none"),)


def _by_coordinates(event: Event, _source: Source | None, city: City) -> Found | None:
    if event.point is None:
        return None
    place = _place(city, event.point, Basis.COORDINATES, event.accuracy_m)
    component = event.component or place.component
    return replace(place, component=component, address=event.place_text), (Reason("place.coordinates"),)


def _by_component(event: Event, source: Source | None, city: City) -> Found | None:
    wanted = event.component or (source.component if source else "")
    component = city.components.find(wanted) if wanted else None
    if component is None:
        return None
    place = _place(city, component.point, Basis.COMPONENT, SOURCE_ACCURACY_M)
    because = (Reason("place.component", {"component": wanted}),)
    return replace(place, component=wanted, address=event.place_text), because


def _by_source(event: Event, source: Source | None, city: City) -> Found | None:
    if source is None or source.point is None:
        return None
    point, accuracy_m = _looked_at(source, source.point)
    place = _place(city, point, Basis.SOURCE, accuracy_m)
    names = {"source_zh": source.name_zh, "source_en": source.name_en}
    return replace(place, address=event.place_text), (Reason("place.source", names),)


def _by_words(event: Event, _source: Source | None, city: City) -> Found | None:
    for text in (event.place_text, event.text):
        matches = city.gazetteer.find(text) if text else []
        if matches:
            return _named(event, matches, city)
    return None


_FINDERS: tuple[Callable[[Event, Source | None, City], Found | None], ...] = (
    _by_coordinates,
    _by_component,
    _by_source,
    _by_words,
)
"""The grounds, the best first."""


def _named(event: Event, matches: Sequence[Match], city: City) -> Found:
    """Take the best match. Where others fit as well, the place is no better known than they are apart."""
    best, *others = matches
    rivals = [each for each in others if each.score >= best.score - SAME_SCORE]
    apart_m = max((distance_m(best.point, each.point) for each in rivals), default=0.0)
    place = _place(city, best.point, Basis.GAZETTEER, max(best.accuracy_m, round(apart_m)))
    because: tuple[Reason, ...] = (
        Reason("place.name", {"name": best.name, "accuracy_m": str(round(best.accuracy_m))}),
    )
    if apart_m > best.accuracy_m:
        because += (Reason("place.ambiguous", {"others": ", ".join(each.name for each in rivals[:3])}),)
    return replace(place, address=event.place_text or best.name), because


def _place(city: City, point: LonLat, basis: Basis, accuracy_m: float | None) -> Place:
    return replace(city.locate(point), basis=basis, accuracy_m=accuracy_m)


def _looked_at(source: Source, point: LonLat) -> tuple[LonLat, float]:
    """Return the middle of a camera's view, and half its depth; a source without a view is where it stands."""
    if source.heading_deg is None or source.range_m is None:
        return point, SOURCE_ACCURACY_M
    half_m, heading = source.range_m / 2, radians(source.heading_deg)
    lat = point.lat + half_m * cos(heading) / METRES_PER_DEGREE
    lon = point.lon + half_m * sin(heading) / (METRES_PER_DEGREE * cos(radians(point.lat)))
    return LonLat(lon, lat), half_m
