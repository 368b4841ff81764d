"""The engine and the store against the model: the same stories as tests/dispatch/test_machine.py, over a database.

What is kept in memory is what a restart finds, the journal makes the cases again, and its due index forgets nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import delete

from dispatch.access import Actor
from dispatch.case import Case
from dispatch.citymap import City
from dispatch.event import Event
from dispatch.ids import WorkerId
from dispatch.measures import change as difference_of
from dispatch.refusals import Refusal
from services.engine import orders, state, undoing
from services.engine.messages import take_event
from services.engine.timing import Timers
from services.engine.turn import Turn
from services.settings import Settings
from services.store import journal, measures
from services.store.database import Database
from services.store.tables import metadata
from tests.builders import TUESDAY_10
from tests.dispatch.machine import CaseMachine, Sut
from tests.parts.town import check_rows, fold, open_database, prepare

FEW = settings(max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
"""A tenth of what the core's own test does: a database is slower, and the rules are the same."""


class Stored:
    """The engine's turns over a database, one after the other, at the times that the test says."""

    is_strict = False

    def __init__(self, db: Database, city: City) -> None:
        self.db, self.engine, self.city = db, db.engine, _without_shifts(city)
        with self.engine.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
            self.state = state.load(connection, self.city, TUESDAY_10)
        self.sums: Counter[Any] = Counter()
        for worker in self.city.codes.workers:
            self.sign(worker, TUESDAY_10, on=True)

    @property
    def cases(self) -> Mapping[str, Case]:
        return _cases_of(self.state)

    def _commit(self, turn: Turn) -> None:
        with self.engine.begin() as connection:
            journal.record(connection, [turn.batch])
        for change in turn.changes:
            for key, counter, n in difference_of(change.before, change.after, self.city.timezone):
                self.sums[key, counter] += n

    def hear(self, event: Event, at: datetime) -> None:
        turn = Turn(self.state, at)
        take_event(turn, event)
        self._commit(turn)

    def command(self, case: Case, name: str, actor: Actor, data: Mapping[str, Any], at: datetime) -> Sequence[str]:
        with self.engine.begin() as connection:
            last = undoing.find_last_move(connection, case.id) if name == "undo" else None
            into = journal.find_case_id(connection, str(data["into"])) if "into" in data else None
        turn = Turn(self.state, at)
        try:
            orders.command(turn, case.id, name, actor, data, case.version, others=(into,) if into else (), last=last)
        except Refusal:
            assert turn.batch.entries == [], "a refusal leaves nothing behind"
            raise
        self._commit(turn)
        return [entry.case_id for entry in turn.batch.entries if entry.kind == "CaseOpened"]

    def pass_time(self, at: datetime) -> None:
        with self.engine.begin() as connection:
            due = journal.list_due(connection, at, 256)
        turn = Turn(self.state, at)
        Timers(self.db).tell(turn, due)
        self._commit(turn)
        with self.engine.begin() as connection:
            assert journal.list_due(connection, at, 256) == []

    def sign(self, worker: WorkerId, at: datetime, *, on: bool) -> None:
        turn = Turn(self.state, at)
        orders.sign(turn, worker, on=on)
        self._commit(turn)

    def check(self, at: datetime) -> None:
        with self.engine.begin() as connection:
            entries = journal.list_after(connection, 0, 1_000_000)
            assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
            assert fold(entries) == self.cases, "the journal makes the same cases again"
            assert _picture(state.load(connection, self.city, at), at) == _picture(self.state, at), "and so a restart"
            counted, _ = measures.count_all(connection, self.city.timezone)
            check_rows(connection)
        assert {each: n for each, n in self.sums.items() if n} == {each: n for each, n in counted.items() if n}


def _cases_of(found: state.State) -> dict[str, Case]:
    return {case.id: case for cases in (found.book.recent, found.book.cases) for case in cases.values()}


def _without_shifts(city: City) -> City:
    """Return the city with people who sign on and off by themselves."""
    codes = msgspec.structs.replace(city.codes, shifts={})
    return City(**{**{name: getattr(city, name) for name in city.__dataclass_fields__}, "codes": codes})


def _picture(found: state.State, at: datetime) -> Mapping[str, Any]:
    """Return what a restart at that time must find. What ended long before, memory keeps while it has the room."""
    told = set(found.book.list_told())

    def is_found(case: Case) -> bool:
        ended = case.closed_at or case.voided_at
        return ended is None or ended >= at - state.RECENT_FOR or case.id in told

    return {
        "cases": {name: case for name, case in _cases_of(found).items() if is_found(case)},
        "queue": set(found.book.queue),
        "waiting": {name: set(each) for name, each in found.book._waiting.items()},
        "asked": {source: {case.id for case in found.book.asked_of(source)} for source in found.city.codes.sources},
        "workers": {each.worker: (each.open_tasks, each.on_duty) for each in found.roster},
        "seq": found.seq,
    }


def run_machine(db: Database) -> None:
    class StoredMachine(CaseMachine):
        def make_sut(self, city: City) -> Sut:
            return Stored(db, city)

    run_state_machine_as_test(StoredMachine, settings=FEW)
    db.engine.dispose()


def test_on_sqlite(tmp_path: Path) -> None:
    run_machine(open_database(tmp_path))


@pytest.mark.postgres
def test_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    env = {"WARDLINE_DATA_DIR": str(tmp_path), "WARDLINE_DATABASE_URL": postgres_url}
    run_machine(prepare(Database(Settings.from_env(env).database_url)))
