"""CSV: rows keep their text unless they are changed, so that an edit is one line of the file."""

import csv
import io
from collections.abc import Sequence
from typing import NamedTuple

from services.city.faults import Fault
from services.city.forms.keyed import apply_edits
from services.city.rows import Cells, Edit, Put, Row, Unreadable, key_of, number_doubles
from services.city.sections.model import Section

BOM = "\ufeff"


class Record(NamedTuple):
    """A row as it stands: its text with the end of its line, where it is, and its cells."""

    text: str
    line: int
    last_line: int
    cells: tuple[str, ...]


class Sheet(NamedTuple):
    """A CSV file in pieces. `head` is everything up to the first row."""

    head: str
    header: tuple[str, ...]
    end: str
    records: list[Record]


def read_table(section: Section, body: bytes) -> list[Row]:
    """See `read_rows`."""
    return _rows(section, _read(section, body))


def write_table(section: Section, body: bytes, edits: Sequence[Edit]) -> bytes:
    """See `write_rows`."""
    sheet = _widen(_read(section, body), edits)

    def change(_before: str | None, cells: Cells, _edit: Put) -> str:
        return _write_line([cells.get(name, "") for name in sheet.header], sheet.end)

    texts = apply_edits(section, _rows(section, sheet), [each.text for each in sheet.records], edits, change)
    # The last line of a file may lack its end; what now follows it must begin on a line of its own.
    ended = [text if text.endswith(("\n", "\r")) else text + sheet.end for text in texts]
    return (sheet.head + "".join(ended)).encode("utf-8")


def header_of(section: Section) -> bytes:
    """Return the file of a section that has no rows."""
    return _write_line([column.name for column in section.columns], "\n").encode()


def _widen(sheet: Sheet, edits: Sequence[Edit]) -> Sheet:
    """Add the columns that an edit fills and the file does not have yet."""
    named = dict.fromkeys(
        name for edit in edits if isinstance(edit, Put) for name, value in edit.cells.items() if value
    )
    missing = [name for name in named if name not in sheet.header]
    if not missing:
        return sheet
    header = (*sheet.header, *missing)
    bom = BOM if sheet.head.startswith(BOM) else ""
    records = [
        each._replace(text=_write_line([*each.cells, *[""] * (len(header) - len(each.cells))], sheet.end))
        for each in sheet.records
    ]
    return Sheet(bom + _write_line(header, sheet.end), header, sheet.end, records)


def _read(section: Section, body: bytes) -> Sheet:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(Fault(section.file, body.count(b"\n", 0, error.start) + 1, "not UTF-8")) from None
    lines = list(io.StringIO(text, newline=""))
    table = csv.reader(
        [line.removeprefix(BOM) if number == 0 else line for number, line in enumerate(lines)], strict=True
    )
    try:
        header = tuple(name.strip() for name in next(table, []))
        at = table.line_num
        head = "".join(lines[:at]) or _write_line([column.name for column in section.columns], "\n")
        end = "\r\n" if head.endswith("\r\n") else "\n"
        records = []
        for cells in table:
            if cells:
                records.append(Record("".join(lines[at : table.line_num]), at + 1, table.line_num, tuple(cells)))
            at = table.line_num
    except csv.Error as error:
        raise Unreadable(Fault(section.file, table.line_num, f"not readable as CSV: {error}")) from None
    if not head.endswith(("\n", "\r")):
        head += end
    return Sheet(head, header or tuple(column.name for column in section.columns), end, records)


def _rows(section: Section, sheet: Sheet) -> list[Row]:
    all_cells = [dict(zip(sheet.header, record.cells, strict=False)) for record in sheet.records]
    keys = number_doubles(
        key_of(section.key, cells, record.line) for cells, record in zip(all_cells, sheet.records, strict=True)
    )
    return [
        Row(key=key, line=record.line, last_line=record.last_line, cells=cells)
        for key, record, cells in zip(keys, sheet.records, all_cells, strict=True)
    ]


def _write_line(cells: Sequence[str], end: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator=end).writerow(cells)
    return line.getvalue()
