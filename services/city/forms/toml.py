"""TOML: tables of a list, tables by name, and single values. Comments and layout stay (tomlkit)."""

import tomllib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from datetime import date
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from services.city.faults import Fault
from services.city.forms.keyed import apply_edits
from services.city.rows import Cells, Edit, KeyTaken, Put, Remove, Row, UnknownRow, Unreadable, key_of, number_doubles
from services.city.sections.model import Column, Section
from services.city.toml import find_toml_lines

SEPARATOR = "|"
NOTHING = "-"
"""A list that is given and holds nothing; an empty cell is one that is not given."""
Table = MutableMapping[str, Any]


def read_list(section: Section, body: bytes) -> list[Row]:
    """See `read_rows`."""
    text, values = _plain(section, body)
    lines = find_toml_lines(text)
    tables = _tables(values, section.at)
    all_cells = [_cells(table) for table in tables]
    places = [lines.get((section.at, index), lines.get((section.at,), 1)) for index in range(len(tables))]
    keys = number_doubles(key_of(section.key, cells, at) for cells, at in zip(all_cells, places, strict=True))
    return [
        Row(key=key, line=at, last_line=_last_line(lines, (section.at, index), at), cells=cells)
        for index, (key, at, cells) in enumerate(zip(keys, places, all_cells, strict=True))
    ]


def write_list(section: Section, body: bytes, edits: Sequence[Edit]) -> bytes:
    """See `write_rows`."""
    document = _document(section, body)
    tables = list(document.get(section.at) or [])
    kinds = _kinds(section)

    def change(before: Any, cells: Cells, edit: Put) -> Any:
        table = tomlkit.table() if before is None else before
        _fill(table, edit.cells if before is not None else cells, kinds)
        return table

    kept = apply_edits(section, read_list(section, body), tables, edits, change)
    _take_over(document, section.at, tables, kept)
    return tomlkit.dumps(document).encode("utf-8")


def _take_over(document: Table, at: str, before: Sequence[Any], after: Sequence[Any]) -> None:
    """Take out of a list of tables what is gone and put in what is new; what stays is not touched."""
    if at not in document:
        document[at] = tomlkit.aot()
    array = document[at]
    kept = {id(table) for table in after}
    for index in reversed(range(len(before))):
        if id(before[index]) not in kept:
            del array[index]
    old = {id(table) for table in before}
    for place, table in enumerate(after):
        if id(table) not in old:
            array.insert(place, table)
    if not array:
        document.pop(at)


def read_named(section: Section, body: bytes) -> list[Row]:
    """See `read_rows`."""
    text, values = _plain(section, body)
    lines = find_toml_lines(text)
    found = values.get(section.at)
    named = found if isinstance(found, dict) else {}
    rows = []
    for name, table in named.items():
        at = lines.get((section.at, name), lines.get((section.at,), 1))
        cells = {"id": name, **(_cells(table) if isinstance(table, dict) else {})}
        rows.append(Row(key=name, line=at, last_line=_last_line(lines, (section.at, name), at), cells=cells))
    return rows


def write_named(section: Section, body: bytes, edits: Sequence[Edit]) -> bytes:
    """See `write_rows`."""
    document = _document(section, body)
    if section.at not in document:
        document[section.at] = tomlkit.table(is_super_table=True)
    named: Table = document[section.at]
    kinds = _kinds(section)
    for edit in edits:
        _edit_named(named, edit, kinds)
    if not named:
        document.pop(section.at, None)
    return tomlkit.dumps(document).encode("utf-8")


def _edit_named(named: Table, edit: Edit, kinds: Mapping[str, Column]) -> None:
    key = edit.key
    if key is not None and key not in named:
        raise UnknownRow(key)
    if isinstance(edit, Remove):
        named.pop(edit.key)
        return
    name = edit.cells.get("id", key or "")
    table = tomlkit.table() if key is None else named[key]
    _fill(table, {each: text for each, text in edit.cells.items() if each != "id"}, kinds)
    if name != key:
        if name in named:
            raise KeyTaken(name)
        if key is not None:
            named.pop(key)
        named[name] = table


def read_values(section: Section, body: bytes) -> list[Row]:
    """See `read_rows`. Every key that the section knows has a row; one that the file lacks has no line."""
    text, values = _plain(section, body)
    lines = find_toml_lines(text)
    prefix = _path_of(section)
    table = _find(values, prefix)
    rows = []
    for column in section.rows:
        at = lines.get((*prefix, column.name), 0)
        value = _text(table.get(column.name)) if table is not None else ""
        rows.append(Row(key=column.name, line=at, last_line=at, cells={"key": column.name, "value": value}))
    return rows


def write_values(section: Section, body: bytes, edits: Sequence[Edit]) -> bytes:
    """See `write_rows`. A value that is emptied goes out of the file: the product's own holds then."""
    document = _document(section, body)
    table: Table = document
    for name in _path_of(section):
        if name not in table:
            table[name] = tomlkit.table()
        table = table[name]
    kinds = {column.name: column for column in section.rows}
    for edit in edits:
        if edit.key not in kinds:
            raise UnknownRow(edit.key or "")
        text = "" if isinstance(edit, Remove) else edit.cells.get("value", "")
        _fill(table, {edit.key: text}, kinds)
    return tomlkit.dumps(document).encode("utf-8")


def rest_of(sections: Sequence[Section], body: bytes) -> dict[str, Any]:
    """Return what a file holds beside the rows of these sections, which all stand in it."""
    _, values = _plain(sections[0], body)
    for section in sections:
        if not section.rows:
            values.pop(section.at, None)
            continue
        for column in section.rows:
            (_find(values, _path_of(section)) or {}).pop(column.name, None)
    return _without_empty(values)


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values without the tables that hold nothing any more."""
    inner = {name: _without_empty(each) if isinstance(each, dict) else each for name, each in values.items()}
    return {name: each for name, each in inner.items() if each != {}}


def read_inner(section: Section, body: bytes) -> list[Row]:
    """See `read_rows`. Tables inside those of a list; the first column names the outer one by its id."""
    text, values = _plain(section, body)
    lines = find_toml_lines(text)
    outer_column, found = section.columns[0].name, []
    for number, outer in enumerate(_tables(values, section.at)):
        for index, table in enumerate(_tables(outer, section.inner)):
            path = (section.at, number, section.inner, index)
            at = lines.get(path, 1)
            found.append((at, _last_line(lines, path, at), {outer_column: _text(outer.get("id")), **_cells(table)}))
    keys = number_doubles(key_of(section.key, cells, at) for at, _, cells in found)
    return [
        Row(key=key, line=at, last_line=last, cells=cells) for key, (at, last, cells) in zip(keys, found, strict=True)
    ]


def write_inner(section: Section, body: bytes, edits: Sequence[Edit]) -> bytes:
    """See `write_rows`. The outer tables stay; a row that names another one goes over to it."""
    document = _document(section, body)
    outers = {str(_unwrapped(each.get("id"))): each for each in document.get(section.at) or []}
    outer_column, kinds = section.columns[0].name, _kinds(section)
    things = [(name, table) for name, outer in outers.items() for table in outer.get(section.inner) or []]

    def change(before: Any, cells: Cells, edit: Put) -> Any:
        own = {name: text for name, text in (cells if before is None else edit.cells).items() if name != outer_column}
        table = tomlkit.table() if before is None or before[0] != cells[outer_column] else before[1]
        _fill(table, cells_but(cells, outer_column) if before and table is not before[1] else own, kinds)
        return cells.get(outer_column, ""), table

    kept = apply_edits(section, read_inner(section, body), things, edits, change)
    unknown = sorted({name for name, _ in kept} - set(outers))
    if unknown:
        raise UnknownRow(unknown[0])
    for name, outer in outers.items():
        before = [table for each, table in things if each == name]
        _take_over(outer, section.inner, before, [table for each, table in kept if each == name])
    return tomlkit.dumps(document).encode("utf-8")


def cells_but(cells: Cells, name: str) -> Cells:
    """Return the cells without one."""
    return {each: text for each, text in cells.items() if each != name}


# --- what they share ---------------------------------------------------------------------------------------


def _plain(section: Section, body: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = body.decode("utf-8-sig")
        return text, tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unreadable(Fault(section.file, 0, f"not readable as TOML: {error}")) from None


def _document(section: Section, body: bytes) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(body.decode("utf-8-sig"))
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise Unreadable(Fault(section.file, 0, f"not readable as TOML: {error}")) from None


def _tables(values: Mapping[str, Any], at: str) -> list[dict[str, Any]]:
    found = values.get(at, [])
    found = [found] if isinstance(found, dict) else found
    return [each if isinstance(each, dict) else {} for each in found] if isinstance(found, list) else []


def _last_line(lines: Mapping[tuple[str | int, ...], int], path: tuple[str | int, ...], at: int) -> int:
    return max((line for where, line in lines.items() if where[: len(path)] == path), default=at)


def _path_of(section: Section) -> tuple[str, ...]:
    return tuple(section.at.split(".")) if section.at else ()


def _find(values: dict[str, Any], path: Sequence[str]) -> dict[str, Any] | None:
    """Return the table at a path, None where there is none."""
    table: Any = values
    for name in path:
        table = table.get(name) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else None


def _kinds(section: Section) -> dict[str, Column]:
    return {column.name: column for column in section.columns}


def _cells(table: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of a table as text; tables inside it are rows of other sections."""
    return {name: _text(value) for name, value in table.items() if not _is_nested(value)}


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return SEPARATOR.join(_text(each) for each in value) or NOTHING
    return value if isinstance(value, str) else f"{value:%H:%M}" if hasattr(value, "hour") else str(value)


def _fill(table: Table, cells: Cells, kinds: Mapping[str, Column]) -> None:
    for name, text in cells.items():
        if text == "":
            table.pop(name, None)
        elif name not in table or _text(_unwrapped(table[name])) != text:
            kind = kinds[name].kind if name in kinds else "text"
            table[name] = _TYPED.get(kind, str)(text)


def _unwrapped(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _day(text: str) -> Any:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _list(text: str) -> Any:
    return [item.strip() for item in text.split(SEPARATOR) if item.strip() not in ("", NOTHING)]


_TYPED: Mapping[str, Callable[[str], Any]] = {
    "number": _number,
    "flag": lambda text: {"true": True, "false": False}.get(text, text),
    "date": _day,
    "list": _list,
    "refs": _list,
}
"""Kind of a column -> how its text becomes a value. What does not fit stays a text, and the reader says so."""
