"""Who may do what, and who sees what: asked of a row of the journal alone."""

import pytest

from dispatch.access import (
    PERMISSIONS,
    RIGHTS,
    ROLES,
    Actor,
    Role,
    list_within,
    may,
    may_command,
    may_see_fact,
    permissions_of,
)
from dispatch.commands import COMMANDS
from dispatch.ids import AreaCode, DepartmentId, WorkerId
from tests.builders import AREAS, make_actor


def test_every_role_has_a_row_of_known_words() -> None:
    assert set(ROLES) == set(Role)
    for row in ROLES.values():
        assert row.zh
        assert row.en
        assert row.permissions <= set(PERMISSIONS)
        assert row.commands <= set(RIGHTS)


def test_every_permission_and_every_right_is_of_a_role_beside_the_administrators() -> None:
    """He has all; what nobody else has would be his work alone."""
    others = [row for role, row in ROLES.items() if role is not Role.ADMIN]
    own = {"sources.manage", "accounts.manage", "roles.manage", "settings.manage"}
    assert set().union(*(row.permissions for row in others)) == set(PERMISSIONS) - own
    assert set().union(*(row.commands for row in others)) == set(RIGHTS)
    assert ROLES[Role.ADMIN].permissions == set(PERMISSIONS)
    assert ROLES[Role.ADMIN].commands == set(RIGHTS)


def test_every_command_takes_a_right_that_there_is() -> None:
    assert {row.right for rows in COMMANDS.values() for row in rows} == set(RIGHTS)


CELLS = [(role, name) for role in Role for name in RIGHTS]


@pytest.mark.parametrize(("role", "right"), CELLS, ids=[f"{role}-{name}" for role, name in CELLS])
def test_a_right_is_granted_where_the_matrix_says_so_and_nowhere_else(role: Role, right: str) -> None:
    expected = role.value in GIVEN_BY[right]
    assert may_command(make_actor(role), right) is expected
    narrowed = make_actor(role, commands=frozenset())
    assert not may_command(narrowed, right), "who is granted nothing has nothing, whatever his role"
    assert may_command(make_actor("auditor", commands=frozenset({right})), right)


DESK, ALL_DESKS = ("leader", "dispatcher", "admin"), ("acceptor", "leader", "dispatcher", "admin")
ON_TASKS = ("worker", "department_dispatcher", *DESK)
GIVEN_BY: dict[str, tuple[str, ...]] = {
    "accept": ALL_DESKS,
    "verify": ("acceptor", "leader", "admin"),
    "report_verified": ("collector", "acceptor", "leader", "admin"),
    "file": ALL_DESKS,
    "decline": ("acceptor", "leader", "admin"),
    "void": ALL_DESKS,
    "merge": ALL_DESKS,
    "self_handle": ("collector", "admin"),
    "dispatch": (*DESK, "department_dispatcher"),
    "reassign": (*DESK, "department_dispatcher"),
    "assist": (*DESK, "department_dispatcher"),
    "acknowledge": ON_TASKS,
    "decline_task": ON_TASKS,
    "depart": ON_TASKS,
    "arrive": ON_TASKS,
    "leave": ON_TASKS,
    "hand_over": ON_TASKS,
    "report_handled": ON_TASKS,
    "return": ON_TASKS,
    "request_extension": ON_TASKS,
    "request_suspension": ON_TASKS,
    "withdraw_request": ON_TASKS,
    "grant": ("leader", "admin"),
    "refuse": ("leader", "admin"),
    "suspend": ("leader", "admin"),
    "resume": ("leader", "admin"),
    "force_close": ("leader", "admin"),
    "supervise": ("leader", "supervisor", "admin"),
    "coordinate": DESK,
    "settle": DESK,
    "split": DESK,
    "send_to_check": ALL_DESKS,
    "check": ("collector", *ALL_DESKS),
    "rework": ("collector", *ALL_DESKS),
    "close": DESK,
    "reopen": ("acceptor", "leader", "admin"),
    "remind": (*ALL_DESKS, "supervisor", "department_dispatcher"),
    "mark": (*ALL_DESKS, "supervisor"),
    "call_back": ALL_DESKS,
    "note": ("collector", *ALL_DESKS, "supervisor", "department_dispatcher", "worker"),
    "reply": ALL_DESKS,
    "claim": (*ALL_DESKS, "department_dispatcher"),
    "undo": ("collector", *ALL_DESKS, "supervisor", "department_dispatcher", "worker"),
    "reclassify": ALL_DESKS,
    "relocate": ALL_DESKS,
    "set_priority": ALL_DESKS,
}
"""Written out a second time and by hand, as the standards give the work to the posts: a set too many shows here."""


def test_the_hand_written_matrix_speaks_of_every_right() -> None:
    assert set(GIVEN_BY) == set(RIGHTS)


def test_a_role_that_there_is_not_may_nothing() -> None:
    nobody = make_actor("boss")
    assert permissions_of("boss") == frozenset()
    assert not may(nobody, "cases.read")
    assert not may_command(nobody, "note")
    assert not may_see_fact(nobody, "S1G1", "MUN", ["ann"])


def test_permissions_are_of_the_role() -> None:
    assert may(make_actor("admin"), "accounts.manage")
    assert not may(make_actor("dispatcher"), "accounts.manage")
    assert not may(make_actor("worker"), "reporters.read")
    assert may_command(make_actor("supervisor"), "remind")
    assert not may_command(make_actor("supervisor"), "void")


@pytest.mark.parametrize(
    ("actor", "sees"),
    [
        (make_actor(), True),
        (make_actor(area=AreaCode("S1")), True),
        (make_actor(area=AreaCode("S1G1")), True),
        (make_actor(area=AreaCode("S2")), False),
        (make_actor(area=AreaCode("S1G11")), False),
        (make_actor(department=DepartmentId("MUN")), True),
        (make_actor(department=DepartmentId("SAN")), False),
        (make_actor(area=AreaCode("S1"), department=DepartmentId("SAN")), False),
        (make_actor(area=AreaCode("S2"), department=DepartmentId("MUN")), False),
        (make_actor("worker", worker_id=WorkerId("ann")), True),
        (make_actor("worker", worker_id=WorkerId("bob")), True),
        (make_actor("worker", worker_id=WorkerId("cai")), False),
        (make_actor("worker"), False),
        (make_actor("collector", worker_id=WorkerId("cai")), False),
        (make_actor("supervisor"), True),
        (make_actor("integration"), True),
        (make_actor("auditor"), True),
        (make_actor("department_dispatcher"), True),
        (make_actor("department_dispatcher", department=DepartmentId("SAN")), False),
        (make_actor("department_dispatcher", department=DepartmentId("")), False),
        (make_actor("leader", permissions=frozenset()), False),
        (make_actor("leader", permissions=frozenset({"metrics.read"})), False),
    ],
)
def test_what_an_actor_sees_of_a_case_in_a_grid_of_a_department_with_workers(actor: Actor, sees: bool) -> None:
    assert may_see_fact(actor, "S1G1", "MUN", ("ann", "bob")) is sees


def test_a_fact_without_a_place_or_a_department_is_only_for_those_whom_nothing_bounds() -> None:
    assert may_see_fact(make_actor(), "", "", ())
    assert not may_see_fact(make_actor(area=AreaCode("S1")), "", "MUN", ())
    assert not may_see_fact(make_actor(department=DepartmentId("MUN")), "S1", "", ())


def test_where_codes_do_not_nest_by_prefix_the_areas_of_the_city_decide() -> None:
    areas = list_within(AREAS, AreaCode("D1"))
    assert areas == set(AREAS)
    in_d1 = make_actor(area=AreaCode("D1"), areas=areas)
    assert may_see_fact(in_d1, "S1G1", "", ())
    assert not may_see_fact(in_d1, "D1X", "", ()), "a prefix is not enough"
    assert not may_see_fact(make_actor(area=AreaCode("D1")), "S1G1", "", ())
    assert list_within(AREAS, AreaCode("S2")) == {"S2", "S2C", "S2G3", "S2G4"}


def test_an_area_that_the_city_does_not_have_holds_nothing() -> None:
    assert list_within(AREAS, AreaCode("S9")) == frozenset()
