"""retention.csv: how long what belongs to persons is kept, where that is not what the product proposes."""

from collections.abc import Collection

from dispatch.ids import CategoryCode
from dispatch.retention import Field, Keeping
from services.city.files import Reader

RETENTION_FILE = "retention.csv"
RETENTION_COLUMNS = ("field", "category", "days")
DAYS_MAX = 36_500
"""A hundred years: what is longer is a slip of the finger."""


def read_retention(reader: Reader, categories: Collection[CategoryCode]) -> tuple[Keeping, ...]:
    """Return the rows; none where the pack has no such file."""
    if not reader.has(RETENTION_FILE):
        return ()
    found: dict[tuple[str, str], Keeping] = {}
    for row in reader.rows(RETENTION_FILE, RETENTION_COLUMNS):
        field, category = Field(row.choice("field", list(Field))), row.text("category")
        if category and not any(code.startswith(category) for code in categories):
            row.fault(f"no category has that code or begins with it: {category}")
        if (field, category) in found:
            row.fault("the field and category stand in a line above already")
        days = row.number("days", 0, DAYS_MAX)
        found[field, category] = Keeping(field=field, category=category, days=int(days))
    return tuple(found.values())
