"""What of a webhook's JSON is what: the fields that a mapping of the city pack may fill."""

from collections.abc import Mapping
from types import MappingProxyType

WebhookMapping = Mapping[str, str]
"""Field -> JMESPath expression."""

WEBHOOK_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "items": "the list of things that the body tells; without it the body is one",
        "skip": "true for what says nothing to the city",
        "source": "what the sender calls its camera or sensor (`external_id`)",
        "at": "when: RFC 3339 with a zone, or seconds or milliseconds since 1970",
        "category": "category code",
        "kind": "a detector's word, as the labels of the video types have it",
        "text": "words",
        "phase": "`open`, `update`, `close`, `pulse` (what it is without this), `sync`",
        "episode": "what ties the messages of one happening together",
        "severity": "1 advisory, 2 warning, 3 alarm",
        "confidence": "0 to 1",
        "lon": "degrees, in the source's datum",
        "lat": "degrees",
        "accuracy_m": "metres",
        "address": "where, in words",
        "component": "id of the part",
        "metric": "what `value` measures",
        "value": "a number: the item is a reading",
        "readings": "an object of numbers: one reading each, inner names joined by dots",
    }
)
WEBHOOK_SAYS = ("category", "kind", "text", "value", "readings")
"""A mapping needs one of them at least: the others only say how, where and when."""
WEBHOOK_USUAL = "default"
"""The mapping of sources that have none of their own."""
