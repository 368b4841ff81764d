"""Who sent, who did it: names for the ids of sources and accounts that stand in events and facts."""

from collections.abc import Iterable

from sqlalchemy import Connection

from dispatch.city import Names
from dispatch.ids import SourceId
from services.engine.senders import Senders
from services.store.accounts import find_names

BY_HAND = "user:"
"""Begins the source of what an account opened by hand; its name follows."""
IMPORTED = "import:"
"""Begins the source of what was brought in from another system; the feed follows."""
_IMPORT = Names("历史导入", "Import of past records")


def name_sources(connection: Connection, source_ids: Iterable[str], senders: Senders) -> dict[str, Names]:
    """Return a name for each source: of the person, of the device, else its id."""
    ids = set(source_ids)
    people = find_names(connection, (each.removeprefix(BY_HAND) for each in ids if each.startswith(BY_HAND)))
    return {each: _name(each, people, senders) for each in ids}


def _name(source_id: str, people: dict[str, Names], senders: Senders) -> Names:
    if source_id.startswith(IMPORTED):
        return _IMPORT
    if source_id.startswith(BY_HAND):
        username = source_id.removeprefix(BY_HAND)
        return people.get(username) or Names(username, username)
    known = senders.find(SourceId(source_id))
    return Names(known.name_zh or source_id, known.name_en or source_id) if known else Names(source_id, source_id)
