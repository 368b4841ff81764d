"""Cases of the past come in with their own times, and shifts begin and end by the wall clock."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.case import Case, CaseImported, Stage
from dispatch.city import Shift
from dispatch.decide import triage
from dispatch.event import Record
from dispatch.history import recall
from dispatch.ids import CaseId
from dispatch.measures import contribution
from dispatch.shifts import last_boundary
from tests.builders import CITY, MUN, SHANGHAI, TUESDAY_10, fold, local, make_event
from tests.taxonomy import GAS

HOUR = timedelta(hours=1)


def bring_in(kind: str = GAS, **changes: Any) -> Case:
    event = make_event(kind=kind, attributes={"record": "old-7"})
    fact = recall(Record(event=event, **changes), triage(event, CITY), CITY, new_id=CaseId("h1"), number="H1")
    assert isinstance(fact.data, CaseImported)
    return fold([fact])


def test_a_closed_case_of_the_past_is_closed_and_has_its_own_times() -> None:
    case = bring_in(filed_at=TUESDAY_10 + HOUR / 2, handled_at=TUESDAY_10 + HOUR, closed_at=TUESDAY_10 + 30 * HOUR)
    assert (case.stage, case.opened_at, case.closed_at) == (Stage.CLOSED, TUESDAY_10, TUESDAY_10 + 30 * HOUR)
    assert (case.department, case.due_at, case.on_time, case.overdue) == (MUN, local(3, 12, 30), True, False)
    assert case.waiting == ""


def test_a_past_case_without_a_time_of_filing_was_filed_when_it_was_opened() -> None:
    late = bring_in(closed_at=TUESDAY_10 + 3 * HOUR)
    assert (late.filed_at, late.due_at, late.on_time, late.overdue) == (TUESDAY_10, local(3, 12), False, True)


def test_a_past_case_that_has_not_ended_waits_for_a_person_and_is_sent_to_nobody() -> None:
    case = bring_in(worker="ann")
    assert (case.stage, case.waiting, case.filed_at) == (Stage.REPORTED, "wait.imported", None)
    assert case.worker == "ann"
    assert bring_in(worker="someone else").worker == ""


def test_a_past_case_of_no_category_has_no_limit_and_counts_as_closed_all_the_same() -> None:
    case = bring_in(kind="E0", closed_at=TUESDAY_10 + HOUR)
    assert (case.category, case.due_at, case.on_time, case.department) == ("", None, None, "")
    counters = {counter for _, counter, _ in contribution(case, SHANGHAI)}
    assert {"reported", "closed"} <= counters
    assert not counters & {"due", "on_time", "overdue"}


DAY = Shift(id="day", start=time(8), end=time(16))
NIGHT = Shift(id="night", start=time(22), end=time(6))


@pytest.mark.parametrize(
    ("shift", "at", "boundary", "on"),
    [
        (DAY, local(3, 8), local(3, 8), True),
        (DAY, local(3, 15, 59), local(3, 8), True),
        (DAY, local(3, 16), local(3, 16), False),
        (DAY, local(3, 7, 59), local(2, 16), False),
        (NIGHT, local(3, 23), local(3, 22), True),
        (NIGHT, local(4, 5, 59), local(3, 22), True),
        (NIGHT, local(4, 6), local(4, 6), False),
        (NIGHT, local(4, 21, 59), local(4, 6), False),
        (Shift(id="all", start=time(8), end=time(8)), local(3, 8), local(3, 8), True),
    ],
)
def test_the_last_boundary_of_a_shift_says_who_is_on_duty(
    shift: Shift, at: datetime, boundary: datetime, on: bool
) -> None:
    assert last_boundary(shift, ZoneInfo("Asia/Shanghai"), at) == (boundary, on)
