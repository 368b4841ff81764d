"""How rows stand in files, and how one row is changed without touching the others: one form for each kind of file."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from services.city.forms.features import read_features, write_features
from services.city.forms.tables import read_table, write_table
from services.city.forms.toml import read_list, read_named, read_values, write_list, write_named, write_values
from services.city.rows import Edit, Row
from services.city.sections.model import Form, Section


class Way(NamedTuple):
    """How a form is read and written. Both raise `Unreadable`; writing raises `UnknownRow` and `KeyTaken`."""

    read: Callable[[Section, bytes], list[Row]]
    write: Callable[[Section, bytes, Sequence[Edit]], bytes]


WAYS: Mapping[Form, Way] = {
    Form.CSV: Way(read_table, write_table),
    Form.GEOJSON: Way(read_features, write_features),
    Form.TOML_LIST: Way(read_list, write_list),
    Form.TOML_NAMED: Way(read_named, write_named),
    Form.TOML_VALUES: Way(read_values, write_values),
}


def read_rows(section: Section, body: bytes) -> list[Row]:
    """Return the rows of a section's file.

    :raises Unreadable: if the file is not of its form.
    """
    return WAYS[section.form].read(section, body)


def write_rows(section: Section, body: bytes, edits: Sequence[Edit]) -> bytes:
    """Return the file with the edits made; what no edit names stays as it was, byte by byte where the form allows.

    :raises Unreadable: if the file is not of its form.
    :raises UnknownRow: for a key that no row has.
    :raises KeyTaken: if a row would get the key of another.
    """
    return WAYS[section.form].write(section, body, edits) if edits else body
