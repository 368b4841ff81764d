"""What a partner is sent of a case: what its row says, and nothing else. It is put together when it is sent."""

from collections.abc import Mapping
from typing import Any

from dispatch.case import Case
from dispatch.partners import ForwardRule
from dispatch.redaction import black_out
from services.store.reporters import Reporter

DESCRIPTION_MAX = 4_000
"""Characters (GeoReport v2)."""
PICTURES_MAX = 3
PICTURES_MAX_BYTES = 10 * 1024 * 1024
"""Of all pictures of one request: what a form of common servers holds."""


class NoPlace(Exception):
    """The case has neither a position nor an address that the row lets go."""


def mark_of(city: str, reference: str) -> str:
    """Return what stands at the end of a description: by it a request is found whose answer was lost."""
    return f"[{city} {reference}]"


def compose(case: Case, rule: ForwardRule, city: str, reference: str, reporter: Reporter | None) -> Mapping[str, Any]:
    """Return the fields of a request, but for key and jurisdiction.

    :raises NoPlace: if there is none that may be sent.
    """
    fields: dict[str, Any] = {"service_code": rule.service_code}
    point = case.place.point
    if point is not None:
        fields |= {"lat": f"{point.lat:.6f}", "long": f"{point.lon:.6f}"}
    if "address" in rule.sends and case.place.address:
        fields["address_string"] = black_out(case.place.address)
    if "lat" not in fields and "address_string" not in fields:
        raise NoPlace
    mark = mark_of(city, reference)
    words = black_out(case.text)[: DESCRIPTION_MAX - len(mark) - 1] if "text" in rule.sends else ""
    fields["description"] = f"{words}\n{mark}" if words else mark
    fields |= {f"attribute[{code}]": fill(text, case) for code, text in rule.attributes.items()}
    fields.update(_personal(rule, reporter))
    return fields


def _personal(rule: ForwardRule, reporter: Reporter | None) -> Mapping[str, str]:
    if reporter is None:
        return {}
    told = {
        "name": ("first_name", reporter.name),
        "phone": ("phone", reporter.phone),
        "email": ("email", reporter.email),
    }
    return {field: value for what, (field, value) in told.items() if what in rule.sends and value}


def needs_reporter(rule: ForwardRule) -> bool:
    """Say whether a row lets anything of the reporter go."""
    return bool({"name", "phone", "email"} & set(rule.sends))


def fill(template: str, case: Case) -> str:
    """Return an attribute's text for a case."""
    place = case.place
    return template.format_map(
        {
            "number": case.number,
            "priority": case.priority.value,
            "grid": place.grid,
            "component": place.component,
            "district": place.district,
            "street": place.street,
            "community": place.community,
        }
    )
