"""How a case was rated last stands beside it, also where an earlier version was told of it."""

from sqlalchemy import insert, select

from dispatch.ids import CaseId
from dispatch.record import Rating
from services.store import migrate
from services.store.case_rows import case_row
from services.store.database import Database
from services.store.tables import cases, journal
from tests.builders import local, make_case

RATINGS = (
    Rating(report="R-260303-00001", stars=5, at=local(4, 9)),
    Rating(report="R-260303-00002", stars=2, at=local(5, 9, 30)),
)


def test_ratings_of_the_version_before_are_found_by_the_migration(empty: Database) -> None:
    migrate.upgrade(empty.engine)
    rated, other = make_case(id=CaseId("rated"), ratings=RATINGS), make_case(id=CaseId("other"))
    rows = [{**case_row(case), "number": case.id, "rated_at": None, "stars": None} for case in (rated, other)]
    fact = {"seq": 1, "case_id": rated.id, "kind": "ReportRated", "at": local(5, 9, 30), "data": b"{}"}
    fact |= {"area": "", "department": "", "workers": ""}
    with empty.engine.begin() as connection:
        connection.execute(insert(cases), rows)
        connection.execute(insert(journal), [fact])
    migrate.downgrade(empty.engine, "0022")
    migrate.upgrade(empty.engine)
    with empty.engine.begin() as connection:
        found = {row.id: (row.rated_at, row.stars) for row in connection.execute(select(cases))}
    assert found == {"rated": (local(5, 9, 30), 2), "other": (None, None)}
    assert case_row(rated)["stars"] == 2
