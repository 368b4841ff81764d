"""same_happening.csv and autofile.csv: which categories may be one happening, and whose word is filed by itself."""

from collections.abc import Collection, Mapping

from dispatch.autofile import FIELDS
from dispatch.category import Category
from dispatch.city import AutoFile, Same, Source
from dispatch.ids import CategoryCode, SourceId
from dispatch.kin import GATEWAY, NEAR, RELATIONS
from services.city.cells import Row, Rows
from services.city.files import Reader
from services.city.pack import SAME_FILE

SAME_COLUMNS = ("category", "other", "relation", "leads")
AUTOFILE_FILE = "autofile.csv"
AUTOFILE_COLUMNS = ("category", "type", "feed", "kind", "source", "threshold", "enabled")

ANY_KIND = ("", "camera", "sensor", "gateway", "desk")


def read_same(reader: Reader) -> Rows[Same]:
    """Return the pairs; none where the pack has no such file."""
    if not reader.has(SAME_FILE):
        return ()
    seen: dict[tuple[str, frozenset[str]], int] = {}
    found = []
    for row in reader.rows(SAME_FILE, SAME_COLUMNS):
        same = Same(
            category=CategoryCode(row.needed("category")),
            other=CategoryCode(row.text("other")),
            relation=row.choice("relation", RELATIONS),
            leads=CategoryCode(row.text("leads")),
        )
        _check_pair(row, same)
        key = (same.relation, frozenset((same.category, same.other)))
        if key in seen:
            row.fault(f"category, other and relation are those of line {seen[key]}")
        seen.setdefault(key, row.line)
        found.append((row, same))
    return tuple(found)


def _check_pair(row: Row, same: Same) -> None:
    if same.relation == NEAR and same.other in ("", same.category):
        row.fault("other must be another category: one's own is the same happening anyhow")
    if same.relation == GATEWAY and same.other not in ("", same.category):
        row.fault("other must be empty: what befalls a gateway befalls its sources alike")
    if same.leads and same.leads not in (same.category, same.other):
        row.fault("leads must be one of the two categories, or empty")


def read_autofile(reader: Reader) -> Rows[AutoFile]:
    """Return the rows; none where the pack has no such file."""
    if not reader.has(AUTOFILE_FILE):
        return ()
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for row in reader.rows(AUTOFILE_FILE, AUTOFILE_COLUMNS):
        rule = AutoFile(
            category=CategoryCode(row.text("category")),
            type=row.text("type"),
            feed=row.text("feed"),
            kind=row.choice("kind", ANY_KIND),
            source=SourceId(row.text("source")),
            threshold=row.find_number("threshold", 0, 1),
            enabled=row.flag("enabled", True),
        )
        key = tuple(str(getattr(rule, name)) for name in FIELDS)
        if key in seen:
            row.fault(f"the row stands in line {seen[key]} already")
        seen.setdefault(key, row.line)
        found.append((row, rule))
    return tuple(found)


def check_same(rows: Rows[Same], categories: Mapping[CategoryCode, Category]) -> None:
    for row, same in rows:
        for name, code in (("category", same.category), ("other", same.other)):
            _known(row, name, code, categories)


def check_autofile(
    rows: Rows[AutoFile],
    categories: Mapping[CategoryCode, Category],
    types: Collection[str],
    sources: Rows[Source],
) -> None:
    ids = {source.id for _, source in sources}
    for row, rule in rows:
        _known(row, "category", rule.category, categories)
        _known(row, "type", rule.type, types)
        _known(row, "source", rule.source, ids)


def _known(row: Row, what: str, value: str, known: Collection[str]) -> None:
    if value and value not in known:
        row.fault(f"the {what} is not known: {value}")
