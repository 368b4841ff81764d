"""Short words for the tests of commands: who asks, of which case, and what comes of it."""

from datetime import timedelta
from typing import Any

from dispatch.access import Actor
from dispatch.case import (
    Case,
    Fact,
    Stage,
)
from dispatch.commands import Command, perform
from dispatch.ids import TaskId, WorkerId
from dispatch.situation import Situation
from tests.builders import TUESDAY_10, decide_event, fold, make_actor, make_case, make_event, make_situation

ANN = make_actor("worker", user="ann@phone", worker_id=WorkerId("ann"))
LEADER = make_actor("leader")
AT = TUESDAY_10 + timedelta(minutes=30)


def give(
    name: str, case: Case, actor: Actor = LEADER, *, situation: Situation | None = None, **data: Any
) -> list[Fact]:
    return perform(Command(name, actor, data), case, situation or make_situation(), task_id=TaskId("t2"), at=AT)


def reported(**changes: Any) -> Case:
    return fold(decide_event(make_event(**({"confidence": 0.1} | changes))))


def at_stage(stage: Stage) -> Case:
    return make_case(stage=stage, handled_at=AT if stage in (Stage.HANDLED, Stage.CHECKED) else None)
