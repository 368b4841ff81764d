"""What deleting a person's data leaves of a case."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from dispatch.changes.base import Change, Changes
from dispatch.facts import FactData, PersonalDataErased
from dispatch.record import Case
from dispatch.retention import Field


def _erase(case: Case, data: PersonalDataErased, _at: datetime) -> Changes:
    gone, is_whole = frozenset(data.media), not data.events
    changes: dict[str, object] = {
        "media": tuple(each for each in case.media if each not in gone),
        "before": tuple(each for each in case.before if each not in gone),
    }
    if is_whole:
        changes["erased"] = tuple(dict.fromkeys((*case.erased, *data.fields)))
    if Field.WORDS in data.fields and (is_whole or data.opening):
        changes |= {"text": "", "place": replace(case.place, address="")}
    return changes


CHANGES: Mapping[type[FactData], Change] = {PersonalDataErased: _erase}
