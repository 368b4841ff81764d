"""The acts of those who reported: one row each. They have no account; that it is his report, his private link says.

What an act needs beside the case is its data: the number of the report, and the name under which his words are kept.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from dispatch.access import Actor
from dispatch.case import Case, Fact
from dispatch.facts.base import BY_REPORTER
from dispatch.flow import Draft, tell_family
from dispatch.ids import TaskId
from dispatch.moves import reporting
from dispatch.moves.asking import Ask
from dispatch.moves.reporting import Leaving, Rated, Redacting, Telling
from dispatch.refusals import BadField, Refusal, UnknownCommand
from dispatch.situation import Situation

REPORTER = Actor(user=BY_REPORTER, role=BY_REPORTER)
"""Who acts: no user, and no role of the city's."""


class ActRow(Struct, frozen=True):
    """One act: its names, what it does with which fields, and whether its words are kept."""

    zh: str
    en: str
    run: Callable[[Ask], None]
    data: type[Telling]
    example: Telling


_ANY = Telling(report="-")

ACTS: Mapping[str, ActRow] = {
    "write": ActRow("留言", "write to the office", reporting.write, Telling, _ANY),
    "rate": ActRow("评价", "rate it", reporting.rate, Rated, Rated(report="-", stars=5)),
    "reopen": ActRow("要求重办", "have it taken up again", reporting.reopen, Telling, _ANY),
    "withdraw": ActRow("撤回上报", "withdraw the report", reporting.leave, Leaving, Leaving(report="-")),
    "redact": ActRow("撤下文字与照片", "take back one's words", reporting.redact, Redacting, Redacting(report="-")),
}
"""Name -> the act. `example` is what it is tried with, to say whether it would be done now."""


def perform_act(name: str, data: Mapping[str, Any], case: Case, situation: Situation, *, at: datetime) -> list[Fact]:
    """Return what happens because of an act, in order; facts of other cases last.

    :raises Refusal: one of those of dispatch.refusals; nothing happens then.
    """
    row = ACTS.get(name)
    if row is None:
        raise UnknownCommand(command=name)
    try:
        fields = msgspec.convert(dict(data), row.data)
    except msgspec.ValidationError as error:
        raise BadField(command=name, why=str(error)) from None
    return _run(name, row, fields, case, situation, at)


def find_bar(name: str, report: str, case: Case, situation: Situation, *, at: datetime) -> Refusal | None:
    """Return why an act of a report would be refused now; None if it would be done."""
    row = ACTS[name]
    try:
        _run(name, row, msgspec.structs.replace(row.example, report=report), case, situation, at)
    except Refusal as refusal:
        return refusal
    return None


def _run(name: str, row: ActRow, fields: Telling, case: Case, situation: Situation, at: datetime) -> list[Fact]:
    draft = Draft(case, case.id, at, situation.city)
    ask = Ask(draft, name, REPORTER, fields, situation, TaskId(""), [])
    row.run(ask)
    if case.is_open and not draft.case.is_open:
        tell_family(draft, situation)
    return [*draft.facts, *(fact for other in ask.drafts for fact in other.facts)]
