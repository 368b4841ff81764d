"""What a command is made of: one row, and the three families that most rows belong to."""

from collections.abc import Callable

from msgspec import Struct

from dispatch.case import Assist, Case, Stage
from dispatch.moves.asking import Ask, Fields


def always(_case: Case) -> bool:
    return True


def is_coming(task: Case | Assist) -> bool:
    """Say whether who has the task has accepted it and is not there yet."""
    return task.accepted_at is not None and task.arrived_at is None


class CommandRow(Struct, frozen=True, kw_only=True):
    """One command: its names, what it does with which fields, and in which stages it may be given.

    `needs` are fields that must not be empty. `right` is what a role needs for it. `own` ones concern the worker's task
    and are given by him, or by a desk for him. `desk` ones are not given while another of the desk has claimed the
    case. `fits` says for which cases of these stages it is meant. `continues` says whether the flow goes on after it by
    itself. `alias_of` is the command that this is another name of.
    """

    zh: str
    en: str
    run: Callable[[Ask], None]
    data: type[Fields]
    stages: frozenset[Stage]
    right: str
    needs: tuple[str, ...] = ()
    own: bool = False
    desk: bool = True
    fits: Callable[[Case], bool] = always
    continues: bool = True
    alias_of: str = ""


def own_row(
    zh: str,
    en: str,
    run: Callable[[Ask], None],
    data: type[Fields],
    stages: frozenset[Stage],
    right: str,
    needs: tuple[str, ...] = (),
    alias_of: str = "",
) -> CommandRow:
    """A row of the worker's own task."""
    return CommandRow(
        zh=zh,
        en=en,
        run=run,
        data=data,
        stages=stages,
        right=right,
        needs=needs,
        own=True,
        desk=False,
        alias_of=alias_of,
    )


def desk_row(
    zh: str,
    en: str,
    run: Callable[[Ask], None],
    data: type[Fields],
    stages: frozenset[Stage],
    right: str,
    needs: tuple[str, ...] = (),
    *,
    continues: bool = True,
) -> CommandRow:
    """A row of the desk's work on a case."""
    return CommandRow(zh=zh, en=en, run=run, data=data, stages=stages, right=right, needs=needs, continues=continues)


def said_row(
    zh: str,
    en: str,
    run: Callable[[Ask], None],
    data: type[Fields],
    stages: frozenset[Stage],
    right: str,
    needs: tuple[str, ...] = (),
    fits: Callable[[Case], bool] = always,
) -> CommandRow:
    """A row of what anybody who may says of a case, whoever has claimed it; it moves nothing."""
    return CommandRow(
        zh=zh,
        en=en,
        run=run,
        data=data,
        stages=stages,
        right=right,
        needs=needs,
        desk=False,
        continues=False,
        fits=fits,
    )
