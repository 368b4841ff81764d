"""When a case is due, counted anew: by another city, another priority, another department."""

from typing import Any

from msgspec.structs import replace

from dispatch.calendars import CalendarRule, Calendars
from dispatch.case import Case, LimitChanged, TaskDispatched
from dispatch.category import Limit, LimitUnit, Priority
from dispatch.citymap import City
from dispatch.clocks import HandlingClock
from dispatch.deadlines import Stop
from dispatch.escalations import Action, Escalation, Unit
from dispatch.flow import BY_SENDING
from dispatch.ids import CategoryCode
from dispatch.limits import changed, recounted, relimited
from tests.builders import MUN, SAN, kinds, make_case, make_city, make_codes, make_situation
from tests.china import ALWAYS, OFFICE, on
from tests.dispatch.asking import give, given, own, queued
from tests.taxonomy import GAS, make_category

UH, WH, WD = LimitUnit.URGENT_HOURS, LimitUnit.WORKING_HOURS, LimitUnit.WORKING_DAYS
CLOCK = HandlingClock(limit=Limit(1, WD), start=on(3, 2, 9))  # GAS in builders: 1 WD, urgent 2 UH


ONE_DAY = Limit(1, WD)


def city_of(limit: Limit = ONE_DAY, *rules: CalendarRule, **more: Any) -> City:
    """The city of offices, with this limit for gas."""
    codes = make_codes(categories=[make_category(GAS, normal_limit=limit, urgent_limit=Limit(2, UH))])
    return make_city(codes=codes, calendars=Calendars(OFFICE, rules), **more)


CITY = city_of()
SAN_ALWAYS = CalendarRule(calendar=ALWAYS, department=SAN)


def case_of(clock: HandlingClock | None = CLOCK, **more: Any) -> Case:
    """A general case whose times are right by the city of offices."""
    case = replace(make_case(), clock=clock, priority=Priority.GENERAL)
    times: dict[str, Any] = changed(case, clock, CITY)
    return replace(case, **(times | more))


def test_a_limit_that_is_right_stays() -> None:
    assert recounted(case_of(), CITY) == {}
    assert recounted(case_of(None), CITY) == {}, "and one that does not run yet"


def test_another_calendar_gives_another_limit() -> None:
    always = city_of(Limit(1, WD), CalendarRule(calendar=ALWAYS, department=MUN))
    new = recounted(case_of(), always)
    assert (new["due_at"], new["clock"]) == (on(3, 4, 0), CLOCK)
    assert recounted(case_of(department=SAN), always) == {}


def test_another_priority_gives_the_limit_of_that_priority() -> None:
    new = recounted(case_of(priority=Priority.URGENT), CITY)
    assert new["clock"] == replace(CLOCK, limit=Limit(2, UH))
    assert new["due_at"] == on(3, 2, 11)


def test_stops_and_extensions_stay_with_a_new_limit_of_their_unit() -> None:
    stop = Stop(on(3, 2, 14), on(3, 3, 14), "suspended")
    new = recounted(case_of(replace(CLOCK, extra=1, stops=(stop,))), city_of(Limit(3, WD)))
    assert new["clock"] == replace(CLOCK, limit=Limit(3, WD), extra=1, stops=(stop,))
    assert new["due_at"] == on(3, 9, 18), "three days, one granted, one stood still, a weekend"


def test_an_extension_is_the_same_part_of_a_limit_of_another_unit_whoever_asks() -> None:
    """Doubled by what was granted, doubled it stays: neither lost, nor a reason to keep a limit that is no more."""
    case, hours = case_of(replace(CLOCK, extra=1)), city_of(Limit(4, WH))
    new = recounted(case, hours)
    assert new["clock"] == replace(CLOCK, limit=Limit(4, WH), extra=4)
    assert new["due_at"] == on(3, 3, 10), "eight hours of work from Monday at nine"
    category = hours.codes.categories[GAS]
    assert relimited(case, category, case.priority, case.place, hours) == new


def test_the_limit_of_a_rework_and_of_a_category_that_is_gone_stays() -> None:
    own_limit = replace(CLOCK, limit=Limit(2, WH), is_rework=True)
    assert recounted(case_of(own_limit), CITY) == {}
    assert recounted(case_of(category=CategoryCode("gone")), CITY) == {}


# --- sent by hand to another department --------------------------------------------------------------------


def test_a_case_that_is_sent_to_another_department_runs_by_the_calendar_of_that_one() -> None:
    city = city_of(Limit(1, WD), SAN_ALWAYS)
    case = replace(queued(), **{name: getattr(case_of(), name) for name in ("clock", "due_at", "warn_at", "marks")})
    case = replace(case, priority=Priority.GENERAL, filed_at=CLOCK.start)
    facts = give("dispatch", case, worker="cai", situation=make_situation(city))
    assert kinds(facts) == ["TaskDispatched", "LimitChanged"]
    limit = facts[1].data
    assert isinstance(limit, LimitChanged)
    assert (limit.due_at, limit.reason, limit.by) == (on(3, 4, 0), BY_SENDING, "leader")
    after = own(facts, case)
    assert (after.department, after.due_at, after.clock) == (SAN, on(3, 4, 0), CLOCK)
    assert recounted(after, city) == {}, "the next look at the pack finds nothing to change"


def test_a_colleague_of_the_same_department_and_one_with_the_same_calendar_change_no_limit() -> None:
    case = case_of()
    assert kinds(give("reassign", case, worker="bob", reason="x", situation=make_situation(city_of()))) == [
        "TaskWithdrawn",
        "TaskDispatched",
    ]
    after = given("reassign", case, worker="cai", reason="x", situation=make_situation(city_of()))
    assert (after.department, after.due_at) == (SAN, case.due_at)


def test_the_chain_is_that_of_the_department_that_gets_the_case() -> None:
    rows = [
        Escalation(step=1, after=after, unit=Unit.CLOCK, action=Action.SUPERVISOR, department=department)
        for department, after in ((MUN, 5), (SAN, 50))
    ]
    situation = make_situation(city_of(escalations=rows))
    sent = give("reassign", case_of(), worker="cai", reason="x", situation=situation)[1].data
    assert isinstance(sent, TaskDispatched)
    assert [(step.at - on(3, 3, 10, 30)).total_seconds() for step in sent.chain] == [50 * 60]
