"""partners.csv and forwarding.csv: the other systems that the city gives cases to, and which of them get what."""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from dispatch.partners import SENDS, ForwardRule, Meaning, Partner, Updates
from services.city.cells import Row, Rows
from services.city.files import Reader
from services.city.read_profile import IDENTIFIER

PARTNERS_FILE = "partners.csv"
PARTNER_COLUMNS = ("id", "name_zh", "name_en", "endpoint")
FORWARDING_FILE = "forwarding.csv"
FORWARDING_COLUMNS = ("partner", "category", "service_code")

FORMATS = ("json", "xml")
MODES = ("keep", "hand_over")
PARTNERS_MAX = 100
"""Each is asked by connections of its own; a city that gives cases to more has a hub between them."""
CODE_MAX = 100
PLACEHOLDERS = ("number", "priority", "grid", "component", "district", "street", "community")
"""What may stand in braces in the text of an attribute."""


def read_partners(reader: Reader) -> Rows[Partner]:
    """Return the partners; none where the pack has no partners.csv."""
    if not reader.has(PARTNERS_FILE):
        return ()
    seen: dict[str, int] = {}
    found = []
    for row in reader.rows(PARTNERS_FILE, PARTNER_COLUMNS):
        partner = _partner(row)
        if partner.id in seen:
            row.fault(f"id is that of line {seen[partner.id]}")
        seen.setdefault(partner.id, row.line)
        found.append((row, partner))
    if len(found) > PARTNERS_MAX:
        found[-1][0].fault(f"{len(found)} partners; at most {PARTNERS_MAX}")
    return tuple(found)


def _partner(row: Row) -> Partner:
    name, secret = row.needed("id"), row.text("secret")
    for what, value in (("id", name), ("secret", secret)):
        if value and not IDENTIFIER.fullmatch(value):
            row.fault(f"{what} may hold letters, digits, and . _ -: {value!r}")
    zh, en = row.text("name_zh"), row.text("name_en")
    if not zh and not en:
        row.fault("name_zh and name_en are both empty")
    return Partner(
        id=name,
        name_zh=zh or en,
        name_en=en or zh,
        endpoint=_endpoint(row),
        format=row.choice("format", FORMATS, "json"),
        jurisdiction=row.text("jurisdiction"),
        secret=secret,
        internal=row.flag("internal", default=False),
        searchable=row.flag("searchable", default=True),
        updates=Updates(row.choice("updates", list(Updates), Updates.NONE)),
        poll_min=row.number("poll_min", 0.1, 1_440, 5),
        words=_words(row),
    )


def _endpoint(row: Row) -> str:
    address = row.needed("endpoint").rstrip("/")
    try:
        parts = urlsplit(address)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if address and not is_address:
        row.fault(f"endpoint must be an http or https address: {address!r}")
        return ""
    if address and (parts.username is not None or parts.query or parts.fragment):
        row.fault("endpoint must hold no name, no password and no query")
    return address


def _words(row: Row) -> Mapping[str, Meaning]:
    """Return what a partner's own words mean: `completed=handled|declined=refused`."""
    found: dict[str, Meaning] = {}
    for word, value in _pairs(row, "words").items():
        if value in set(Meaning):
            found[word.lower()] = Meaning(value)
        else:
            row.fault(f"words must lead to one of {', '.join(Meaning)}: {value!r}")
    return found


def _pairs(row: Row, name: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for item in row.items(name):
        key, _, value = (part.strip() for part in item.partition("="))
        if not (key and value):
            row.fault(f"{name} is written key=value|key=value: {item!r}")
        elif key in found:
            row.fault(f"{name} has {key} twice")
        else:
            found[key] = value
    return found


def read_forwarding(reader: Reader) -> Rows[ForwardRule]:
    """Return the rows; none where the pack has no forwarding.csv."""
    if not reader.has(FORWARDING_FILE):
        return ()
    seen: dict[tuple[object, ...], int] = {}
    found = []
    for row in reader.rows(FORWARDING_FILE, FORWARDING_COLUMNS):
        rule = _rule(row)
        key = (rule.partner, rule.category, rule.areas, rule.department)
        if key in seen:
            row.fault(f"partner, category, areas and department are those of line {seen[key]}")
        seen.setdefault(key, row.line)
        found.append((row, rule))
    return tuple(found)


def _rule(row: Row) -> ForwardRule:
    code = row.needed("service_code")
    if len(code) > CODE_MAX or "," in code:
        row.fault(f"service_code has at most {CODE_MAX} characters and no comma: {code!r}")
    sends = row.items("sends")
    for each in sends:
        if each not in SENDS:
            row.fault(f"sends must be some of {', '.join(SENDS)}: {each!r}")
    attributes = _pairs(row, "attributes")
    for value in attributes.values():
        _check_template(row, value)
    return ForwardRule(
        partner=row.needed("partner"),
        category=CategoryCode(row.needed("category")),
        service_code=code,
        areas=tuple(AreaCode(each) for each in row.items("areas")),
        department=DepartmentId(row.text("department")),
        handles=row.choice("mode", MODES, "keep") == "hand_over",
        sends=sends,
        attributes=attributes,
    )


def _check_template(row: Row, value: str) -> None:
    try:
        value.format_map(dict.fromkeys(PLACEHOLDERS, ""))
    except (KeyError, ValueError, IndexError, AttributeError):
        row.fault(f"attributes may hold {', '.join(PLACEHOLDERS)} in braces: {value!r}")


def check_forwarding(
    rules: Rows[ForwardRule],
    partners: Rows[Partner],
    categories: Collection[CategoryCode],
    areas: Collection[AreaCode],
    departments: Collection[DepartmentId],
) -> None:
    ids = {partner.id for _, partner in partners}
    for row, rule in rules:
        _known(row, "partner", rule.partner, ids)
        _known(row, "category", rule.category, categories)
        _known(row, "department", rule.department, departments)
        for area in rule.areas:
            _known(row, "area", area, areas)


def _known(row: Row, what: str, value: str, known: Collection[str]) -> None:
    if value and value not in known:
        row.fault(f"the {what} is not known: {value}")
