"""Random lives of a city: what events, people's commands and time may bring, in any order that is legal."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from dispatch.access import Actor
from dispatch.case import Case, Fact, Stage, apply
from dispatch.commands import Command, legal_commands, perform
from dispatch.decide import decide, triage
from dispatch.event import Phase
from dispatch.flow import retry
from dispatch.ids import CaseId, EventId, TaskId, WorkerId
from dispatch.refusals import Refusal
from dispatch.situation import Situation
from dispatch.timers import pass_time
from gis.point import LonLat
from tests.builders import CITY, IN_G1, IN_G4, OUTSIDE, TUESDAY_10, make_actor, make_event, make_roster
from tests.taxonomy import GAS, LITTER, TREE, VENDOR

Change = tuple[Fact, Case | None, Case]

_DATA: dict[str, dict[str, Any]] = {
    "void": {"reason": "a test"},
    "reassign": {"worker": "bob"},
    "decline": {"reason": "too far"},
    "check": {"passed": True},
    "rework": {"reason": "not clean"},
    "note": {"note": "seen"},
    "reclassify": {"category": LITTER},
    "relocate": {"lon": 106.515, "lat": 29.505},
}


_FORWARD = ("file", "accept", "arrive", "report_handled", "check", "close")
"""What most people ask most of the time; without it hardly a case would come to its end by chance."""


_RARE = ("void", "note")

_POINTS = (IN_G1, LonLat(IN_G1.lon + 0.0003, IN_G1.lat), IN_G4, LonLat(IN_G4.lon, IN_G4.lat + 0.0002), OUTSIDE)


class Life:
    """A city whose days pass by chance. `changes` holds every fact with its case before and after."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.at: datetime = TUESDAY_10
        self.cases: dict[CaseId, Case] = {}
        self.roster = make_roster()
        self.changes: list[Change] = []
        self._count = 0

    def live(self, steps: int) -> "Life":
        for _ in range(steps):
            self.at += timedelta(seconds=self.random.choice((1, 10, 40, 100, 300, 900, 1, 10, 40, 100, 300, 50_000)))
            self.random.choice((self._hear, *[self._order] * 6, self._wait, self._sign))()
        return self

    def _serial(self) -> str:
        self._count += 1
        return str(self._count)

    def _situation(self) -> Situation:
        return Situation(city=CITY, roster=self.roster, cases=tuple(self.cases.values()))

    def _record(self, facts: list[Fact]) -> None:
        for fact in facts:
            before = self.cases.get(fact.case_id)
            after = apply(before, fact, len(self.changes) + 1)
            self.roster.follow(before, after)
            self.cases[after.id] = after
            self.changes.append((fact, before, after))

    def _hear(self) -> None:
        point = self.random.choice(_POINTS)
        event = make_event(
            id=EventId(self._serial()),
            kind=self.random.choice((GAS, LITTER, TREE, VENDOR)),
            observed_at=self.at,
            point=self.random.choice((point, point, point, None)),
            episode=self.random.choice(("", "", "a", self._serial())),
            phase=self.random.choice(list(Phase)),
            severity=self.random.choice((1, 2, 3)),
            confidence=self.random.choice((None, None, 0.2, 0.9)),
        )
        new = self._serial()
        facts = decide(
            triage(event, CITY),
            self._situation(),
            new_id=CaseId(new),
            number=new,
            task_id=TaskId(new),
            at=self.at,
        )
        self._record(facts)

    def _order(self) -> None:
        if not self.cases:
            return
        running = [case for case in self.cases.values() if case.is_open]
        case = self.random.choice(running if running and self.random.random() < 0.95 else list(self.cases.values()))
        actor = self._actor(case)
        names = legal_commands(case, actor)
        if not names:
            return
        forward = [each for each in names if each in _FORWARD]
        name = self.random.choice(forward if forward and self.random.random() < 0.7 else names)
        if name in _RARE and self.random.random() < 0.7:
            return
        data = dict(_DATA.get(name, {}))
        if name == "check" and self.random.random() < 0.4:
            data = {"passed": False, "note": "still there"}
        try:
            facts = perform(
                Command(name, actor, data), case, self._situation(), task_id=TaskId(self._serial()), at=self.at
            )
        except Refusal:
            return
        self._record(facts)

    def _actor(self, case: Case) -> Actor:
        if case.worker and self.random.random() < 0.5:
            return make_actor("worker", worker_id=case.worker)
        return make_actor("leader")

    def _wait(self) -> None:
        for case in list(self.cases.values()):
            self._record(pass_time(case, self._situation(), task_id=TaskId(self._serial()), at=self.at))
        for case in [each for each in self.cases.values() if each.stage is Stage.FILED]:
            self._record(retry(case, self._situation(), task_id=TaskId(self._serial()), at=self.at))

    def _sign(self) -> None:
        worker = self.random.choice(sorted(CITY.codes.workers))
        self.roster.set_duty(WorkerId(worker), on_duty=self.random.random() < 0.8)
