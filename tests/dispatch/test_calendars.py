"""Whose calendar applies: the most particular rule, whatever the order of the rules."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dispatch.calendars import Calendar, CalendarRule, Calendars
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from dispatch.place import Place
from tests.builders import MUN, SAN
from tests.china import ALWAYS, NIGHT, OFFICE, SANITATION
from tests.taxonomy import GAS, LITTER

NOBODY = DepartmentId("")
STREET, GRID = AreaCode("S1"), AreaCode("S1G1")
HERE = Place(district=AreaCode("D1"), street=STREET, community=AreaCode("S1C"), grid=GRID)
ELSEWHERE = Place(district=AreaCode("D1"), street=AreaCode("S2"))


def rule(calendar: Calendar, category: str = "", department: str = "", area: str = "") -> CalendarRule:
    return CalendarRule(
        calendar=calendar,
        category=CategoryCode(category),
        department=DepartmentId(department),
        area=AreaCode(area),
    )


def test_the_citys_own_calendar_serves_where_no_rule_does() -> None:
    calendars = Calendars(OFFICE, [rule(SANITATION, department=SAN), rule(NIGHT, area=STREET)])
    assert calendars.of(GAS, MUN, ELSEWHERE) is OFFICE
    assert calendars.of(GAS, SAN, ELSEWHERE) is SANITATION
    assert calendars.of(GAS, MUN, HERE) is NIGHT


def test_a_category_goes_before_a_department_and_a_department_before_an_area() -> None:
    calendars = Calendars(OFFICE, [rule(NIGHT, area=GRID), rule(SANITATION, department=SAN), rule(ALWAYS, GAS)])
    assert calendars.of(GAS, SAN, HERE) is ALWAYS
    assert calendars.of(LITTER, SAN, HERE) is SANITATION
    assert calendars.of(LITTER, MUN, HERE) is NIGHT


def test_a_small_area_goes_before_a_large_one() -> None:
    calendars = Calendars(OFFICE, [rule(SANITATION, area="D1"), rule(NIGHT, area=GRID), rule(ALWAYS, area=STREET)])
    assert calendars.of(LITTER, MUN, HERE) is NIGHT
    assert calendars.of(LITTER, MUN, Place(district=AreaCode("D1"), street=STREET)) is ALWAYS
    assert calendars.of(LITTER, MUN, ELSEWHERE) is SANITATION
    assert calendars.of(LITTER, MUN, Place()) is OFFICE


def test_what_a_rule_names_must_all_fit() -> None:
    calendars = Calendars(OFFICE, [rule(ALWAYS, GAS, MUN, STREET)])
    assert calendars.of(GAS, MUN, HERE) is ALWAYS
    assert calendars.of(GAS, MUN, ELSEWHERE) is OFFICE
    assert calendars.of(GAS, SAN, HERE) is OFFICE
    assert calendars.of(LITTER, MUN, HERE) is OFFICE


def test_who_is_not_known_fits_only_a_rule_for_anybody() -> None:
    calendars = Calendars(OFFICE, [rule(SANITATION, department=SAN)])
    assert calendars.of(LITTER, NOBODY, HERE) is OFFICE


def test_the_room_has_hours_of_its_own_except_for_a_category_that_has() -> None:
    calendars = Calendars(OFFICE, [rule(SANITATION, LITTER), rule(NIGHT, area=STREET)], desk=ALWAYS)
    assert calendars.of_desk(GAS, HERE) is ALWAYS
    assert calendars.of_desk(LITTER, HERE) is SANITATION
    assert Calendars(OFFICE, calendars.rules).of_desk(GAS, HERE) is NIGHT, "without a desk's the city's, for the place"


def test_every_calendar_is_listed_once() -> None:
    rules = [rule(ALWAYS, GAS), rule(ALWAYS, LITTER), rule(NIGHT, area=STREET), rule(OFFICE, area="S2")]
    assert Calendars(OFFICE, rules, desk=ALWAYS).all == (OFFICE, ALWAYS, NIGHT)
    assert Calendars(OFFICE, desk=SANITATION).all == (OFFICE, SANITATION)


categories = st.sampled_from(["", GAS, LITTER])
departments = st.sampled_from(["", MUN, SAN])
areas = st.sampled_from(["", "D1", "S1", "S2", "S1G1"])


@given(
    st.dictionaries(st.tuples(categories, departments, areas), st.sampled_from([ALWAYS, NIGHT, SANITATION])),
    st.randoms(),
    st.sampled_from([GAS, LITTER]),
    st.sampled_from([MUN, SAN]),
    st.sampled_from([HERE, ELSEWHERE, Place()]),
)
def test_the_order_of_different_rules_says_nothing(
    wanted: dict[tuple[str, str, str], Calendar],
    random: Random,
    category: CategoryCode,
    department: DepartmentId,
    place: Place,
) -> None:
    rules = [rule(calendar, *names) for names, calendar in wanted.items()]
    found = Calendars(OFFICE, rules).of(category, department, place)
    random.shuffle(rules)
    assert Calendars(OFFICE, rules).of(category, department, place) is found
