"""K02. The power goes while limits pass.

    3,000 accepted cases, whose limits are over      [ server ]  tells each: CaseOverdue
    already when it starts, or in the seconds after      ^
                                                     kill -9, KILLS times, in the midst of telling

Each limit is told once, whatever the kills cut off; none is told before its time; the rows are what the journal says;
and the server says how late it was.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from bench.city import write_pack
from bench.open_cases import add_due, make_patterns
from dispatch.case import Case, Fact, apply
from dispatch.ids import CaseId
from services.city.build import build_city
from services.city.read import read_pack
from services.observe import clock
from services.store import case_rows, journal
from services.store.database import Database
from services.store.tables import journal as journal_table
from tests.parts.wardline import Wardline

KILLS = 5
OVERDUE, COMING = 2_000, 1_000
COMING_S = 8.0
WAIT_S = 120.0
"""For a machine that is busy with other things."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Wardline]:
    server = Wardline(tmp_path / "data", ("serve",))
    write_pack(tmp_path / "pack", 40)
    server.run("city", "load", str(tmp_path / "pack"))
    yield server
    server.kill()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_k02_no_timer_is_lost_or_told_twice_by_kills(server: Wardline, tmp_path: Path) -> None:
    chance = random.Random(4)
    db = Database(f"sqlite:///{server.data_dir / 'wardline.sqlite3'}")
    now = clock.now()
    patterns = make_patterns(build_city(read_pack(tmp_path / "pack")), now - timedelta(days=2))
    times = [now - timedelta(seconds=chance.random() * 3_600) for _ in range(OVERDUE)]
    times += [now + timedelta(seconds=chance.random() * COMING_S) for _ in range(COMING)]
    due = dict(zip(add_due(db, patterns, "late", times), times, strict=True))

    for kill in range(KILLS):
        server.start()
        told = wait_until_told(db, (kill + chance.random()) * len(due) / (KILLS + 2))
        server.kill()
        assert told < len(due), "the kill came too late to cut anything off"
    server.start()
    wait_until_told(db, len(due))
    lateness = httpx.get(f"{server.url}/metrics").text
    server.stop()

    facts = list_told(db)
    told_times = Counter(case_id for case_id, _ in facts)
    assert [case_id for case_id in due if not told_times[case_id]] == [], "lost"
    assert {case_id: n for case_id, n in told_times.items() if n > 1} == {}, "told twice"
    assert [case_id for case_id, at in facts if at < due[case_id]] == [], "told before its time"
    check_books(db)
    assert 'wardline_timer_lateness_seconds_bucket{le="+Inf"}' in lateness


def wait_until_told(db: Database, wanted: float) -> int:
    """Return how many have been told, once so many have."""
    query = select(func.count()).where(journal_table.c.kind == "CaseOverdue")
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        with db.engine.connect() as connection:
            told = connection.scalar(query) or 0
        if told >= wanted:
            return told
        time.sleep(0.01)
    raise AssertionError(f"{told} of {wanted} are told")


def list_told(db: Database) -> list[tuple[CaseId, datetime]]:
    query = select(journal_table.c.case_id, journal_table.c.at).where(journal_table.c.kind == "CaseOverdue")
    with db.engine.connect() as connection:
        return [(CaseId(row.case_id), row.at) for row in connection.execute(query)]


def check_books(db: Database) -> None:
    cases: dict[CaseId, Case] = {}
    with db.engine.connect() as connection:
        entries = journal.list_after(connection, 0, 1_000_000)
        rows = {case.id: case for case in map(case_rows.read_case, journal.list_open_docs(connection))}
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1)), "the journal has a gap"
    for entry in entries:
        if entry.case_id:
            fact = Fact(entry.case_id, entry.at, journal.read_fact(entry))
            cases[entry.case_id] = apply(cases.get(entry.case_id), fact, entry.seq)
    versions = {case_id: (case.version, case.overdue) for case_id, case in cases.items()}
    assert {case_id: (case.version, case.overdue) for case_id, case in rows.items()} == versions
