"""Is this a happening that we know already: by boxes, views, kin and gateways; and whichever comes first."""

import dataclasses
from datetime import timedelta
from itertools import permutations
from math import cos, radians
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dispatch.boxes import box_of, is_same
from dispatch.case import Case, CaseReclassified, EventAttached, Stage
from dispatch.city import Same, Source
from dispatch.citymap import City
from dispatch.event import Event, Phase, Vocabulary
from dispatch.ids import CaseId, CategoryCode, EventId, SourceId
from gis.point import LonLat
from gis.views import METRES_PER_DEGREE, ViewIndex, Wedge
from tests.builders import (
    IN_G1,
    SOURCES,
    TUESDAY_10,
    decide_event,
    fold,
    kinds,
    make_case,
    make_codes,
    make_event,
    make_situation,
)
from tests.builders import make_city as make_small_city
from tests.taxonomy import GAS, LAMP, LITTER, VENDOR


def moved(east_m: float, north_m: float = 0.0) -> LonLat:
    lon = IN_G1.lon + east_m / (METRES_PER_DEGREE * cos(radians(IN_G1.lat)))
    return LonLat(lon, IN_G1.lat + north_m / METRES_PER_DEGREE)


def camera(name: str, east_m: float, heading_deg: float, **changes: Any) -> Source:
    values: dict[str, Any] = {
        "id": SourceId(name),
        "feed": "frigate",
        "kind": "camera",
        "external_id": name,
        "name_zh": name,
        "name_en": name,
        "point": moved(east_m),
        "heading_deg": heading_deg,
        "view_deg": 60.0,
        "range_m": 200.0,
    }
    return Source(**(values | changes))


WEST, EAST = camera("west", 0, 90), camera("east", 260, 270)
"""Two that look at each other, 260 m apart: the middles of their views are 60 m from each other, and litter is one
happening within 50 m."""
NVR = Source(
    id=SourceId("nvr"), feed="frigate", kind="gateway", external_id="nvr", name_zh="录像机", name_en="Recorder"
)
BEHIND = tuple(camera(f"b{n}", 900 * n - 450, 0, gateway=SourceId("nvr")) for n in range(2))
CAMERAS = (WEST, EAST, NVR, *BEHIND)

PAIRS = (
    Same(category=LITTER, other=VENDOR, relation="near"),
    Same(category=LITTER, other=GAS, relation="near", leads=GAS),
    Same(category=LAMP, other=CategoryCode(""), relation="gateway"),
)


def make_city() -> City:
    wedges: dict[str, Wedge] = {
        each.id: Wedge(each.point, each.heading_deg, each.view_deg, each.range_m)
        for each in CAMERAS
        if each.point and each.heading_deg is not None and each.view_deg and each.range_m
    }
    codes = replace(make_codes(sources=(*SOURCES, *CAMERAS)), same=PAIRS)
    city = make_small_city(codes=codes)
    return dataclasses.replace(city, views=ViewIndex(wedges))


CITY = make_city()


def seen(source: str = "west", **changes: Any) -> Event:
    values: dict[str, Any] = {
        "id": EventId(f"{source}{changes}"),
        "feed": "frigate",
        "source_id": SourceId(source),
        "vocabulary": Vocabulary.CATEGORY,
        "kind": LITTER,
        "point": None,
    }
    return make_event(**(values | changes))


def hear(*events: Event, start: Case | None = None, city: City = CITY) -> dict[str, Case]:
    cases: dict[str, Case] = {start.id: start} if start else {}
    for event in events:
        facts = decide_event(event, make_situation(city, cases=tuple(cases.values())), new_id=f"c{len(cases) + 1}")
        for fact in facts:
            cases[fact.case_id] = fold([fact], cases.get(fact.case_id))
    return cases


def why(event: Event, *events: Event) -> str:
    """Return by which rule the event joins the case of the others; "" where it opens one."""
    (case,) = hear(*events).values()
    (first, *_) = decide_event(event, make_situation(CITY, cases=(case,)), new_id="new")
    return first.data.because[0].rule if isinstance(first.data, EventAttached) else ""


# --- views -----------------------------------------------------------------------------------------------


def test_two_cameras_that_look_at_one_place_speak_of_one_happening() -> None:
    assert why(seen("east"), seen("west")) == "known.views"


def test_two_that_look_elsewhere_do_not() -> None:
    assert why(seen("b0"), seen("west")) == ""


def test_nor_at_another_time_nor_of_another_kind() -> None:
    assert why(seen("east", observed_at=TUESDAY_10 + timedelta(hours=2)), seen("west")) == ""
    assert why(seen("east", kind=LAMP), seen("west")) == ""


def test_a_report_from_inside_a_cameras_view_joins_its_case_and_the_other_way_round() -> None:
    report = make_event(id=EventId("r"), kind=LITTER, point=moved(30))
    assert why(report, seen("west")) == "known.view"
    assert why(seen("west"), report) == "known.view"
    aside = make_event(id=EventId("r"), kind=LITTER, point=moved(30, 60))
    assert why(aside, seen("west")) == why(seen("west"), aside) == ""


FAR = moved(5_000)
"""Nothing there is near anything here."""


def told_of(case: Case, **changes: Any) -> Event:
    return make_event(**{"id": EventId("named"), "kind": LITTER, "point": FAR, "of_case": case.id, **changes})


def test_who_names_an_open_case_speaks_of_it_wherever_and_of_whatever_he_does() -> None:
    case = make_case(event=make_event(kind=GAS))
    for event in (told_of(case), told_of(case, vocabulary=Vocabulary.TEXT, kind="", text="it is this")):
        (attached, *_) = decide_event(event, make_situation(cases=[case]))
        assert attached.case_id == case.id
        assert isinstance(attached.data, EventAttached)
        assert [reason.rule for reason in attached.data.because] == ["known.named"]


def test_who_names_a_case_and_calls_it_something_worse_does_not_make_it_worse() -> None:
    case = make_case(event=make_event(kind=LITTER))
    facts = decide_event(told_of(case, kind=GAS, severity=3), make_situation(cases=[case]))
    assert kinds(facts) == ["EventAttached"]
    worse = decide_event(told_of(case, severity=3), make_situation(cases=[case]))
    assert "PriorityRaised" in kinds(worse)


def test_a_name_goes_before_a_nearer_case() -> None:
    named = make_case(event=make_event(kind=LITTER))
    near = replace(make_case(event=make_event(kind=LITTER, point=FAR)), id=CaseId("near"))
    (attached, *_) = decide_event(told_of(named), make_situation(cases=[near, named]))
    assert attached.case_id == named.id


def test_a_case_that_has_ended_or_is_not_there_takes_nothing_by_its_name() -> None:
    ended = replace(make_case(), stage=Stage.CLOSED)
    for cases in ([ended], []):
        (opened, *_) = decide_event(told_of(ended), make_situation(cases=cases), new_id="new")
        assert opened.case_id == "new"


def test_who_names_a_duplicate_speaks_of_the_case_that_it_ended_in() -> None:
    master = replace(make_case(), id=CaseId("master"))
    duplicate = replace(make_case(), id=CaseId("twin"), stage=Stage.MERGED, merged_into=master.id)
    (attached, *_) = decide_event(told_of(duplicate), make_situation(cases=[duplicate, master]))
    assert attached.case_id == master.id
    (opened, *_) = decide_event(told_of(duplicate), make_situation(cases=[duplicate]), new_id="new")
    assert opened.case_id == "new"


def test_near_goes_before_the_view() -> None:
    report = make_event(id=EventId("r"), kind=LITTER, point=moved(90))
    assert why(report, seen("west")) == "known.near"


def test_from_one_overlap_to_the_next_a_street_is_not_one_happening() -> None:
    """A case is where its first camera looks: a camera that overlaps only with a later one opens its own."""
    third = camera("third", 520, 270)
    wedges: dict[str, Wedge] = {
        each.id: Wedge(each.point, each.heading_deg or 0.0, each.view_deg or 0.0, 200.0)
        for each in (WEST, replace(EAST, view_deg=360.0), third)
        if each.point
    }
    codes = replace(CITY.codes, sources={**CITY.codes.sources, third.id: third})
    chained = dataclasses.replace(CITY, codes=codes, views=ViewIndex(wedges))
    assert not chained.views.overlaps("west", "third")
    assert len(hear(seen("west"), seen("east"), seen("third"), city=chained)) == 2


# --- kin -------------------------------------------------------------------------------------------------


def test_what_may_be_the_same_told_differently_is_one_case_and_says_so() -> None:
    assert why(make_event(kind=VENDOR), make_event(kind=LITTER)) == "known.near_kin"
    assert why(make_event(kind=LAMP), make_event(kind=LITTER)) == ""


def test_the_one_that_says_more_names_a_case_that_nobody_has_looked_at() -> None:
    doubtful = make_event(kind=LITTER, confidence=0.1)
    (case,) = hear(doubtful, make_event(id=EventId("e2"), kind=GAS, confidence=0.1)).values()
    assert (case.category, case.stage) == (GAS, Stage.REPORTED)
    (sure,) = hear(doubtful, make_event(id=EventId("e2"), kind=GAS)).values()
    assert (sure.category, sure.stage) == (GAS, Stage.DISPATCHED)


def test_a_case_that_was_filed_keeps_its_name_and_becomes_as_urgent_as_what_joins_it() -> None:
    (case,) = hear(make_event(kind=LITTER), make_event(id=EventId("e2"), kind=GAS)).values()
    assert (case.category, case.priority.value) == (LITTER, "urgent")


def test_a_sure_word_of_kin_files_a_case_that_waits_and_does_not_lower_it() -> None:
    doubtful = make_event(kind=GAS, confidence=0.1)
    facts = decide_event(
        make_event(id=EventId("e2"), kind=LITTER), make_situation(CITY, cases=tuple(hear(doubtful).values()))
    )
    assert "CaseFiled" in kinds(facts)
    assert not any(isinstance(fact.data, CaseReclassified) for fact in facts), "gas says more than litter"


# --- gateways --------------------------------------------------------------------------------------------


def fault(source: str, **changes: Any) -> Event:
    return seen(source, kind=LAMP, **changes)


def test_what_befalls_a_gateway_and_what_sends_through_it_is_one() -> None:
    assert why(fault("b0"), fault("nvr", point=moved(5_000))) == "known.gateway"
    assert why(fault("nvr", point=moved(5_000)), fault("b0")) == "known.gateway"


def test_two_of_its_children_alone_prove_nothing_of_the_gateway() -> None:
    assert why(fault("b1"), fault("b0")) == ""


def test_what_happens_in_the_street_is_not_the_gateways() -> None:
    assert why(seen("b0"), seen("nvr", point=moved(5_000))) == ""


# --- boxes -----------------------------------------------------------------------------------------------


def tracked(name: str, box: str, **changes: Any) -> Event:
    at = changes.pop("at", TUESDAY_10)
    return seen(
        "west",
        **{"episode": f"west/{name}", "phase": Phase.OPEN, "attributes": {"box": box}, "observed_at": at} | changes,
    )


def refused(event: Event, **changes: Any) -> Case:
    (case,) = hear(event).values()
    return replace(case, stage=Stage.VOID, voided_at=TUESDAY_10, **changes)


def test_the_same_box_under_a_new_number_is_what_a_person_has_refused_already() -> None:
    case = refused(tracked("1", "100,100,200,200"))
    assert len(hear(tracked("2", "105,100,205,200"), start=case)) == 1
    assert len(hear(tracked("2", "300,100,400,200"), start=case)) == 2, "another box is another thing"


def test_but_not_when_it_is_worse_nor_for_ever_nor_after_the_first_was_gone() -> None:
    case = refused(tracked("1", "100,100,200,200"))
    assert len(hear(tracked("2", "100,100,200,200", severity=3), start=case)) == 2
    late = tracked("2", "100,100,200,200", at=TUESDAY_10 + timedelta(hours=2))
    assert len(hear(late, start=case)) == 2
    gone = hear(tracked("1", "100,100,200,200", phase=Phase.CLOSE), start=case)[case.id]
    soon, later = (TUESDAY_10 + timedelta(seconds=each) for each in (60, 600))
    assert len(hear(tracked("2", "100,100,200,200", at=soon), start=gone)) == 1
    assert len(hear(tracked("2", "100,100,200,200", at=later), start=gone)) == 2


def test_the_box_of_another_camera_is_another() -> None:
    case = refused(tracked("1", "100,100,200,200"))
    elsewhere = tracked("2", "100,100,200,200", source_id=SourceId("east"))
    assert len(hear(elsewhere, start=case)) == 2


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,x", "5,5,5,9", "9,9,1,1", "nan,0,1,1"])
def test_a_box_that_is_none_says_nothing(text: str) -> None:
    assert box_of(seen(attributes={"box": text})) is None


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ((0.0, 0.0, 10.0, 10.0), True),
        ((1.0, 0.0, 11.0, 10.0), True),
        ((3.0, 0.0, 13.0, 10.0), False),
        ((10.0, 0.0, 20.0, 10.0), False),
        ((2.0, 2.0, 8.0, 8.0), False),
    ],
)
def test_boxes_are_the_same_where_they_share_most_of_what_they_cover(other: Any, same: bool) -> None:
    one = (0.0, 0.0, 10.0, 10.0)
    assert is_same(one, other) is is_same(other, one) is same


# --- laws ------------------------------------------------------------------------------------------------

SPOTS = st.tuples(
    st.sampled_from(["west", "east", "partner", "nvr", "b0"]),
    st.sampled_from([LITTER, VENDOR, GAS, LAMP]),
    st.floats(-80, 80),
    st.floats(-60, 60),
    st.integers(0, 9_000),
    st.booleans(),
)


@given(SPOTS, SPOTS)
def test_which_of_two_comes_first_does_not_make_one_case_or_two(one: Any, other: Any) -> None:
    events = []
    for n, (source, kind, east_m, north_m, after_s, has_point) in enumerate((one, other)):
        at = TUESDAY_10 + timedelta(seconds=after_s)
        point = moved(east_m, north_m) if has_point or source in ("partner", "nvr") else None
        events.append(seen(source, id=EventId(str(n)), kind=kind, observed_at=at, received_at=TUESDAY_10, point=point))
    counts = set()
    for order in permutations(events):
        cases: dict[str, Case] = {}
        at = TUESDAY_10 + timedelta(hours=3)
        for event in order:
            facts = decide_event(
                event, make_situation(CITY, cases=tuple(cases.values())), at=at, new_id=f"c{len(cases) + 1}"
            )
            cases[facts[0].case_id] = fold(facts, cases.get(facts[0].case_id))
        counts.add(len(cases))
    assert len(counts) == 1


def test_late_events_find_their_case_though_it_was_opened_late_too() -> None:
    at = TUESDAY_10 + timedelta(hours=5)
    (opened, *_) = facts = decide_event(make_event(), at=at)
    case = fold(facts)
    assert opened.at == at
    (fact, *_) = decide_event(make_event(id=EventId("e2")), make_situation(cases=(case,)), at=at)
    assert fact.case_id == case.id


def test_a_case_of_old_has_no_first_event_and_is_known_by_when_it_was_opened() -> None:
    assert kinds(
        decide_event(make_event(id=EventId("e2")), make_situation(cases=(make_case(first_event_at=None),)))
    ) == ["EventAttached"]
