"""Who may do what, and who sees what: asked of a row of the journal alone."""

import pytest

from dispatch.access import (
    PERMISSIONS,
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

RIGHTS = {row.right for rows in COMMANDS.values() for row in rows}


def test_every_role_has_a_row_of_known_words() -> None:
    assert set(ROLES) == set(Role)
    for row in ROLES.values():
        assert row.zh
        assert row.en
        assert row.permissions <= set(PERMISSIONS)
        assert row.commands <= RIGHTS


def test_every_permission_and_every_command_is_somebodys() -> None:
    assert set().union(*(row.permissions for row in ROLES.values())) == set(PERMISSIONS)
    assert set().union(*(row.commands for row in ROLES.values())) == RIGHTS


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
