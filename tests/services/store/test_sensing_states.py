"""States of sensing rules from before 0012 are taken over, and given back."""

import json

import msgspec
from sqlalchemy import insert, select

from dispatch.sensing import SensorState
from dispatch.sensing.step import fold
from services.store import migrate
from services.store.database import Database
from services.store.tables import sensing_state
from tests.dispatch.sensors import feed, read, rule_of, said

BEFORE = {
    "held": [True, False, False],
    "since": [None, "2026-03-03T02:00:30Z", None],
    "last_at": "2026-03-03T02:00:40Z",
    "value": 26.0,
}


def read_docs(db: Database) -> dict[str, bytes]:
    with db.engine.connect() as connection:
        return {row.key: row.doc for row in connection.execute(select(sensing_state))}


def test_a_level_that_held_before_the_upgrade_holds_after_it_and_what_was_begun_goes_on(empty: Database) -> None:
    migrate.upgrade(empty.engine, "0011")
    with empty.engine.begin() as connection:
        connection.execute(insert(sensing_state).values(key="gas1/septic_gas", doc=json.dumps(BEFORE).encode()))
    migrate.upgrade(empty.engine, "0012")
    state = SensorState.read(read_docs(empty)["gas1/septic_gas"])
    assert (state.level, state.base.value) == (1, 26.0)
    _, told = feed(rule_of(persist_s=60), [read(26, 80), read(26, 90)], state)
    assert said(told) == [("update", 2, 90)], "30 of its 60 seconds were before"
    migrate.downgrade(empty.engine, "0011")
    after = json.loads(read_docs(empty)["gas1/septic_gas"])
    assert after["held"] == BEFORE["held"]
    assert [msgspec.convert(each, str | None) for each in after["since"]][1].startswith("2026-03-03T02:00:30")


def test_what_the_version_before_has_no_word_for_goes_with_the_downgrade(empty: Database) -> None:
    migrate.upgrade(empty.engine, "0012")
    silence = rule_of(kind="absence", levels=(10, None, None))
    heard, _ = feed(silence, [read(1, 0)])
    level, _ = feed(rule_of(), [read(60, 0)])
    assert heard is not None
    assert level is not None
    rows = [
        {"key": "gas1/silent", "doc": heard.write()},
        {"key": "s" * 80 + "/" + "r" * 64, "doc": level.write()},
        {"key": "gas1/gas", "doc": level.write()},
    ]
    with empty.engine.begin() as connection:
        connection.execute(insert(sensing_state), rows)
    migrate.downgrade(empty.engine, "0011")
    assert set(read_docs(empty)) == {"gas1/gas"}
    migrate.upgrade(empty.engine, "0012")
    assert fold(rule_of(), SensorState.read(read_docs(empty)["gas1/gas"]).base, ()).level == 0
