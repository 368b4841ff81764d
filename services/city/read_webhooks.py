"""webhooks.csv: how the JSON of senders without a feed of their own is read, one JMESPath expression a field."""

from collections.abc import Mapping

import jmespath
from jmespath.exceptions import JMESPathError

from dispatch.webhooks import WEBHOOK_FIELDS, WEBHOOK_SAYS, WebhookMapping
from services.city.cells import Row
from services.city.files import Reader
from services.city.read_profile import IDENTIFIER

WEBHOOKS_FILE = "webhooks.csv"
WEBHOOK_COLUMNS = ("mapping", "field", "expression")

EXPRESSION_MAX = 1_000
"""Characters: what is longer is a program, and belongs in a feed."""


def read_webhooks(reader: Reader) -> Mapping[str, WebhookMapping]:
    """Return the mappings by name; none where the pack has no webhooks.csv."""
    if not reader.has(WEBHOOKS_FILE):
        return {}
    found: dict[str, dict[str, str]] = {}
    first: dict[str, Row] = {}
    for row in reader.rows(WEBHOOKS_FILE, WEBHOOK_COLUMNS):
        name, field = row.needed("mapping"), row.choice("field", WEBHOOK_FIELDS)
        if name and not IDENTIFIER.fullmatch(name):
            row.fault(f"mapping may hold letters, digits, and . _ -: {name!r}")
        mapping = found.setdefault(name, {})
        if field in mapping:
            row.fault(f"field {field} of {name} stands in a line above already")
        first.setdefault(name, row)
        mapping[field] = _expression(row)
    for name, mapping in found.items():
        if not any(field in mapping for field in WEBHOOK_SAYS):
            first[name].fault(f"mapping {name} says nothing: it needs one of {', '.join(WEBHOOK_SAYS)}")
        if "value" in mapping and "metric" not in mapping:
            first[name].fault(f"mapping {name} has a value but no metric")
    return found


def _expression(row: Row) -> str:
    text = row.needed("expression")
    if len(text) > EXPRESSION_MAX:
        row.fault(f"expression has {len(text)} characters; at most {EXPRESSION_MAX}")
        return ""
    try:
        if text:
            jmespath.compile(text)
    except (JMESPathError, RecursionError) as error:
        row.fault(f"expression is no JMESPath: {str(error).splitlines()[0]}")
    return text
