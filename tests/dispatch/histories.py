"""Random lives of a city: what events, people's commands and time may bring, in any order that is legal."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from random import Random
from typing import Any

from dispatch.access import Actor
from dispatch.case import (
    Case,
    CaseMerged,
    CaseReopened,
    ChildOpened,
    DuplicateMerged,
    Fact,
    FactData,
    Stage,
    apply,
)
from dispatch.commands import Command, NewCase, legal_commands, perform
from dispatch.decide import decide, triage
from dispatch.event import Event, Phase
from dispatch.flow import retry
from dispatch.ids import CaseId, EventId, SourceId, TaskId, WorkerId
from dispatch.refusals import Refusal
from dispatch.reporting import perform_act
from dispatch.situation import LastMove, Situation
from dispatch.timers import pass_time
from gis.point import LonLat
from tests.builders import IN_G1, IN_G4, OUTSIDE, TUESDAY_10, make_actor, make_event, make_roster
from tests.dispatch.checking_city import CITY
from tests.taxonomy import GAS, LITTER, TREE, VENDOR

Change = tuple[Fact, Case | None, Case]

FORWARD = (
    "file",
    "self_handle",
    "report_verified",
    "accept",
    "arrive",
    "report_handled",
    "grant",
    "resume",
    "settle",
    "check",
    "close",
)
"""What most people ask most of the time; without it hardly a case would come to its end by chance."""

RARE = ("void", "note", "merge", "force_close", "decline", "reassign", "coordinate", "split", "claim", "mark")

_PAUSES_S = (1, 10, 40, 100, 300, 900) * 6 + (7_200, 50_000)

ROLES = ("leader", "leader", "admin", "dispatcher", "acceptor", "collector", "supervisor")

_REPORTS = ("R-260303-00001", "R-260303-00002")

_POINTS = (IN_G1, LonLat(IN_G1.lon + 0.0003, IN_G1.lat), IN_G4, LonLat(IN_G4.lon, IN_G4.lat + 0.0002), OUTSIDE)


def fields_for(name: str, case: Case, others: list[Case], at: datetime, random: Random) -> Mapping[str, Any]:
    """Return fields that a command may be given; what it does not take is left out."""
    passed = random.random() < 0.6
    what: Mapping[str, Mapping[str, Any]] = {
        "note": {"note": "seen", "mentions": ("leader",)},
        "reply": {"text": "we are looking at it"},
        "reclassify": {"category": LITTER},
        "relocate": {"lon": IN_G4.lon, "lat": IN_G4.lat},
        "check": {"passed": passed, "note": "" if passed else "still there"},
        "report_verified": {"real": passed, "note": "looked"},
        "self_handle": {"before": ("m1",), "after": ("m2",)},
        "merge": {"into": random.choice(others).number if others else ""},
        "request_extension": {"amount": random.choice((0.5, 2.0, 30.0)), "reason": "more to do"},
        "request_suspension": {"review_at": at + timedelta(hours=random.choice((1, 30))), "reason": "rain"},
        "suspend": {"review_at": at + timedelta(hours=random.choice((1, 30))), "reason": "rain"},
        "refuse": {"note": "no"},
        "assist": {"worker": random.choice(("ann", "bob")), "reason": "heavy"},
        "settle": {"lead": random.choice(("MUN", "SAN")), "assisting": random.choice(((), ("GRE",), ("SAN", "MUN")))},
        "split": {"department": random.choice(("SAN", "MUN"))},
        "set_priority": {"priority": random.choice(("critical", "urgent", "general"))},
        "mark": {"urgent": passed},
        "call_back": _call(random),
        "claim": {"reason": random.choice(("", "he is away"))},
    }
    named = {"reassign", "hand_over", "release_assist"}
    if name in named:
        return {"worker": random.choice(case.helpers or ("ann", "bob", "cai")), "reason": "nearer"}
    reasoned = {"void", "rework", "force_close", "reopen", "coordinate", "return"}
    if name in reasoned or (name == "decline"):
        return {"reason": "a reason"}
    return what.get(name, {})


def _call(random: Random) -> Mapping[str, Any]:
    reached = random.random() < 0.7
    said = {"satisfied": random.random() < 0.6} if reached else {}
    return {"report": random.choice(_REPORTS), "reached": reached, **said}


def choose(names: tuple[str, ...], random: Random, used: Counter[str]) -> str | None:
    """Return one of the legal commands: one that leads on, the one least `used`, or a rare one now and then."""
    forward = [each for each in names if each in FORWARD]
    dice = random.random()
    if dice < 0.25:
        name = min(names, key=lambda each: used[each])
    else:
        name = random.choice(forward if forward and dice < 0.75 else names)
        if name in RARE and random.random() < 0.6:
            return None
    used[name] += 1
    return name


def actor_for(case: Case, random: Random) -> Actor:
    """Return a worker of the case, or one of the desk."""
    workers = (case.worker, *case.helpers)
    if any(workers) and random.random() < 0.5:
        return make_actor("worker", worker_id=random.choice([each for each in workers if each]))
    return make_actor(random.choice(ROLES))


def last_move(case: Case, changes: list[Change]) -> LastMove | None:
    """Return what happened last to a case, as the engine finds it in the journal."""
    of_case = [change for change in reversed(changes) if change[2].id == case.id]
    moved = list(takewhile(lambda change: change[0].at == of_case[0][0].at, of_case))[::-1]
    fact, before, after = moved[0]
    if before is None:
        return None
    people = frozenset(by for each, _, _ in moved if (by := getattr(each.data, "by", "")))
    return LastMove(
        before=before,
        first=fact.data,
        seq=after.version,
        at=fact.at,
        version=case.version,
        by=people,
        others=_has_others([each.data for each, _, _ in moved], case),
    )


def _has_others(facts: list[FactData], case: Case) -> bool:
    """Say whether another case has heard of these facts."""
    if any(isinstance(data, CaseMerged | ChildOpened | DuplicateMerged) for data in facts):
        return True
    is_begun = any(isinstance(data, CaseReopened) for data in facts)
    return (is_begun or not case.is_open) and bool(case.parent or case.merged)


@lru_cache(maxsize=1)
def some_lives() -> tuple["Life", ...]:
    """Return some long lives, for tests that ask whether lives reach what they are to prove."""
    return tuple(Life(Random(seed)).live(400) for seed in range(12))


class Life:
    """A city whose days pass by chance. `changes` holds every fact with its case before and after."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.at: datetime = TUESDAY_10
        self.cases: dict[CaseId, Case] = {}
        self.roster = make_roster()
        self.changes: list[Change] = []
        self._count = 0
        self._used: Counter[str] = Counter()

    def live(self, steps: int) -> "Life":
        for _ in range(steps):
            self.at += timedelta(seconds=self.random.choice(_PAUSES_S))
            self.random.choice((self._hear, *[self._order] * 8, self._wait, self._sign))()
        self._rate()
        return self

    def _serial(self) -> str:
        self._count += 1
        return str(self._count)

    def _situation(self, last: LastMove | None = None) -> Situation:
        return Situation(city=CITY, roster=self.roster, cases=tuple(self.cases.values()), last=last)

    def _record(self, facts: list[Fact]) -> None:
        for fact in facts:
            before = self.cases.get(fact.case_id)
            after = apply(before, fact, len(self.changes) + 1)
            self.roster.follow(before, after)
            self.cases[after.id] = after
            self.changes.append((fact, before, after))

    def _hear(self) -> None:
        asked = [case for case in self.cases.values() if case.asked]
        event = self._answer(self.random.choice(asked)) if asked and self.random.random() < 0.6 else self._event()
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

    def _answer(self, case: Case) -> Event:
        """Return what a source says that was asked whether it is over."""
        return make_event(
            id=EventId(self._serial()),
            source_id=case.asked,
            kind=case.category,
            observed_at=self.at,
            point=case.place.point,
            episode=case.episodes[-1] if case.episodes else "",
            phase=self.random.choice((Phase.CLOSE, Phase.CLOSE, Phase.UPDATE, Phase.SYNC)),
            attributes=self.random.choice(({}, {}, {"answer": "unknown"})),
        )

    def _event(self) -> Event:
        point = self.random.choice(_POINTS)
        return make_event(
            id=EventId(self._serial()),
            source_id=SourceId(self.random.choice(("partner", "cam1", "gas1"))),
            kind=self.random.choice((GAS, LITTER, TREE, VENDOR)),
            observed_at=self.at,
            point=self.random.choice((point, point, point, None)),
            episode=self.random.choice(("", "", "a", self._serial())),
            phase=self.random.choice(list(Phase)),
            severity=self.random.choice((1, 2, 3)),
            confidence=self.random.choice((None, None, 0.2, 0.9)),
        )

    def _order(self) -> None:
        if not self.cases:
            return
        running = [case for case in self.cases.values() if case.is_open]
        case = self._choose_case(running)
        actor = actor_for(case, self.random)
        names = legal_commands(case, actor)
        name = choose(names, self.random, self._used) if names else None
        if name is None:
            return
        others = [each for each in running if each.id != case.id]
        data = fields_for(name, case, others, self.at, self.random)
        try:
            facts = perform(
                Command(name, actor, data),
                case,
                self._situation(last_move(case, self.changes) if name == "undo" else None),
                task_id=TaskId(self._serial()),
                at=self.at,
                new_cases=self._new_cases(),
            )
        except Refusal:
            return
        self._record(facts)

    def _choose_case(self, running: list[Case]) -> Case:
        """Return mostly the case that something has just happened to: so stories come about."""
        last = self.changes[-1][2]
        if last.is_open and self.random.random() < 0.6:
            return last
        return self.random.choice(running if running and self.random.random() < 0.9 else list(self.cases.values()))

    def _new_cases(self) -> tuple[NewCase, ...]:
        names = [self._serial() for _ in range(2)]
        return tuple(NewCase(CaseId(name), name, TaskId(name)) for name in names)

    def _wait(self) -> None:
        for case in list(self.cases.values()):
            case = self.cases[case.id]
            self._record(pass_time(case, self._situation(), task_id=TaskId(self._serial()), at=self.at))
        for case in [each for each in self.cases.values() if each.stage is Stage.FILED]:
            self._record(retry(case, self._situation(), task_id=TaskId(self._serial()), at=self.at))

    def _rate(self) -> None:
        """Let some who reported cases that have ended give them stars, some twice."""
        ended = [case.id for case in self.cases.values() if case.closed_at is not None]
        for case_id in ended * 2:
            self.at += timedelta(seconds=self.random.choice(_PAUSES_S))
            data = {"report": self.random.choice(_REPORTS), "stars": self.random.randint(1, 5)}
            try:
                self._record(perform_act("rate", data, self.cases[case_id], self._situation(), at=self.at))
            except Refusal:
                continue

    def _sign(self) -> None:
        worker = self.random.choice(sorted(CITY.codes.workers))
        self.roster.set_duty(WorkerId(worker), on_duty=self.random.random() < 0.8)
