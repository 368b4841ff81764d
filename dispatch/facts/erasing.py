"""What is taken out of a case because it belongs to a person."""

from dispatch.facts.base import FactData
from dispatch.ids import EventId


class PersonalDataErased(FactData, frozen=True, kw_only=True):
    """What persons have said or shown is deleted: in the case, and in the same commit in the facts and events before.

    `fields` are those of `dispatch.retention.Field`. `events` are the reports that it was in, () for all of the case;
    `opening` says that the report which opened the case is one of them. `media` are the pictures that are gone. `why`
    is `retention`, `reporter` (he has asked for it) or `office`.
    """

    by: str
    why: str
    fields: tuple[str, ...]
    events: tuple[EventId, ...] = ()
    opening: bool = False
    media: tuple[str, ...] = ()
