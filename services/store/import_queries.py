"""What became of imported records."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection, select

from dispatch.event import Event
from dispatch.ids import MessageId
from dispatch.place import Place
from services.store.case_rows import read_case
from services.store.tables import cases, events, inbox

IDS_PER_QUERY = 500

_decode_event = msgspec.json.Decoder(Event).decode


@dataclass(slots=True)
class Imported:
    """`places` has each case's place with the area that its record names ("" for none)."""

    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    places: list[tuple[Place, str]] = field(default_factory=list)


def count_pending(connection: Connection, ids: Sequence[MessageId]) -> int:
    """Return how many of the messages are not yet read."""
    pending = 0
    for start in range(0, len(ids), IDS_PER_QUERY):
        chosen = ids[start : start + IDS_PER_QUERY]
        query = select(inbox.c.id).where(inbox.c.id.in_(chosen), inbox.c.state == "pending")
        pending += len(connection.execute(query).all())
    return pending


def summarise(connection: Connection, ids: Sequence[MessageId]) -> Imported:
    """Return what became of the messages and where their cases lie."""
    found = Imported()
    for start in range(0, len(ids), IDS_PER_QUERY):
        chosen = ids[start : start + IDS_PER_QUERY]
        for state, reason in connection.execute(select(inbox.c.state, inbox.c.reason).where(inbox.c.id.in_(chosen))):
            found.states[state] += 1
            if reason:
                found.reasons[reason] += 1
        pairs = (
            select(events.c.doc, cases.c.doc)
            .join(cases, cases.c.id == events.c.case_id)
            .where(events.c.id.in_([f"{each}/0" for each in chosen]))
        )
        for event, case in connection.execute(pairs):
            recorded = str(_decode_event(event).attributes.get("area", ""))
            found.places.append((read_case(case).place, recorded))
    return found
