"""Chains of escalation, quiet hours and digests: hand tables, and what holds of all of them."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.calendars import Calendars
from dispatch.category import Priority
from dispatch.city import Department
from dispatch.citymap import City
from dispatch.escalate import (
    DIGEST,
    Notice,
    chain_for,
    deliver_at,
    digest,
    due_steps,
    gather,
    next_step,
    steps_at,
)
from dispatch.escalations import Action, Escalation, NoticeRule, NoticeRules, Unit
from dispatch.facts.base import Step
from dispatch.ids import CaseId, CategoryCode, DepartmentId, WorkerId
from dispatch.place import Place
from tests.builders import MUN, SAN, SHANGHAI, make_city, make_codes
from tests.china import OFFICE, on
from tests.taxonomy import GAS

CRITICAL, URGENT, GENERAL = Priority.CRITICAL, Priority.URGENT, Priority.GENERAL


class CaseOfChain(msgspec.Struct, frozen=True, kw_only=True):
    """What a chain wants to know of a case."""

    category: CategoryCode = GAS
    priority: Priority = GENERAL
    department: DepartmentId = MUN
    place: Place = Place()
    worker: WorkerId = WorkerId("ann")


def rows(
    *steps: tuple[float, str, str], department: str = "", priority: str = "", target: str = ""
) -> list[Escalation]:
    """Rows of one chain from (after, unit, action)."""
    return [
        Escalation(
            step=number,
            after=after,
            unit=Unit(unit),
            action=Action(action),
            department=DepartmentId(department),
            priority=priority,
            target=target,
        )
        for number, (after, unit, action) in enumerate(steps, 1)
    ]


def city_of(*escalations: Escalation, lead: str = "") -> City:
    codes = make_codes()
    if lead:
        departments = dict(codes.departments)
        departments[MUN] = Department(id=MUN, name_zh="市政", name_en="Works", trade="municipal", lead=lead)
        codes = msgspec.structs.replace(codes, departments=departments)
    return make_city(codes=codes, calendars=Calendars(OFFICE), escalations=escalations)


LADDER = rows(
    (3, "clock", "next_worker"), (6, "clock", "team_lead"), (10, "clock", "duty_leader"), (20, "clock", "supervisor")
)


def test_a_chain_climbs_from_the_next_worker_to_the_supervisor() -> None:
    assert chain_for(CaseOfChain(), city_of(*LADDER, lead="chen"), on(3, 7, 23, 55)) == (
        Step(on(3, 7, 23, 58), "next_worker"),
        Step(on(3, 8, 0, 1), "team_lead", "chen"),
        Step(on(3, 8, 0, 5), "duty_leader"),
        Step(on(3, 8, 0, 15), "supervisor"),
    )


def test_where_nobody_leads_the_duty_leader_is_told() -> None:
    chain = chain_for(CaseOfChain(), city_of(*LADDER), on(3, 2, 10))
    assert [step.action for step in chain] == ["next_worker", "duty_leader", "duty_leader", "supervisor"]
    unknown = CaseOfChain(department=DepartmentId("gone"))
    assert [step.action for step in chain_for(unknown, city_of(*LADDER, lead="chen"), on(3, 2, 10))][1] == "duty_leader"


def test_a_row_may_name_whom_it_tells() -> None:
    city = city_of(*rows((5, "clock", "team_lead"), (5, "clock", "supervisor"), target="wang"), lead="chen")
    assert [step.target for step in chain_for(CaseOfChain(), city, on(3, 2, 10))] == ["wang", "wang"]


def test_working_minutes_wait_for_the_morning() -> None:
    city = city_of(*rows((30, "working", "next_worker"), (60, "working", "duty_leader")))
    assert [step.at for step in chain_for(CaseOfChain(), city, on(3, 6, 17, 45))] == [on(3, 9, 9, 15), on(3, 9, 9, 45)]


def test_a_step_of_the_clock_waits_for_one_of_working_time_that_stands_before_it() -> None:
    city = city_of(*rows((30, "working", "next_worker"), (40, "clock", "duty_leader")))
    assert [step.at for step in chain_for(CaseOfChain(), city, on(3, 6, 20))] == [on(3, 9, 9, 30), on(3, 9, 9, 30)]


def test_a_city_without_rows_has_no_chains() -> None:
    assert chain_for(CaseOfChain(), city_of(), on(3, 2, 10)) == ()
    assert steps_at(CaseOfChain(), city_of(), 100, on(3, 2, 10)) == ()


def test_the_most_particular_rows_are_the_whole_chain() -> None:
    city = city_of(
        *rows((1, "clock", "supervisor"), department="MUN", priority="critical"),
        *rows((2, "clock", "supervisor"), (3, "clock", "duty_leader"), department="MUN"),
        *rows((4, "clock", "supervisor"), priority="critical"),
        *rows((5, "clock", "supervisor"), (6, "clock", "worker")),
    )

    def minutes(department: DepartmentId, priority: Priority) -> list[float]:
        chain = chain_for(CaseOfChain(department=department, priority=priority), city, on(3, 2, 10))
        return [(step.at - on(3, 2, 10)).total_seconds() / 60 for step in chain]

    assert minutes(MUN, CRITICAL) == [1]
    assert minutes(MUN, GENERAL) == [2, 3]
    assert minutes(SAN, CRITICAL) == [4]
    assert minutes(SAN, URGENT) == [5, 6]


def test_the_limit_has_steps_of_its_own() -> None:
    city = city_of(
        *LADDER,
        *rows((50, "percent", "worker"), (100, "percent", "team_lead"), (100, "percent", "duty_leader")),
        lead="chen",
    )
    at = on(3, 2, 10)
    assert steps_at(CaseOfChain(), city, 50, at) == (Step(at, "worker", "ann"),)
    assert steps_at(CaseOfChain(), city, 100, at) == (Step(at, "team_lead", "chen"), Step(at, "duty_leader"))
    assert steps_at(CaseOfChain(), city, 80, at) == ()
    assert len(chain_for(CaseOfChain(), city, at)) == 4, "and the chain none of them"


def test_a_chain_is_gone_through_one_step_after_the_other() -> None:
    at = on(3, 2, 10)
    chain = chain_for(CaseOfChain(), city_of(*LADDER), at)
    assert next_step(chain, 0) == chain[0]
    assert next_step(chain, 3) == chain[3]
    assert next_step(chain, 4) is None
    assert next_step((), 0) is None, "an acknowledged task has no chain"
    assert due_steps(chain, 0, at + timedelta(minutes=2, seconds=59)) == ()
    assert due_steps(chain, 0, at + timedelta(minutes=3)) == chain[:1]
    assert due_steps(chain, 1, at + timedelta(hours=1)) == chain[1:], "all that an outage has held up"


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.sampled_from(["clock", "working"])), max_size=6),
    st.integers(0, 500_000),
)
def test_a_chain_never_runs_backwards_and_keeps_its_order(steps: list[tuple[int, str]], minute: int) -> None:
    at = on(1, 1, 0) + timedelta(minutes=minute)
    chain = chain_for(CaseOfChain(), city_of(*rows(*((*step, "supervisor") for step in steps))), at)
    times = [step.at for step in chain]
    assert len(chain) == len(steps)
    assert times == sorted(times)
    assert all(each >= at for each in times)
    shares = [len(due_steps(chain, done, each)) for done, each in enumerate(times)]
    assert all(shares), "each step is due when its time has come"


# --- quiet hours ---------------------------------------------------------------------------------------------


ANN = ("ann", "worker", GENERAL)
NIGHT = NoticeRule(quiet=(time(22), time(7)))
NOON = NoticeRule(who="chen", quiet=(time(12), time(14)), days=frozenset({0, 1, 2, 3, 4}), passes=frozenset({URGENT}))
HOURLY = NoticeRule(who="supervisor", quiet=(time(20), time(8)), digest_min=60)


def notice(
    at: datetime, recipient: str = "ann", role: str = "worker", priority: Priority = GENERAL, *cases: str
) -> Notice:
    """A notice that is told when the rules below let it."""
    return Notice(
        told_at=deliver_at(recipient, role, priority, at, RULES),
        recipient=recipient,
        role=role,
        kind="warning",
        priority=priority,
        cases=tuple(CaseId(case) for case in cases or ("c1",)),
        at=at,
    )


RULES = NoticeRules(SHANGHAI, (NIGHT, NOON, HOURLY))


@pytest.mark.parametrize(
    ("at", "recipient", "role", "priority", "told"),
    [
        pytest.param(on(3, 2, 10), "ann", "worker", GENERAL, on(3, 2, 10), id="by day at once"),
        pytest.param(on(3, 2, 21, 59), "ann", "worker", GENERAL, on(3, 2, 21, 59), id="just before the night"),
        pytest.param(on(3, 2, 22), "ann", "worker", GENERAL, on(3, 3, 7), id="at night in the morning"),
        pytest.param(on(3, 3, 6, 59), "ann", "worker", GENERAL, on(3, 3, 7), id="early in the morning"),
        pytest.param(on(3, 3, 7), "ann", "worker", GENERAL, on(3, 3, 7), id="the end is no longer quiet"),
        pytest.param(on(3, 2, 23), "ann", "worker", URGENT, on(3, 3, 7), id="urgent does not pass here"),
        pytest.param(on(3, 2, 23), "ann", "worker", CRITICAL, on(3, 2, 23), id="critical always passes"),
        pytest.param(on(3, 2, 12, 30), "chen", "worker", GENERAL, on(3, 2, 14), id="a person's own hours"),
        pytest.param(on(3, 2, 12, 30), "chen", "worker", URGENT, on(3, 2, 12, 30), id="urgent passes there"),
        pytest.param(on(3, 2, 23), "chen", "worker", GENERAL, on(3, 2, 23), id="and go before those of all"),
        pytest.param(on(3, 7, 12, 30), "chen", "worker", GENERAL, on(3, 7, 12, 30), id="not on a Saturday"),
        pytest.param(on(3, 2, 10, 1), "li", "supervisor", GENERAL, on(3, 2, 11), id="gathered to the hour"),
        pytest.param(on(3, 2, 11), "li", "supervisor", GENERAL, on(3, 2, 11), id="on the hour at once"),
        pytest.param(on(3, 2, 19, 30), "li", "supervisor", GENERAL, on(3, 3, 8), id="the hour ends in the night"),
        pytest.param(on(3, 2, 10, 1), "li", "supervisor", CRITICAL, on(3, 2, 10, 1), id="critical is not gathered"),
    ],
)
def test_a_notice_is_told_when_its_rule_lets_it(
    at: datetime, recipient: str, role: str, priority: Priority, told: datetime
) -> None:
    assert deliver_at(recipient, role, priority, at, RULES) == told


def test_without_a_rule_everything_is_told_at_once() -> None:
    assert deliver_at(*ANN, on(3, 2, 3), NoticeRules(SHANGHAI)) == on(3, 2, 3)
    rules = NoticeRules(SHANGHAI, (HOURLY,))
    assert deliver_at(*ANN, on(3, 2, 3), rules) == on(3, 2, 3), "nor by that of another"


def test_quiet_days_end_with_the_first_that_is_not() -> None:
    weekdays = NoticeRule(quiet=(time(0), time(0)), days=frozenset({0, 1, 2, 3, 4}))
    told = deliver_at(*ANN, on(3, 3, 9), NoticeRules(SHANGHAI, (weekdays,)))
    assert told == on(3, 7, 0)


def test_a_night_is_as_long_as_the_clocks_make_it() -> None:
    pacific = ZoneInfo("America/Los_Angeles")
    rules = NoticeRules(pacific, (NIGHT,))
    for month, day in ((3, 8), (11, 1)):
        late = datetime(2026, month, day, 0, 30, tzinfo=pacific)
        assert deliver_at(*ANN, late, rules) == datetime(2026, month, day, 7, tzinfo=pacific)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 400 * 1440),
    st.integers(0, 600),
    st.tuples(st.integers(0, 95), st.integers(0, 95)).filter(lambda pair: pair[0] != pair[1]),
    st.frozensets(st.integers(0, 6)),
    st.sampled_from([0, 15, 60, 240]),
    st.sampled_from([SHANGHAI, ZoneInfo("America/Los_Angeles")]),
)
def test_nothing_is_told_before_it_came_up_nor_in_quiet_hours_nor_in_another_order(
    minute: int,
    later: int,
    quarters: tuple[int, int],
    days: frozenset[int],
    digest_min: int,
    zone: ZoneInfo,
) -> None:
    start, end = (time(quarter // 4, quarter % 4 * 15) for quarter in quarters)
    rules = NoticeRules(zone, (NoticeRule(quiet=(start, end), days=days, digest_min=digest_min),))
    at = on(1, 1, 0) + timedelta(minutes=minute)
    told = deliver_at(*ANN, at, rules)
    assert at <= told <= at + timedelta(days=8)
    assert deliver_at(*ANN, told, rules) == told or digest_min, "what may be told is told"
    local = told.astimezone(zone)
    if not digest_min and start < end and local.weekday() in days:
        assert not start <= local.time() < end
    assert deliver_at(*ANN, at + timedelta(minutes=later), rules) >= told


# --- digests -------------------------------------------------------------------------------------------------


def test_a_digest_names_each_case_once_and_is_as_urgent_as_the_most_urgent() -> None:
    first = notice(on(3, 2, 10), "li", "supervisor", GENERAL, "c1", "c2")
    second = notice(on(3, 2, 10, 5), "li", "supervisor", URGENT, "c2", "c3")
    made = digest([second, first])
    assert (made.kind, made.recipient, made.priority, made.at) == (DIGEST, "li", URGENT, on(3, 2, 10))
    assert made.cases == ("c1", "c2", "c3")
    assert digest([first]) is first, "one alone stays what it is"


def test_a_digest_of_nothing_or_for_two_is_refused() -> None:
    with pytest.raises(ValueError, match="one person"):
        digest([])
    with pytest.raises(ValueError, match="one person"):
        digest([notice(on(3, 2, 10)), notice(on(3, 2, 10), "bob")])


def test_what_one_is_told_at_one_time_is_one_notice_and_what_is_told_at_once_stays_alone() -> None:
    notices = [
        notice(on(3, 2, 10, 1), "li", "supervisor", GENERAL, "c1"),
        notice(on(3, 2, 10, 59), "li", "supervisor", GENERAL, "c2"),
        notice(on(3, 2, 11, 1), "li", "supervisor", GENERAL, "c3"),
        notice(on(3, 2, 10, 30), "li", "supervisor", CRITICAL, "c4"),
        notice(on(3, 2, 10, 30), "li", "supervisor", CRITICAL, "c5"),
        notice(on(3, 2, 10, 30), "ann", "worker", GENERAL, "c6"),
    ]
    told = [(each.told_at, each.recipient, each.cases) for each in gather(notices)]
    assert told == [
        (on(3, 2, 10, 30), "li", ("c4",)),
        (on(3, 2, 10, 30), "li", ("c5",)),
        (on(3, 2, 10, 30), "ann", ("c6",)),
        (on(3, 2, 11), "li", ("c1", "c2")),
        (on(3, 2, 12), "li", ("c3",)),
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3_000), st.sampled_from(["li", "ann", "chen"]), st.sampled_from(Priority))))
def test_gathering_loses_no_case_and_tells_none_twice(wanted: list[tuple[int, str, Priority]]) -> None:
    notices = [
        notice(
            on(3, 2, 0) + timedelta(minutes=minute), who, "supervisor" if who == "li" else "worker", priority, f"c{n}"
        )
        for n, (minute, who, priority) in enumerate(wanted)
    ]
    told = gather(notices)
    for who in ("li", "ann", "chen"):
        cases = sorted(case for each in told if each.recipient == who for case in each.cases)
        assert cases == sorted(case for each in notices if each.recipient == who for case in each.cases)
    assert [each.told_at for each in told] == sorted(each.told_at for each in told)
    assert all(each.told_at >= each.at for each in told)
