"""What a section and its columns are."""

from enum import StrEnum

from msgspec import Struct

from dispatch.city import Names

NOTHING = Names("", "")


class Form(StrEnum):
    """How a section's rows stand in their file."""

    CSV = "csv"
    GEOJSON = "geojson"  # the properties of features; a feature's shape goes with its row
    TOML_LIST = "toml-list"  # [[name]] tables
    TOML_NAMED = "toml-named"  # [name.key] tables; the key is the column `id`
    TOML_VALUES = "toml-values"  # key = value; the key is the column `key`, its text the column `value`


class Option(Struct, frozen=True):
    """One value of a choice, and what it is called."""

    value: str
    label: Names


class Column(Struct, frozen=True, kw_only=True):
    """One column. `kind` says how it is edited and, in TOML, which type its value has:

    text, long (several lines), number, date, time, flag, choice (one of `options`), ref (one of the choices that
    `refers` names), refs (several of them), list (several texts of one's own), day list.
    `missing` may be left out of the file altogether; `fixed` is shown and not edited by hand.
    """

    name: str
    label: Names
    help: Names = NOTHING
    kind: str = "text"
    options: tuple[Option, ...] = ()
    refers: str = ""
    needed: bool = False
    fixed: bool = False
    optional: bool = False
    usual: str = ""
    """What an empty cell means."""


class Section(Struct, frozen=True, kw_only=True):
    """One table of the pack. `key` are the columns that tell its rows apart; `at` is the path inside a TOML file.

    `keys` are the rows that a section of form TOML_VALUES may have.
    """

    id: str
    group: str
    label: Names
    about: Names
    file: str
    form: Form = Form.CSV
    key: tuple[str, ...] = ("id",)
    at: str = ""
    columns: tuple[Column, ...]
    rows: tuple[Column, ...] = ()
    is_ordered: bool = False
    """Whether rows stand in the order of their keys: a new one goes to its place."""
    standard: bool = False
    """Whether a pack without the file has the product's own table."""


def names(zh: str, en: str) -> Names:
    return Names(zh, en)


def column(name: str, zh: str, en: str, help_zh: str = "", help_en: str = "", **more: object) -> Column:
    """Return a column; `more` are its other fields."""
    return Column(name=name, label=Names(zh, en), help=Names(help_zh, help_en), **more)  # type: ignore[arg-type]


def options(*rows: tuple[str, str, str]) -> tuple[Option, ...]:
    """Return options from (value, zh, en)."""
    return tuple(Option(value, Names(zh, en)) for value, zh, en in rows)


ID_HELP = ("字母、数字、点、下划线、连字符，至多 64 个", "Letters, digits, dot, underscore, hyphen; at most 64")


def id_column(zh: str = "编号", en: str = "Id") -> Column:
    return column("id", zh, en, *ID_HELP, needed=True)


NAME_ZH = column("name_zh", "中文名", "Chinese name", "两个名称至少填一个", "At least one of the two names")
NAME_EN = column("name_en", "英文名", "English name", "两个名称至少填一个", "At least one of the two names")
LON = column(
    "lon", "经度", "Longitude", "度；所用坐标系见城市资料", "Degrees, in the datum of the city's profile", kind="number"
)
LAT = column(
    "lat", "纬度", "Latitude", "度；所用坐标系见城市资料", "Degrees, in the datum of the city's profile", kind="number"
)
