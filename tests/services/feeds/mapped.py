"""A mapping of a webhook that fills every field, for tests."""

from dispatch.webhooks import WebhookMapping

MAPPING: WebhookMapping = {
    "items": "alarms || [@]",
    "skip": "what == 'test'",
    "source": "dev",
    "at": "when",
    "category": "cat",
    "kind": "what",
    "text": "words",
    "phase": "over && 'close' || 'open'",
    "episode": "no",
    "severity": "level",
    "confidence": "sure",
    "lon": "where.x",
    "lat": "where.y",
    "accuracy_m": "where.r",
    "address": "where.text",
    "component": "part",
    "metric": "'level_m'",
    "value": "value",
    "readings": "numbers",
}
