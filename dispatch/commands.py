"""What people ask of a case. One row per command in COMMANDS; each ends in facts or in a named refusal.

After a command the flow goes on by itself: a filed case is sent, a declined one goes to the next worker, one whose
check has passed is closed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from dispatch import moves
from dispatch.access import Actor, may_command, may_see_fact
from dispatch.assign import BUSY_STAGES
from dispatch.case import OPEN_STAGES, Case, Fact, Stage
from dispatch.flow import Draft, continue_flow
from dispatch.ids import TaskId
from dispatch.moves import Ask, Fields
from dispatch.refusals import (
    BadField,
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


class Command(Struct, frozen=True):
    """A command's name, who gives it, and its fields as they came."""

    name: str
    actor: Actor
    data: Mapping[str, Any] = {}


class CommandRow(Struct, frozen=True):
    """One command: its names, what it does with which fields, and in which stages it may be given.

    `needs` are fields that must not be empty. `own` ones concern the worker's task and are given by him, or by a desk
    for him. `continues` says whether the flow goes on after it by itself. `alias_of` is the command that this is
    another name of.
    """

    zh: str
    en: str
    run: Callable[[Ask], None]
    data: type[Fields]
    stages: frozenset[Stage]
    needs: tuple[str, ...] = ()
    own: bool = False
    continues: bool = True
    alias_of: str = ""


_REPORTED = frozenset({Stage.REPORTED})
_FILED = frozenset({Stage.FILED})
_ACCEPTED = frozenset({Stage.ACCEPTED})
_HANDLED = frozenset({Stage.HANDLED})
_CHECKED = frozenset({Stage.CHECKED})

_ACCEPT = CommandRow("接单", "accept the task", moves.accept, moves.Timed, frozenset({Stage.DISPATCHED}), own=True)

COMMANDS: Mapping[str, CommandRow] = {
    "file": CommandRow("立案", "file", moves.file, moves.Filing, _REPORTED),
    "void": CommandRow("作废", "void", moves.void, moves.Reasoned, _REPORTED | _FILED | BUSY_STAGES, needs=("reason",)),
    "dispatch": CommandRow("派遣", "dispatch", moves.dispatch, moves.Sending, _FILED),
    "reassign": CommandRow("改派", "reassign", moves.reassign, moves.Sending, BUSY_STAGES, needs=("worker",)),
    "accept": _ACCEPT,
    "acknowledge": replace(_ACCEPT, alias_of="accept"),
    "decline": CommandRow(
        "拒单", "decline the task", moves.decline, moves.Declining, BUSY_STAGES, needs=("reason",), own=True
    ),
    "depart": CommandRow("出发", "depart", moves.depart, moves.Timed, _ACCEPTED, own=True),
    "arrive": CommandRow("到场", "arrive", moves.arrive, moves.Arriving, _ACCEPTED, own=True),
    "report_handled": CommandRow(
        "处置完毕", "report handled", moves.report_handled, moves.Telling, frozenset({Stage.ARRIVED}), own=True
    ),
    "check": CommandRow("核查", "check", moves.check, moves.Checking, _HANDLED, needs=("passed",)),
    "rework": CommandRow(
        "返工", "send back for rework", moves.rework, moves.Reasoned, _HANDLED | _CHECKED, needs=("reason",)
    ),
    "close": CommandRow("结案", "close", moves.close, moves.Noting, _CHECKED),
    "reclassify": CommandRow(
        "改类别", "reclassify", moves.reclassify, moves.Classing, OPEN_STAGES, needs=("category",)
    ),
    "relocate": CommandRow("改位置", "relocate", moves.relocate, moves.Locating, OPEN_STAGES, needs=("lon", "lat")),
    "remind": CommandRow("催办", "remind", moves.remind, moves.Noting, OPEN_STAGES, continues=False),
    "note": CommandRow(
        "备注", "add a note", moves.note, moves.Writing, frozenset(Stage), needs=("note",), continues=False
    ),
}
"""Name -> what the command does, when it may be given, and what it needs."""


def perform(command: Command, case: Case, situation: Situation, *, task_id: TaskId, at: datetime) -> list[Fact]:
    """Return what happens because of a command, in order. `task_id` is used if someone is sent.

    :raises Refusal: one of those of dispatch.refusals; nothing happens then.
    """
    row = COMMANDS.get(command.name)
    if row is None:
        raise UnknownCommand(command=command.name)
    _check_actor(command, row, case)
    if case.stage not in row.stages:
        legal = legal_commands(case, command.actor)
        raise IllegalMove(legal, command=command.name, stage=case.stage.value)
    draft = Draft(case, case.id, at)
    data = _read_data(command, row)
    row.run(Ask(draft, command.name, command.actor, data, situation, task_id))
    if row.continues:
        continue_flow(draft, situation, task_id)
    return draft.facts


def legal_commands(case: Case, actor: Actor) -> tuple[str, ...]:
    """Return the commands that an actor may give for a case now, in the order of the table."""
    return tuple(
        name
        for name, row in COMMANDS.items()
        if case.stage in row.stages and not row.alias_of and _find_bar(name, actor, row, case) is None
    )


def _check_actor(command: Command, row: CommandRow, case: Case) -> None:
    bar = _find_bar(command.name, command.actor, row, case)
    if bar is not None:
        raise bar(command=command.name, role=command.actor.role, worker=case.worker)


def _find_bar(name: str, actor: Actor, row: CommandRow, case: Case) -> type[Refusal] | None:
    """Return what keeps an actor from giving a command for a case, whatever its stage; None if nothing does."""
    if not may_command(actor, name):
        return NotAllowed
    if row.own and actor.worker_id and actor.worker_id != case.worker:
        return NotYourTask
    return None if may_see_fact(actor, case.place.area, case.department, (case.worker,)) else NotAllowed


def _read_data(command: Command, row: CommandRow) -> Fields:
    try:
        data = msgspec.convert(dict(command.data), row.data)
    except msgspec.ValidationError as error:
        raise BadField(command=command.name, why=str(error)) from None
    for field in row.needs:
        value = getattr(data, field)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise MissingField(command=command.name, field=field)
    return data
