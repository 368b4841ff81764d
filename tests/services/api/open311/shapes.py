"""What the standard says of its answers in JSON, as JSON Schema (draft 4). Written from its text, section by section.

Ids and codes are texts, booleans are booleans, what there is not is left out.
"""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_FLAG: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$"}
_NUMBER: Schema = {"type": "number"}


def _object(needed: Mapping[str, Any], **optional: Any) -> Schema:
    properties = {**needed, **optional}
    return {"type": "object", "required": list(needed), "properties": properties, "additionalProperties": False}


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


SERVICES = _list(
    _object(
        {
            "service_code": _TEXT,
            "service_name": _TEXT,
            "description": _TEXT,
            "metadata": _FLAG,
            "type": {"enum": ["realtime", "batch", "blackbox"]},
        },
        keywords=_TEXT,
        group=_TEXT,
    )
)
DEFINITION = _object(
    {
        "service_code": _TEXT,
        "attributes": _list(
            _object(
                {
                    "variable": _FLAG,
                    "code": _TEXT,
                    "datatype": {"enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]},
                    "required": _FLAG,
                    "datatype_description": _TEXT,
                    "order": {"type": "integer", "minimum": 1},
                    "description": _TEXT,
                },
                values={**_list(_object({"key": _TEXT, "name": _TEXT})), "minItems": 1},
            )
        ),
    }
)
REQUESTS = _list(
    _object(
        {
            "service_request_id": _TEXT,
            "status": {"enum": ["open", "closed"]},
            "service_name": _TEXT,
            "service_code": _TEXT,
            "description": {"type": "string", "maxLength": 4_000},
            "requested_datetime": _TIME,
            "updated_datetime": _TIME,
        },
        status_notes=_TEXT,
        agency_responsible=_TEXT,
        service_notice=_TEXT,
        expected_datetime=_TIME,
        address=_TEXT,
        address_id=_TEXT,
        zipcode=_TEXT,
        lat=_NUMBER,
        long=_NUMBER,
        media_url={"type": "string", "format": "uri"},
    )
)
RECEIPTS: Schema = {
    "type": "array",
    "minItems": 1,
    "items": {
        "oneOf": [
            _object({"service_request_id": _TEXT}, service_notice=_TEXT, account_id=_TEXT),
            _object({"token": _TEXT}, service_notice=_TEXT, account_id=_TEXT),
        ]
    },
}
TOKENS = _list(_object({"service_request_id": _TEXT, "token": _TEXT}))
ERRORS: Schema = {**_list(_object({"code": {"type": "integer"}, "description": _TEXT})), "minItems": 1}
