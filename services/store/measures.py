"""The measures in the database, with the seq of the last fact that they count."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, tzinfo

from sqlalchemy import Connection, delete, insert, select

from dispatch.case import Case, apply
from dispatch.facts import Fact
from dispatch.ids import AreaCode, CaseId, CategoryCode, DepartmentId, SourceId
from dispatch.measures import Delta, Key, change, contribution
from services.store import case_rows, journal
from services.store.tables import cases, measures, measures_head
from services.store.upsert import add_up

Amounts = Mapping[tuple[Key, str], int]

_ONLY = 1
"""The head has one row."""


def read_head(connection: Connection) -> int:
    """Return the seq of the last fact that is counted; 0 before the first."""
    return connection.scalar(select(measures_head.c.seq)) or 0


def add(connection: Connection, flushes: Sequence[tuple[Amounts, int]]) -> Sequence[None]:
    """Add the amounts, which count all facts up to the seq beside them. (A `Bulk` of `Database`.)

    What the head says is counted already is not counted again: a flush may be sent twice.
    """
    for amounts, seq in flushes:
        if seq > read_head(connection):
            _increase(connection, amounts)
            _set_head(connection, seq)
    return [None] * len(flushes)


def _increase(connection: Connection, amounts: Amounts) -> None:
    rows = [_row(key, counter, n) for (key, counter), n in amounts.items() if n]
    add_up(connection, measures, "n", rows)


def find_drift(connection: Connection, timezone: tzinfo) -> Counter[tuple[Key, str]]:
    """Return by how much the kept measures differ from a count of all cases, as of one view of the database."""
    uncounted, _ = count_since(connection, read_head(connection), timezone)
    drift, _ = count_all(connection, timezone)
    drift.subtract(uncounted)
    drift.subtract(read_all(connection))
    return Counter({key: n for key, n in drift.items() if n})


def correct(connection: Connection, drift: Amounts) -> None:
    """Add what was found to be missing. The head stays: no fact is counted by it that was not."""
    _increase(connection, drift)


def read_all(connection: Connection) -> Counter[tuple[Key, str]]:
    """Return the measures as they are kept."""
    return Counter(
        {
            (
                Key(
                    date.fromisoformat(row.day),
                    AreaCode(row.street),
                    CategoryCode(row.category),
                    DepartmentId(row.department),
                    row.feed,
                    SourceId(row.source),
                    row.kind,
                ),
                row.counter,
            ): row.n
            for row in connection.execute(select(measures).where(measures.c.n != 0))
        }
    )


def _row(key: Key, counter: str, n: int) -> dict[str, object]:
    return {
        "day": key.day.isoformat(),
        "street": key.street,
        "category": key.category,
        "department": key.department,
        "feed": key.feed,
        "source": key.source,
        "kind": key.kind,
        "counter": counter,
        "n": n,
    }


def _set_head(connection: Connection, seq: int) -> None:
    connection.execute(delete(measures_head))
    connection.execute(insert(measures_head).values(id=_ONLY, seq=seq))


def sum_up(deltas: Sequence[Delta]) -> Counter[tuple[Key, str]]:
    sums: Counter[tuple[Key, str]] = Counter()
    for key, counter, n in deltas:
        sums[key, counter] += n
    return sums


def count_since(connection: Connection, head: int, timezone: tzinfo) -> tuple[Counter[tuple[Key, str]], int]:
    """Return what the facts after `head` change, and the seq of the last of them: what a crash left uncounted."""
    sums: Counter[tuple[Key, str]] = Counter()
    last = journal.last_seq(connection)
    changed = connection.scalars(select(cases.c.id).where(cases.c.version > head)).all()
    for case_id in changed:
        before, after = _replay(connection, CaseId(case_id), head)
        if after is not None:
            sums.update(sum_up(change(before, after, timezone)))
    return sums, last


def _replay(connection: Connection, case_id: CaseId, head: int) -> tuple[Case | None, Case | None]:
    """Return the case as it was at `head` and as it is now, folded from its facts."""
    before: Case | None = None
    case: Case | None = None
    after_seq = 0
    while page := journal.list_of_case(connection, case_id, after_seq):
        for entry in page:
            case = apply(case, Fact(case_id, entry.at, journal.read_fact(entry)), entry.seq)
            if entry.seq <= head:
                before = case
        after_seq = page[-1].seq
    return before, case


def count_all(connection: Connection, timezone: tzinfo) -> tuple[Counter[tuple[Key, str]], int]:
    """Return the sums over all cases, and the seq that they stand at."""
    sums: Counter[tuple[Key, str]] = Counter()
    last = journal.last_seq(connection)
    for doc in connection.execution_options(yield_per=1_000).scalars(select(cases.c.doc)):
        sums.update(sum_up(contribution(case_rows.read_case(doc), timezone)))
    return sums, last
