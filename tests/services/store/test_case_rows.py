"""A case as a row: every column is what the document says, whichever of them a change has written."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from dispatch.case import Case, Stage
from dispatch.ids import CategoryCode, DepartmentId, WorkerId
from dispatch.record import Rating
from services.store import case_rows, journal
from services.store.case_rows import SETTLED
from services.store.database import Database
from services.store.journal import Batch
from services.store.tables import cases as cases_table
from tests.builders import TUESDAY_10
from tests.parts.town import check_rows
from tests.services.store.samples import make_cases

LATER = TUESDAY_10 + timedelta(hours=2)
CHANGES: list[dict[str, Any]] = [
    {"overdue": True, "version": 9},
    {"stage": Stage.ARRIVED, "arrived_at": LATER},
    {"stage": Stage.CLOSED, "closed_at": LATER, "on_time": True},
    {"worker": WorkerId("ben"), "department": DepartmentId("parks")},
    {"category": CategoryCode("E0501"), "due_at": LATER},
    {"voided_at": LATER, "stage": Stage.VOID},
    {"judged_at": LATER},
    {"called_at": LATER, "satisfied": True},
]


@pytest.mark.parametrize("changes", CHANGES, ids="+".join)
async def test_a_change_is_in_every_column_that_is_made_of_it(db: Database, changes: dict[str, Any]) -> None:
    (case,), entries = make_cases("c1")
    await db.submit(journal.record, Batch(entries=entries, cases={case.id: case}))
    after = msgspec.structs.replace(case, **changes)
    await db.submit(journal.record, Batch(cases={case.id: after}, held={case.id: case}))
    await db.read(check_rows)
    assert await db.read(lambda connection: journal.find_case(connection, case.id)) == after


async def test_stars_are_written(db: Database) -> None:
    (case,), entries = make_cases("c1")
    await db.submit(journal.record, Batch(entries=entries, cases={case.id: case}))
    after = msgspec.structs.replace(case, ratings=(Rating(report="r1", stars=4, at=LATER),))
    await db.submit(journal.record, Batch(cases={case.id: after}, held={case.id: case}))
    await db.read(check_rows)


async def test_a_case_that_the_database_has_lost_is_written_whole(db: Database) -> None:
    (case,), _ = make_cases("c1")
    after = msgspec.structs.replace(case, overdue=True)
    await db.submit(journal.record, Batch(cases={case.id: after}, held={case.id: case}))
    await db.read(check_rows)


def test_the_columns_that_may_be_left_are_made_of_those_fields_alone() -> None:
    (case,), _ = make_cases("c1")
    before = case_rows.case_row(case)
    left = {column for columns in SETTLED.values() for column in columns}
    others = [each for each in Case.__struct_fields__ if each not in SETTLED and each not in ("id", "stage")]
    for field in others:
        for other in _others_of(getattr(case, field)):
            row = case_rows.case_row(msgspec.structs.replace(case, **{field: other}))
            assert {column for column in left if row[column] != before[column]} == set(), field


def _others_of(value: object) -> list[Any]:
    """Return other values of the type, where they are made without knowing more of it."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1]
    return [f"{value}x"] if type(value) is str else []


async def test_rows_are_compared_at_all(db: Database) -> None:
    (case,), entries = make_cases("c1")
    await db.submit(journal.record, Batch(entries=entries, cases={case.id: case}))
    await db.write(lambda connection: connection.execute(cases_table.update().values(worker="nobody")))
    assert await db.read(lambda connection: connection.scalar(select(cases_table.c.worker))) == "nobody"
    with pytest.raises(AssertionError):
        await db.read(check_rows)
