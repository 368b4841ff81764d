"""Random orders by random roles, events and time, against the model: the machine that both stateful tests run.

A `Sut` carries out what the machine asks for: purely in the core, or in the engine over a database.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from dispatch.access import Actor
from dispatch.case import RUNNING_STAGES, Case
from dispatch.category import Limit, LimitUnit, SmartCheck
from dispatch.city import Flow
from dispatch.citymap import City
from dispatch.event import Event, Phase
from dispatch.ids import EventId, SourceId, WorkerId
from dispatch.refusals import Refusal
from dispatch.timers import next_timer_at
from gis.point import LonLat
from tests.builders import TUESDAY_10, make_actor, make_city, make_codes, make_event
from tests.dispatch.deeds import make_world
from tests.dispatch.likeness import CODES, SECOND, WORDS, check_clock, check_likeness
from tests.dispatch.model import LEFT_OPEN, NAMES, M, Rules
from tests.dispatch.test_case import check_case
from tests.taxonomy import CATEGORIES, GAS, LITTER

CASES_MAX = 4
"""Happenings of one run: with more, two orders would seldom meet on one case."""


RULES = (
    Rules(),
    Rules(
        extension_max=2,
        extension_before_due=False,
        extension_by="dispatcher",
        return_by="supervisor",
        returns_max=1,
        return_within_h=30,
        coordinating_stops_clock=False,
        rework_h=2.0,
        auto_close=False,
        undo_s=900,
        claim_grace_s=60,
        asked={"litter": "close", "gas": "suggest"},
    ),
    Rules(returns_max=0, return_within_h=99, extension_max=3, reopen_days=0.5, asked={"gas": "close"}),
)

ACTORS = (
    *(make_actor(role) for role in ("leader", "dispatcher", "acceptor", "admin", "collector", "supervisor")),
    *(make_actor("worker", user=f"{name}@phone", worker_id=WorkerId(name)) for name in ("ann", "bob", "cai")),
    make_actor("leader", user="leader2"),
    make_actor("integration"),
)

PAUSES_S = (5, 15, 30, 60, 60, 120, 120, 600, 1_500, 3_600, 10_800, 72_000)
PAUSES = st.sampled_from([SECOND * each for each in PAUSES_S])

SEEDS = st.integers(0, 2**32 - 1)
"""Who asks for what is drawn from a seed: a choice of hypothesis costs as much as the order itself."""

ASIDE = frozenset({
    "note", "reply", "remind", "mark", "supervise", "unsupervise", "claim", "set_priority", "reclassify", "undo",
    "void", "force_close", "merge", "decline", "reassign", "split", "coordinate", "withdraw_request", "suspend",
    "return", "request_extension", "request_suspension", "assist", "release_assist", "hand_over",
    "self_handle", "release",
})  # fmt: skip
"""Commands that lead nowhere or to an end; with fewer of them the stories of a run are longer."""

FIELDS: Mapping[str, Sequence[Any]] = {
    "worker": ("ann", "bob", "cai"),
    "named": (True, False),
    "passed": (True, False),
    "real": (True, False),
    "amount": (0.5, 1.0, 4.0),
    "review_h": (1, 30),
    "department": ("", "MUN", "SAN"),
    "lead": ("MUN", "SAN"),
    "assisting": ((), ("SAN",), ("MUN", "SAN")),
    "category": ("gas", "litter"),
    "priority": ("general", "urgent"),
    "reason": ("", "he is away"),
}
"""What a command may be given: field -> values."""


def city_of(rules: Rules) -> City:
    """Return the small city with these rules: gas has 2 clock hours or 6 working ones, litter 4 working ones."""
    hours = {GAS: 6.0, LITTER: 4.0}
    categories = [
        _with_hours(each, hours.get(each.code), SmartCheck(rules.asked.get(WORDS.get(each.code, ""), "off")))
        for each in CATEGORIES
    ]
    names = [name for name in Flow.__struct_fields__ if hasattr(rules, name)]
    flow = Flow(max_open_tasks=99, **{name: getattr(rules, name) for name in names})
    return make_city(flow=flow, codes=make_codes(categories=categories))


def _with_hours(category: Any, hours: float | None, asked: SmartCheck) -> Any:
    limit = category.normal_limit if hours is None else Limit(hours, LimitUnit.WORKING_HOURS)
    return type(category)(**{**_fields(category), "normal_limit": limit, "smart_check": asked})


def _fields(category: Any) -> Mapping[str, Any]:
    return {name: getattr(category, name) for name in category.__struct_fields__}


class Sut(Protocol):
    """What is tested. Each of these happens at `at`; what comes of it is in `cases`."""

    @property
    def cases(self) -> Mapping[str, Case]: ...
    @property
    def is_strict(self) -> bool:
        """Whether waiting cases are tried whenever time passes."""
        ...

    def hear(self, event: Event, at: datetime) -> None: ...
    def command(self, case: Case, name: str, actor: Actor, data: Mapping[str, Any], at: datetime) -> Sequence[str]:
        """Return the ids of the cases that it has opened.

        :raises Refusal: if it is refused.
        """
        ...

    def pass_time(self, at: datetime) -> None: ...
    def sign(self, worker: WorkerId, at: datetime, *, on: bool) -> None: ...
    def check(self, at: datetime) -> None:
        """Check what must be true of all that was recorded."""
        ...


class CaseMachine(RuleBasedStateMachine):
    """Subclasses say what is tested: `make_sut`."""

    def make_sut(self, city: City) -> Sut:
        raise NotImplementedError

    @initialize(rules=st.sampled_from(RULES))
    def begin(self, rules: Rules) -> None:
        self.at = TUESDAY_10
        self.sut = self.make_sut(city_of(rules))
        self.world = make_world(rules, self._sent)
        self.happenings, self.focus = 0, ""
        self.used: Counter[str] = Counter()

    def _sent(self, name: str) -> str:
        case = self.sut.cases[name]
        return case.worker if case.stage == "dispatched" else ""

    def _later(self, pause: timedelta) -> None:
        self.at += pause
        self.versions = {name: case.version for name, case in self.sut.cases.items()}

    def teardown(self) -> None:
        if hasattr(self, "sut"):
            self.sut.check(self.at)

    # --- what happens --------------------------------------------------------------------------------------

    @precondition(lambda self: self.happenings < CASES_MAX)
    @rule(pause=PAUSES, category=st.sampled_from(["gas", "litter"]), is_sure=st.booleans())
    def something_happens(self, pause: timedelta, category: str, is_sure: bool) -> None:
        self._later(pause)
        self.happenings += 1
        before = set(self.sut.cases)
        self.sut.hear(self._event(self.happenings, category, Phase.OPEN, is_sure=is_sure), self.at)
        (name,) = set(self.sut.cases) - before
        case = M(id=name, category=category, priority="urgent" if category == "gas" else "general")
        self.world.cases[name] = case
        if is_sure:
            self.world.file(case, self.at)
            self.world.flow(case, self.at)
        self._compare()

    def _event(self, number: int, category: str, phase: Phase, *, is_sure: bool) -> Event:
        return make_event(
            id=EventId(f"e{number}-{self.at.timestamp()}"),
            source_id=SourceId("cam1"),
            kind=CODES[category],
            phase=phase,
            episode=f"cam1/{number}",
            observed_at=self.at,
            point=LonLat(106.501 + 0.002 * number, 29.515),
            confidence=None if is_sure else 0.1,
        )

    @precondition(lambda self: self.world.cases)
    @rule(seed=SEEDS, pause=PAUSES, phase=st.sampled_from(["update", "close", "sync"]), is_sure=st.booleans())
    def its_source_speaks(self, seed: int, pause: timedelta, phase: str, is_sure: bool) -> None:
        numbers = [n for n in range(1, self.happenings + 1) if self._of(n).is_open]
        if not numbers:
            return
        self._later(pause)
        number = Random(seed).choice(numbers)
        case = self._of(number)
        self.sut.hear(self._event(number, case.category, Phase(phase), is_sure=is_sure), self.at)
        self.world.hear(case, phase, is_sure=is_sure, at=self.at)
        self._compare()

    def _of(self, number: int) -> M:
        name = next(name for name, case in self.sut.cases.items() if f"cam1/{number}" in case.episodes)
        return self.world.cases[name]

    @rule(pause=PAUSES)
    def time_passes(self, pause: timedelta) -> None:
        self._later(pause)
        self.sut.pass_time(self.at)
        self.world.pass_time(self.at)
        self.world.retry(self.at, is_strict=self.sut.is_strict)
        self._compare()
        for name, case in self.sut.cases.items():
            timer = next_timer_at(case)
            assert timer is None or timer > self.at, "nothing that is due is left"
            self._check_marks(case, self.world.cases[name])

    @rule(worker=st.sampled_from(["ann", "bob", "cai"]), on=st.booleans())
    def a_worker_signs(self, worker: str, on: bool) -> None:
        self._later(SECOND)
        (self.world.on_duty.add if on else self.world.on_duty.discard)(worker)
        self.sut.sign(WorkerId(worker), self.at, on=on)
        self.world.retry(self.at, is_strict=False)
        self._compare()

    @precondition(lambda self: self.world.cases)
    @rule(seed=SEEDS, steps=st.integers(1, 15), is_other=st.booleans())
    def it_goes_on(self, seed: int, steps: int, is_other: bool) -> None:
        """Those who may do something with one case do it, one after the other."""
        chance = Random(seed)
        focus = self.world.cases.get(self.focus)
        if is_other or focus is None or not focus.is_open:
            running = [name for name, case in self.world.cases.items() if case.is_open]
            self.focus = chance.choice(running if running and chance.random() < 0.7 else list(self.world.cases))
        for _ in range(steps):
            self._later(SECOND * chance.choice(PAUSES_S))
            model, fields = self.world.cases[self.focus], self._fields(chance, self.focus)
            told = self._data("", fields)
            may = [(actor, name) for actor in ACTORS for name in self.world.legal(model, actor, told, self.at)]
            names = sorted({name for _, name in may}, key=self._times_used)
            if chance.random() < 0.6:
                names = [name for name in names if name not in ASIDE] or names
            name = chance.choice(names[:3])
            self.used[name] += 1
            self._try(model, name, chance.choice([actor for actor, each in may if each == name]), fields)

    @precondition(lambda self: self.world.cases)
    @rule(seed=SEEDS, steps=st.integers(1, 4))
    def somebody_tries(self, seed: int, steps: int) -> None:
        """Anybody asks for anything."""
        chance = Random(seed)
        for _ in range(steps):
            self._later(SECOND * chance.choice(PAUSES_S))
            model = chance.choice(list(self.world.cases.values()))
            self._try(model, chance.choice(NAMES), chance.choice(ACTORS), self._fields(chance, model.id))

    def _times_used(self, name: str) -> tuple[int, str]:
        """What has been asked for least comes first: so one run sees most of the table."""
        return self.used[name], name

    def _fields(self, chance: Random, name: str) -> dict[str, Any]:
        others = [other for other in self.world.cases if other != name] or [name]
        return {field: chance.choice(values) for field, values in FIELDS.items()} | {"into": chance.choice(others)}

    def _try(self, model: M, name: str, actor: Actor, fields: dict[str, Any]) -> None:
        if (actor.role, name) not in LEFT_OPEN:
            self._order(model, name, actor, fields)

    def _order(self, model: M, name: str, actor: Actor, fields: dict[str, Any]) -> None:
        told = self._data(name, fields)
        expected = self.world.verdict(model, actor, name, told, self.at)
        refused = ""
        opened: Sequence[str] = ()
        try:
            opened = self.sut.command(self.sut.cases[model.id], name, actor, self._wire(name, told), self.at)
        except Refusal as refusal:
            refused = type(refusal).__name__
        assert refused == expected, f"{name} by {actor.role} of a case that is {model.stage}"
        if refused:
            self._compare()
            return
        self.world.do(model, actor, name, {**told, "new_cases": opened}, self.at)
        self.world.retry(self.at, is_strict=False)
        self._compare(but=model.id)

    def _data(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the model is told: the fields that the command takes, in its own words."""
        told = dict(fields)
        if name == "dispatch" and not fields["named"]:
            del told["worker"]
        if name == "split" and not fields["department"]:
            told["department"] = "MUN"
        if name == "settle":
            told["assisting"] = tuple(each for each in fields["assisting"] if each != fields["lead"])
        return told

    def _wire(self, name: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the code is told."""
        data = {field: told[field] for field in TAKES.get(name, ()) if field in told}
        if "reason" in data and name != "claim":
            data["reason"] = "a reason"
        if name in ("request_suspension", "suspend"):
            data["review_at"] = self.at + timedelta(hours=told["review_h"])
        if name == "reclassify":
            data["category"] = CODES[told["category"]]
        fixed: dict[str, dict[str, Any]] = {
            "refuse": {"note": "no"},
            "note": {"note": "seen"},
            "reply": {"text": "we are looking at it"},
            "check": {"note": "looked"},
            "report_verified": {"note": "looked"},
            "self_handle": {"before": ["m1"], "after": ["m2"]},
            "mark": {"urgent": True},
        }
        return data | fixed.get(name, {})

    # --- what must be true ---------------------------------------------------------------------------------

    def _compare(self, but: str = "") -> None:
        assert set(self.sut.cases) == set(self.world.cases)
        for name, case in self.sut.cases.items():
            model = self.world.cases[name]
            if name != but and self.versions.get(name) != case.version:
                self.world.last.pop(name, None)
            check_likeness(case, model)
            check_clock(case, model, self.at)
            if self.world.rules.coordinating_stops_clock or case.stage != "coordinating":
                check_case(case)

    def _check_marks(self, case: Case, model: M) -> None:
        if case.stage in RUNNING_STAGES and model.clock is not None:
            due = model.clock.due()
            assert due is not None
            if abs(due - self.at) > SECOND:
                assert case.overdue is (due <= self.at)
        if case.stage_due_at is not None:
            assert case.stage_overdue is (case.stage_due_at <= self.at)


TAKES: Mapping[str, Iterable[str]] = {
    "decline": ("reason",),
    "void": ("reason",),
    "merge": ("into",),
    "dispatch": ("worker",),
    "reassign": ("worker",),
    "assist": ("worker",),
    "release_assist": ("worker",),
    "hand_over": ("worker", "reason"),
    "return": ("reason",),
    "request_extension": ("amount", "reason"),
    "request_suspension": ("reason",),
    "suspend": ("reason",),
    "grant": ("department",),
    "coordinate": ("reason",),
    "settle": ("lead", "assisting"),
    "split": ("department",),
    "check": ("passed",),
    "report_verified": ("real",),
    "rework": ("reason",),
    "force_close": ("reason",),
    "reopen": ("reason",),
    "set_priority": ("priority",),
    "claim": ("reason",),
}
