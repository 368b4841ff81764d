"""A case opened by hand: at the console, by a patrol, by the hotline."""

from collections.abc import Mapping
from typing import Any

from dispatch.access import STAFF, Actor
from dispatch.case import Case
from dispatch.decide import TRUSTED_CHANNELS
from dispatch.event import Event, Vocabulary
from dispatch.ids import EventId, SourceId
from dispatch.refusals import BadField, UnknownCategory
from gis.point import LonLat
from services.engine.messages import take_event
from services.engine.orders import new_id
from services.engine.turn import Turn


def open_case(turn: Turn, actor: Actor, fields: Mapping[str, Any]) -> Case:
    """Open a case, or attach to the case that it is already; return the case.

    `fields` are those of `POST /api/v1/cases`, checked there for their types.

    :raises UnknownCategory: if the city has no such category.
    :raises BadField: if nothing came of it.
    """
    category = str(fields.get("category") or "")
    if category and category not in turn.state.city.codes.categories:
        raise UnknownCategory(category=category)
    lon, lat = fields.get("lon"), fields.get("lat")
    event = Event(
        id=EventId(new_id(turn.at)),
        feed="report",
        source_id=SourceId(f"user:{actor.user}"),
        vocabulary=Vocabulary.CATEGORY if category else Vocabulary.TEXT,
        kind=category,
        text=str(fields.get("text") or "").replace("\x00", ""),
        observed_at=turn.at,
        received_at=turn.at,
        point=LonLat(lon, lat) if lon is not None and lat is not None else None,
        accuracy_m=fields.get("accuracy_m"),
        place_text=str(fields.get("address") or "").replace("\x00", ""),
        component=str(fields.get("component") or ""),
        media=tuple(fields.get("media") or ()),
        attributes={"channel": _channel(actor, str(fields.get("channel") or "console")), "by": actor.user},
    )
    case = take_event(turn, event)
    if case is None:
        raise BadField(command="open", why="the event opens no case")
    return case


def _channel(actor: Actor, channel: str) -> str:
    """Return the channel as the city may believe it: a partner's program has neither a patrol nor a desk here."""
    return "partner" if channel in TRUSTED_CHANNELS and actor.role not in STAFF else channel
