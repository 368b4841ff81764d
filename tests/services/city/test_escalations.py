"""Escalations and notices of a pack: read, and refused by line."""

from datetime import time
from pathlib import Path

import pytest

from dispatch.category import Priority
from dispatch.changes import MARKS
from dispatch.escalations import Action, Unit
from dispatch.ids import DepartmentId
from services.city.build import build_city
from services.city.faults import PackFaults
from services.city.read import read_pack
from tests.services.city.small_pack import FILES, pack_files

YUZHONG = Path(__file__).resolve().parents[3] / "cities" / "yuzhong"

ESCALATIONS = """\
department,priority,step,after,unit,action,target
,,1,10,clock,next_worker,
,,2,20,clock,team_lead,
works,critical,1,5,working,supervisor,wang
,,1,50,percent,worker,
,,2,100,percent,duty_leader,
"""

NOTICES = """\
who,from,to,days,passes,digest_min
,22:00,07:00,,urgent,15
chen,12:00,14:00,mon|tue,,
supervisor,,,,,60
"""


def small(escalations: str = ESCALATIONS, notices: str = NOTICES) -> dict[str, bytes]:
    return {**pack_files(), "escalations.csv": escalations.encode(), "notices.csv": notices.encode()}


def test_rows_are_read_and_found_by_department_and_priority() -> None:
    city = build_city(read_pack(small()))
    anyone, works = DepartmentId("other"), DepartmentId("works")
    assert [row.action for row in city.escalations.chain(anyone, Priority.CRITICAL)] == [
        Action.NEXT_WORKER,
        Action.TEAM_LEAD,
    ]
    (row,) = city.escalations.chain(works, Priority.CRITICAL)
    assert (row.after, row.unit, row.action, row.target) == (5, Unit.WORKING, Action.SUPERVISOR, "wang")
    assert [row.after for row in city.escalations.by_limit(works, Priority.CRITICAL)] == [50, 100]
    everybody, chen, supervisor = city.notices.rows
    assert (everybody.quiet, everybody.digest_min) == ((time(22), time(7)), 15)
    assert everybody.passes == {Priority.CRITICAL, Priority.URGENT}
    assert chen.days == {0, 1}
    assert chen.passes == {Priority.CRITICAL}
    assert (supervisor.quiet, supervisor.digest_min) == (None, 60)
    assert city.notices.find("chen", "supervisor") is chen
    assert city.notices.find("li", "supervisor") is supervisor
    assert city.notices.find("li", "worker") is everybody


def test_a_pack_without_the_files_escalates_nothing_and_disturbs_at_any_hour() -> None:
    city = build_city(read_pack(pack_files()))
    assert city.escalations.rows == ()
    assert city.notices.find("li", "worker") is None


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("works,critical", "police,critical", 4, "the department is not known: police"),
        ("works,critical", "works,high", 4, "priority must be one of critical, urgent, general: 'high'"),
        ("1,5,working", "2,5,working", 4, "step must be 1"),
        ("2,20,clock", "3,20,clock", 3, "step must be 2"),
        ("2,20,clock", "2,5,clock", 3, "step 2 comes before step 1"),
        ("2,20,clock", "2,x,clock", 3, "after must be a number"),
        ("2,20,clock", "2,20,hours", 3, "unit must be one of clock, working, percent: 'hours'"),
        ("team_lead", "mayor", 3, "action must be one of next_worker, worker"),
        ("50,percent", "70,percent", 5, f"after must be one of {', '.join(map(str, MARKS))} per cent"),
        ("percent,worker", "percent,next_worker", 5, "next_worker is for tasks that nobody accepts"),
        ("supervisor,wang", "team_lead,", 4, "works has no lead in departments.csv"),
    ],
)
def test_a_fault_of_an_escalation_is_named_by_its_line(old: str, new: str, line: int, message: str) -> None:
    assert old in ESCALATIONS
    with pytest.raises(PackFaults) as caught:
        read_pack(small(ESCALATIONS.replace(old, new, 1)))
    named = [(fault.file, fault.line) for fault in caught.value.faults if message in fault.message]
    assert named == [("escalations.csv", line)], str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("22:00,07:00", "22:00,", 2, "from and to must both be given"),
        ("22:00,07:00", "25:00,07:00", 2, "from must be a time of day"),
        ("22:00,07:00", "07:00,07:00", 2, "would never end"),
        ("mon|tue", "mon|moonday", 3, "days may hold mon, tue"),
        (",urgent,", ",hasty,", 2, "passes may hold critical, urgent, general: 'hasty'"),
        (",,60", ",,-1", 4, "digest_min must be from 0"),
        ("supervisor,", "chen,", 4, "who is that of line 3"),
    ],
)
def test_a_fault_of_a_notice_rule_is_named_by_its_line(old: str, new: str, line: int, message: str) -> None:
    assert old in NOTICES
    with pytest.raises(PackFaults) as caught:
        read_pack(small(notices=NOTICES.replace(old, new, 1)))
    named = [(fault.file, fault.line) for fault in caught.value.faults if message in fault.message]
    assert named == [("notices.csv", line)], str(caught.value)


def test_a_lead_must_be_an_id() -> None:
    files = pack_files(departments__csv="id,name_zh,name_en,trade,lead\nworks,市政,Works,municipal,the boss\n")
    with pytest.raises(PackFaults, match=r"departments\.csv:2: lead may hold"):
        read_pack(files)
    assert "lead" not in FILES["departments.csv"], "a pack from before there were leads is read"


def test_in_the_demo_city_each_department_has_a_lead_and_each_priority_a_chain() -> None:
    city = build_city(read_pack(YUZHONG))
    for department in city.codes.departments.values():
        lead = next(each for each in city.codes.workers.values() if each.id == department.lead)
        assert lead.department == department.id
        for priority in Priority:
            chain = city.escalations.chain(department.id, priority)
            assert [row.action.value for row in chain] == ["next_worker", "team_lead", "duty_leader", "supervisor"]
    assert {row.after for row in city.escalations.by_limit(DepartmentId("parks"), Priority.GENERAL)} == set(MARKS)
