"""The public's list is read down an index: ten thousand open cases cost no more than a page of them."""

from typing import Any

from sqlalchemy import event

from services.observe.clock import now
from services.store.public_cases import PublicFilter, Seen, list_public_cases
from tests.services.api.world import World


async def test_open_cases_are_read_down_their_index_and_closed_ones_down_theirs(world: World) -> None:
    statements: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        statements.append((statement, parameters))

    def plan(connection: Any, wanted: PublicFilter) -> str:
        statements.clear()
        event.listen(connection, "before_cursor_execute", note)
        list_public_cases(connection, wanted, Seen(hidden=["E0502"], rough=["P0118"]), after=None, limit=50)
        event.remove(connection, "before_cursor_execute", note)
        statement, parameters = next(each for each in statements if each[0].startswith("SELECT"))
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        return " ".join(row[3] for row in rows)

    opened = await world.parts.db.read(lambda connection: plan(connection, PublicFilter(is_open=True)))
    closed = await world.parts.db.read(lambda connection: plan(connection, PublicFilter(is_open=False, since=now())))
    assert "ix_cases_open_opened_at" in opened
    assert "ix_cases_closed_at" in closed
    assert "TEMP B-TREE" not in opened
