"""Whose duty it is: the responsibility matrix, looked up from the most particular row to the most general."""

from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from dispatch.category import Category
from dispatch.city import Codes
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from dispatch.place import Place
from dispatch.reasons import Reason

ANSWERS_KEPT = 4_096
"""Answers kept: more than one turn of the engine can ask for."""

CODES_KEPT = 8
"""Cities of one process whose tables are kept ready; tests and reloads make more than one."""

_Key = tuple[CategoryCode, str, AreaCode]


class Responsible(Struct, frozen=True, gc=False):
    """The department that answers, and the row that says so."""

    department: DepartmentId
    because: Reason


class DutyTable(Struct, frozen=True, eq=False):
    """The matrix by (category, trade, area), and the department of each trade where no row speaks."""

    rows: Mapping[_Key, DepartmentId]
    by_trade: Mapping[str, DepartmentId]
    answers: dict[tuple[CategoryCode, tuple[AreaCode, ...]], Responsible | None]
    """The last answers: each case asks twice, and happenings come in clusters."""
    pairs: frozenset[tuple[CategoryCode, str]]
    """The (category, trade) pairs that rows speak of: of the four that are asked most cities have one or two."""

    def find(self, category: Category, place: Place) -> Responsible | None:
        """Return who answers for a category at a place: category before trade, a small area before a large one.

        Where no row fits, the (first) department of the category's trade answers; None where there is none either.
        """
        asked = (category.code, place.path)
        if asked not in self.answers:
            if len(self.answers) >= ANSWERS_KEPT:
                self.answers.clear()
            self.answers[asked] = self._find(category, place)
        return self.answers[asked]

    def _find(self, category: Category, place: Place) -> Responsible | None:
        areas = (*place.path, AreaCode(""))
        for pair in (
            (category.code, category.trade),
            (category.code, ""),
            (CategoryCode(""), category.trade),
            (CategoryCode(""), ""),
        ):
            if pair not in self.pairs:
                continue
            code, trade = pair
            for area in areas:
                department = self.rows.get((code, trade, area))
                if department is not None:
                    return Responsible(department, _reason(department, code, trade, area))
        department = self.by_trade.get(category.trade)
        if department is None:
            return None
        return Responsible(department, Reason("duty.of_trade", {"department": department, "trade": category.trade}))


def _reason(department: DepartmentId, code: CategoryCode, trade: str, area: AreaCode) -> Reason:
    values = {"department": department, "category": code or "*", "trade": trade or "*", "area": area or "*"}
    return Reason("duty.row", values)


@lru_cache(maxsize=CODES_KEPT)
def duty_table(codes: Codes) -> DutyTable:
    """Return a city's matrix, ready to be looked up in (made once per city)."""
    rows: dict[_Key, DepartmentId] = {}
    for duty in codes.duties:
        rows.setdefault((duty.category, duty.trade, duty.area), duty.department)
    by_trade: dict[str, DepartmentId] = {}
    for department in sorted(codes.departments.values(), key=lambda each: each.id):
        by_trade.setdefault(department.trade, department.id)
    return DutyTable(rows, by_trade, {}, frozenset((code, trade) for code, trade, _ in rows))
