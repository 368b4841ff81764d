"""Maintenance events: what a flood or a silence says to the desk, in the shape of any other event."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from dispatch.city import Codes, Source
from dispatch.event import Event, Phase, Vocabulary
from dispatch.health.flood import Flood
from dispatch.health.outages import MANY, Kind, Move
from dispatch.health.rules import HealthRules
from dispatch.ids import CategoryCode, EventId, SourceId
from gis.point import LonLat, distance_m

OFFLINE = "device_offline"
"""The sensor type of the standard table whose category is that of maintenance."""
LISTED_MAX = 500
"""Sources that an event lists by id; their number is always told."""
NAMED_MAX = 12
"""Sources that its text names."""
SEVERITY = 2

_PHASES: Mapping[Kind, Phase] = {Kind.BEGIN: Phase.OPEN, Kind.GROW: Phase.UPDATE, Kind.END: Phase.CLOSE}


def maintenance_category(codes: Codes, rules: HealthRules) -> CategoryCode:
    """Return the category of maintenance cases, "" where the city names none: a person says then what they are."""
    if rules.category:
        return rules.category
    offline = codes.sensor_types.get(OFFLINE)
    return offline.category if offline else CategoryCode("")


def flood_episode(source_id: SourceId) -> str:
    return f"flood:{source_id}"


def tell_flood(
    source: Source, flood: Flood, phase: Phase, category: CategoryCode, event_id: EventId, at: datetime
) -> Event:
    """Return what a flood says: it has begun, how many are set aside by now, or that it is over."""
    zh = "洪泛已止" if phase is Phase.CLOSE else "洪泛"
    en = "The flood is over" if phase is Phase.CLOSE else "It floods"
    n = flood.set_aside
    return Event(
        id=event_id,
        feed=source.feed,
        source_id=source.id,
        vocabulary=Vocabulary.CATEGORY,
        kind=category,
        text=f"{zh}：{source.name_zh}，已搁置 {n} 条 / {en}: {source.name_en}, {n} set aside",
        observed_at=at,
        received_at=at,
        phase=phase,
        episode=flood_episode(source.id),
        severity=SEVERITY,
        point=source.point,
        component=source.component,
        attributes={"health": "flooding", "set_aside": n},
    )


def tell_outage(
    move: Move, sources: Mapping[SourceId, Source], category: CategoryCode, event_id: EventId, at: datetime
) -> Event:
    """Return what an outage says: who is silent, all of them listed; or that they are back."""
    about = sources[move.about]
    members = [sources[each] for each in move.members if each in sources]
    children = [each for each in members if each.id != about.id]
    is_many = len(members) > 1 or bool(children)
    shown = move.still if move.kind is not Kind.END else move.members
    return Event(
        id=event_id,
        feed=about.feed,
        source_id=about.id,
        vocabulary=Vocabulary.CATEGORY,
        kind=category,
        text=_say(move, about, children, is_many=is_many),
        observed_at=at,
        received_at=at,
        phase=_PHASES[move.kind],
        episode=move.key,
        severity=SEVERITY,
        point=_place(about, members),
        component=about.component if not is_many else "",
        attributes={
            "health": "silent",
            "sources": len(move.members),
            "silent": len(move.still),
            "listed": "|".join(shown[:LISTED_MAX]),
        },
    )


def _say(move: Move, about: Source, children: Sequence[Source], *, is_many: bool) -> str:
    back = move.kind is Kind.END
    if not is_many:
        return f"{'恢复' if back else '失联'}：{about.name_zh} / {'Heard again' if back else 'Silent'}: {about.name_en}"
    n, still = len(move.members), len(move.still)
    names_zh = "、".join(each.name_zh for each in children[:NAMED_MAX]) + ("……" if len(children) > NAMED_MAX else "")
    names_en = ", ".join(each.name_en for each in children[:NAMED_MAX]) + (" ..." if len(children) > NAMED_MAX else "")
    head_zh, head_en = ("多处来源", "many at once") if move.key == MANY else (about.name_zh, about.name_en)
    if back:
        return (
            f"恢复：{head_zh}，{n} 个来源中仍有 {still} 个失联 / Back: {head_en}, {still} of {n} sources silent still"
        )
    return f"失联：{head_zh}，{still} 个来源（{names_zh}） / Silent: {head_en}, {still} sources ({names_en})"


def _place(about: Source, members: Sequence[Source]) -> LonLat | None:
    """Return where to look: where it stands, else where the source in the middle of those that are silent does."""
    if about.point is not None:
        return about.point
    points = [each.point for each in members if each.point is not None]
    if not points:
        return None
    middle = LonLat(sum(p.lon for p in points) / len(points), sum(p.lat for p in points) / len(points))
    return min(points, key=lambda point: distance_m(middle, point))
