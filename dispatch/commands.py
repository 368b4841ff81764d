"""What people ask of a case. Each command ends in facts or in a named refusal.

After a command the flow goes on by itself: a filed case is sent, a declined one goes to the next worker, one whose
check has passed is closed. The commands themselves are rows of dispatch/command_table.py.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from dispatch.access import Actor, may_command, may_see_fact
from dispatch.case import Case, Fact
from dispatch.city import Flow
from dispatch.command_rows import CommandRow
from dispatch.command_table import ASSIST_STEPS, COMMANDS
from dispatch.flow import Draft, continue_flow
from dispatch.ids import TaskId
from dispatch.moves import sending, watching
from dispatch.moves.asking import Ask, Fields, NewCase
from dispatch.moves.requests import ANSWERS, may_answer
from dispatch.refusals import (
    BadField,
    Claimed,
    IllegalMove,
    MissingField,
    NoDepartment,
    NotAllowed,
    NotYourTask,
    Refusal,
    SameWorker,
    UnknownCategory,
    UnknownCommand,
    UnknownWorker,
)
from dispatch.situation import Situation

__all__ = [
    "COMMANDS",
    "Actor",
    "BadField",
    "Command",
    "CommandRow",
    "IllegalMove",
    "MissingField",
    "NewCase",
    "NoDepartment",
    "NotAllowed",
    "NotYourTask",
    "Refusal",
    "SameWorker",
    "UnknownCategory",
    "UnknownCommand",
    "UnknownWorker",
    "legal_commands",
    "perform",
]


USUAL = Flow()
"""The settings of a city that has none of its own."""


class Command(Struct, frozen=True):
    """A command's name, who gives it, and its fields as they came."""

    name: str
    actor: Actor
    data: Mapping[str, Any] = {}


def perform(
    command: Command,
    case: Case,
    situation: Situation,
    *,
    task_id: TaskId,
    at: datetime,
    new_cases: tuple[NewCase, ...] = (),
) -> list[Fact]:
    """Return what happens because of a command, in order; facts of other cases last.

    `task_id` is used if someone is sent, `new_cases` if cases are opened (`settle`, `split`).

    :raises Refusal: one of those of dispatch.refusals; nothing happens then.
    """
    rows = COMMANDS.get(command.name)
    if rows is None:
        raise UnknownCommand(command=command.name)
    actor = command.actor
    draft = Draft(case, case.id, at, situation.city)
    if actor.worker_id and case.find_assist(actor.worker_id) is not None and command.name in ASSIST_STEPS:
        return _perform_along(command, rows, draft, situation, task_id)
    row = _find_row(command.name, case, actor, rows, situation.city.flow)
    data = _read_data(command.name, command.data, row)
    ask = Ask(draft, command.name, actor, data, situation, task_id, [], new_cases)
    if row.desk and (holder := watching.find_holder(ask)):
        raise Claimed(by=holder, command=command.name)
    row.run(ask)
    if row.continues:
        continue_flow(draft, situation, task_id)
    return [*draft.facts, *(fact for other in ask.drafts for fact in other.facts)]


def legal_commands(case: Case, actor: Actor, flow: Flow = USUAL) -> tuple[str, ...]:
    """Return the commands that an actor may give for a case now by a city's settings, in the order of the table."""
    if actor.worker_id and (assist := case.find_assist(actor.worker_id)) is not None:
        steps = (name for name, row in ASSIST_STEPS.items() if row.allows(assist))
        return (*steps, *(("note",) if may_command(actor, "note") else ()))
    fitting = (
        (name, row)
        for name, rows in COMMANDS.items()
        for row in rows
        if case.stage in row.stages and not row.alias_of and row.fits(case)
    )
    return tuple(name for name, row in fitting if _find_bar(actor, row, case, flow) is None)


def _find_row(name: str, case: Case, actor: Actor, rows: tuple[CommandRow, ...], flow: Flow) -> CommandRow:
    """Return what the command means in the case's stage.

    :raises NotAllowed, NotYourTask: if the actor may not give it, in whatever stage the case were.
    :raises IllegalMove: if the stage does not allow it.
    """
    fitting = next((row for row in rows if case.stage in row.stages and row.fits(case)), None)
    bars = [_find_bar(actor, row, case, flow) for row in ((fitting,) if fitting else rows)]
    if all(bars):
        assert bars[0] is not None
        raise bars[0](command=name, role=actor.role, worker=case.worker)
    if fitting is None:
        raise IllegalMove(legal_commands(case, actor, flow), command=name, stage=case.stage.value)
    return fitting


def _find_bar(actor: Actor, row: CommandRow, case: Case, flow: Flow) -> type[Refusal] | None:
    """Return what keeps an actor from giving a command for a case, whatever its stage; None if nothing does.

    Who answers to a request is said by the city's settings, whatever rights his role has beside.
    """
    if row.right in ANSWERS and case.request is not None:
        may = may_answer(actor, row.right, case.request, flow)
    else:
        may = may_command(actor, row.right)
    if not may:
        return NotAllowed
    if row.own and actor.worker_id and actor.worker_id != case.worker:
        return NotYourTask
    workers = (case.worker, *case.helpers)
    return None if may_see_fact(actor, case.place.area, case.department, workers) else NotAllowed


def _perform_along(
    command: Command, rows: tuple[CommandRow, ...], draft: Draft, situation: Situation, task_id: TaskId
) -> list[Fact]:
    """Do what an assisting worker asks for his own task: the case's stage is not his."""
    case, actor, row = draft.case, command.actor, ASSIST_STEPS[command.name]
    if not may_command(actor, row.right):
        raise NotAllowed(command=command.name, role=actor.role, worker=case.worker)
    assist = case.find_assist(actor.worker_id)
    if assist is None or not row.allows(assist):
        raise IllegalMove(legal_commands(case, actor), command=command.name, stage=case.stage.value)
    own = next(each for each in rows if each.own)
    data = _read_data(command.name, command.data, own)
    sending.move_along(Ask(draft, command.name, actor, data, situation, task_id, []), row.step)
    return draft.facts


def _read_data(name: str, data: Mapping[str, Any], row: CommandRow) -> Fields:
    try:
        fields = msgspec.convert(dict(data), row.data)
    except msgspec.ValidationError as error:
        raise BadField(command=name, why=str(error)) from None
    for field in row.needs:
        value = getattr(fields, field)
        if value is None or value == () or (isinstance(value, str) and not value.strip()):
            raise MissingField(command=name, field=field)
    return fields
