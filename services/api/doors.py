"""What the OpenAPI document says of the intake's doors, which are no typed routes (`services/intake/doors.py`)."""

from collections.abc import Mapping
from typing import Any

_ANSWERS = {
    "202": {
        "description": "Durable. The same message again gives the same ids and has no second effect.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["accepted", "message_ids"],
                    "properties": {
                        "accepted": {"type": "integer"},
                        "message_ids": {"type": "array", "items": {"type": "string"}},
                    },
                }
            }
        },
    }
}


def _door(
    operation_id: str, about: str, content: Mapping[str, Any], parameters: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "post": {
            "tags": ["intake"],
            "operationId": operation_id,
            "summary": about,
            "parameters": parameters,
            "security": [{"sourceKey": []}],
            "requestBody": {"required": True, "content": content},
            "responses": dict(_ANSWERS),
        }
    }


_FEED = {"name": "feed", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 40}}
_KEY = {
    "name": "key",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The source's key, for feeds whose devices cannot send headers",
}

DOORS: Mapping[str, Any] = {
    "/api/v1/intake/{feed}": _door(
        "takeMessage",
        "Take a message in its feed's own format, one or (where the format has it) many",
        {"application/json": {"schema": {}}},
        [_FEED, _KEY],
    ),
    "/api/v1/events": _door(
        "takeCloudEvents",
        "Take CloudEvents 1.0: structured, batched or binary",
        {
            "application/cloudevents+json": {"schema": {"type": "object"}},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": {"type": "object"}}},
        },
        [],
    ),
}

SECURITY: Mapping[str, Any] = {
    "session": {"type": "apiKey", "in": "cookie", "name": "wardline_session"},
    "token": {"type": "http", "scheme": "bearer", "description": "An API token of an account"},
    "sourceKey": {"type": "http", "scheme": "bearer", "description": "The key of a source"},
}
"""Ways to say who asks. An unsafe request by cookie also carries the cookie `wardline_csrf` in X-CSRF-Token."""

OPEN = frozenset(
    {
        "signIn",
        "signOut",
        "getWaysToSignIn",
        "beginSignOn",
        "endSignOn",
        "report",
        "getChallenge",
        "suggestCategories",
        "followReport",
        "listReportQuestions",
        "findOpenNear",
        "findComponentsNear",
        "getComponent",
        "getReportPhoto",
        "blurReportPhoto",
        "getOwnData",
        "eraseOwnData",
        "getReportResult",
        "writeToOffice",
        "rateReport",
        "reopenReport",
        "withdrawReport",
        "redactReport",
        "listReportContacts",
        "addReportContact",
        "confirmReportContact",
        "removeReportContact",
        "followArea",
        "unfollow",
        "listWaysToBeTold",
        "subscribe",
        "confirmSubscription",
        "askToUnsubscribe",
        "unsubscribe",
        "listPublicCases",
        "getPublicMap",
        "getPublicCase",
        "getCity",
        "getCalendars",
        "getGrids",
        "findPlaces",
        "locate",
        "isAlive",
        "isReady",
        "getPrometheusMetrics",
    }
)
"""Operations that ask for no credentials."""
