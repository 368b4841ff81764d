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
    _take_over(document, section, tables, kept)
    return tomlkit.dumps(document).encode("utf-8")


def _take_over(document: Table, section: Section, before: Sequence[Any], after: Sequence[Any]) -> None:
    """Take out of a list of tables what is gone and put in what is new; what stays is not touched."""
    at = section.at
    if at not in document:
        document[at] = tomlkit.aot()
    array = document[at]
    kept = {id(table) for table in after}
    for index in reversed(range(len(before))):
        if id(before[index]) not in kept:
            del array[index]
    old = {id(table) for table in before}
    for table in after:
        if id(table) not in old:
            array.insert(_place_in(section, array, table), table)
    if not array:
        document.pop(at)


def _place_in(section: Section, array: Sequence[Any], table: Any) -> int:
    """Return where a new table goes: before the first with a later key where rows are ordered, else last."""
    if not section.is_ordered:
        return len(array)
    key = key_of(section.key, _cells(table), 0)
    return next((at for at, each in enumerate(array) if key_of(section.key, _cells(each), 0) > key), len(array))


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
    table = values.get(section.at, {}) if section.at else values
    prefix = (section.at,) if section.at else ()
    rows = []
    for column in section.rows:
        at = lines.get((*prefix, column.name), 0)
        value = _text(table.get(column.name)) if isinstance(table, dict) else ""
        rows.append(Row(key=column.name, line=at, last_line=at, cells={"key": column.name, "value": value}))
    return rows


def write_values(section: Section, body: bytes, edits: Sequence[Edit]) -> bytes:
    """See `write_rows`. A value that is emptied goes out of the file: the product's own holds then."""
    document = _document(section, body)
    if section.at and section.at not in document:
        document[section.at] = tomlkit.table()
    table: Table = document[section.at] if section.at else document
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
        table = values.get(section.at) if section.at else values
        for column in section.rows if isinstance(table, dict) else ():
            table.pop(column.name, None)  # type: ignore[union-attr]
        if section.at and not table:
            values.pop(section.at, None)
    return values


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


def _kinds(section: Section) -> dict[str, Column]:
    return {column.name: column for column in section.columns}


def _cells(table: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in table.items()}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return SEPARATOR.join(_text(each) for each in value)
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
    return [item.strip() for item in text.split(SEPARATOR) if item.strip()]


_TYPED: Mapping[str, Callable[[str], Any]] = {
    "number": _number,
    "flag": lambda text: {"true": True, "false": False}.get(text, text),
    "date": _day,
    "list": _list,
}
"""Kind of a column -> how its text becomes a value. What does not fit stays a text, and the reader says so."""
