"""The core against the model: no illegal move passes, every legal one is taken, and the clocks add up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from dispatch.access import Actor
from dispatch.case import FACTS, Case, Fact, Stage, apply
from dispatch.citymap import City
from dispatch.commands import Command, NewCase, perform
from dispatch.decide import decide, triage
from dispatch.event import Event
from dispatch.flow import retry
from dispatch.ids import CaseId, TaskId, WorkerId
from dispatch.measures import contribution
from dispatch.situation import LastMove, Situation
from dispatch.timers import pass_time
from tests.builders import SHANGHAI, make_roster
from tests.dispatch.histories import Change, last_move
from tests.dispatch.machine import CaseMachine, Sut


class Core:
    """The core alone: facts are kept in a list."""

    is_strict = True

    def __init__(self, city: City) -> None:
        self.city = city
        self.cases: dict[str, Case] = {}
        self.roster = make_roster(city)
        self.changes: list[Change] = []
        self.sums: Counter[Any] = Counter()
        self._names = 0

    def _name(self) -> str:
        self._names += 1
        return f"{self._names:04d}"

    def _situation(self, last: LastMove | None = None) -> Situation:
        return Situation(city=self.city, roster=self.roster, cases=tuple(self.cases.values()), last=last)

    def _record(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            before = self.cases.get(fact.case_id)
            after = apply(before, fact, len(self.changes) + 1)
            self.roster.follow(before, after)
            self.cases[fact.case_id] = after
            self.changes.append((fact, before, after))
            for case, sign in ((before, -1), (after, 1)):
                for key, counter, n in contribution(case, SHANGHAI) if case else ():
                    self.sums[key, counter] += sign * n

    def hear(self, event: Event, at: datetime) -> None:
        name = self._name()
        facts = decide(
            triage(event, self.city), self._situation(), new_id=CaseId(name), number=name, task_id=TaskId(name), at=at
        )
        self._record(facts)

    def command(self, case: Case, name: str, actor: Actor, data: Mapping[str, Any], at: datetime) -> list[str]:
        names = [self._name() for _ in range(3)]
        last = last_move(case, self.changes) if name == "undo" else None
        facts = perform(
            Command(name, actor, data),
            case,
            self._situation(last),
            task_id=TaskId(self._name()),
            at=at,
            new_cases=tuple(NewCase(CaseId(each), each, TaskId(each)) for each in names),
        )
        self._record(facts)
        return [each for each in names if each in self.cases]

    def pass_time(self, at: datetime) -> None:
        for name in list(self.cases):
            self._record(pass_time(self.cases[name], self._situation(), task_id=TaskId(self._name()), at=at))
        for name, case in list(self.cases.items()):
            if case.stage is Stage.FILED:
                self._record(retry(self.cases[name], self._situation(), task_id=TaskId(self._name()), at=at))

    def sign(self, worker: WorkerId, at: datetime, *, on: bool) -> None:
        self.roster.set_duty(worker, on_duty=on)

    def check(self, at: datetime) -> None:
        again: dict[str, Case] = {}
        for seq, (fact, _, _) in enumerate(self.changes, start=1):
            data = msgspec.json.decode(msgspec.json.encode(fact.data), type=FACTS[fact.kind])
            again[fact.case_id] = apply(again.get(fact.case_id), Fact(fact.case_id, fact.at, data), seq)
        assert again == self.cases, "a replay of the journal makes the same cases"
        anew: Counter[Any] = Counter()
        for case in self.cases.values():
            for key, counter, n in contribution(case, SHANGHAI):
                anew[key, counter] += n
        assert {each: n for each, n in self.sums.items() if n} == {each: n for each, n in anew.items() if n}


class CoreMachine(CaseMachine):
    def make_sut(self, city: City) -> Sut:
        return Core(city)


def test_the_core_does_what_the_model_says() -> None:
    run_state_machine_as_test(CoreMachine, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))
