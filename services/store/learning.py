"""What people wrote, and what a person said that it is: the texts that a city's own model learns from."""

from collections.abc import Iterator

from msgspec import Struct
from sqlalchemy import Connection, and_, or_, select

from dispatch.facts import CaseDeclined, CaseFiled, CaseOpened, CaseReclassified
from dispatch.facts.base import BY_RULE
from dispatch.ids import CaseId
from dispatch.retention import PEOPLE_FEEDS
from services.store.case_rows import read_case
from services.store.journal import list_of_case, read_fact
from services.store.tables import cases

PAGE = 500


class Chosen(Struct, frozen=True, kw_only=True):
    """One text and the category that a person has let stand or put right. `corrected` says which of the two."""

    text: str
    category: str
    corrected: bool


def iterate_chosen(connection: Connection) -> Iterator[Chosen]:
    """Yield the texts of persons' reports whose category a person has decided, the oldest first.

    He has decided it where he has changed it, or has filed the case or declined to with it. What was void says nothing:
    it was no matter at all. Erased texts are gone from here too.
    """
    after_at, after_id = None, ""
    while True:
        query = select(cases.c.id, cases.c.opened_at, cases.c.doc).where(
            cases.c.feed.in_(PEOPLE_FEEDS), cases.c.text != "", cases.c.category != ""
        )
        if after_at is not None:
            later = and_(cases.c.opened_at == after_at, cases.c.id > after_id)
            query = query.where(or_(cases.c.opened_at > after_at, later))
        rows = connection.execute(query.order_by(cases.c.opened_at, cases.c.id).limit(PAGE)).all()
        if not rows:
            return
        after_at, after_id = rows[-1].opened_at, rows[-1].id
        for row in rows:
            chosen = _chosen(connection, row.id, row.doc)
            if chosen is not None:
                yield chosen


def _chosen(connection: Connection, case_id: str, doc: bytes) -> Chosen | None:
    case = read_case(doc)
    first, decided = "", False
    for entry in list_of_case(connection, CaseId(case_id)):
        fact = read_fact(entry)
        if isinstance(fact, CaseOpened):
            first = fact.category
        elif isinstance(fact, CaseReclassified | CaseFiled | CaseDeclined):
            decided = decided or fact.by != BY_RULE
    if not decided:
        return None
    return Chosen(text=case.text, category=case.category, corrected=case.category != first)
