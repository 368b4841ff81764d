"""How an answer is made: a frozen value, encoded once, described in OpenAPI from the same type.

A handler's return annotation `Reply[CaseView]` is all there is to say: the route class reads it, the document
takes the shape from it, and mypy sees that the handler gives what it promises.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from msgspec import Struct
from starlette.responses import Response

from dispatch.city import Names
from services.api.doors import DOORS, OPEN, SECURITY
from services.api.problems import CONTENT_TYPE

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode
_REF = "#/components/schemas/{name}"


class Reply(Response, Generic[T]):
    """An answer whose body is the JSON of a `T`."""

    media_type = "application/json"


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list; `next` is the cursor of the part after it."""

    items: Sequence[T]
    next: str | None


class ProblemDetails(Struct, frozen=True):
    """RFC 9457. Some kinds carry more members: `errors`, `legal`."""

    type: str
    title: str
    titles: Names
    status: int
    detail: str = ""


def reply(body: T, status: int = 200, headers: dict[str, str] | None = None) -> Reply[T]:
    """Return the value as an answer."""
    return Reply(_encode(body), status, headers)


def reply_page(items: Sequence[T], after: str | None = None) -> Reply[Page[T]]:
    return Reply(_encode(Page(items=items, next=after)))


def encode(body: object) -> bytes:
    """Return the value as JSON, as every answer has it."""
    return _encode(body)


def rfc3339(at: datetime) -> str:
    """Return the instant as the wire has it: 2026-03-01T08:00:00Z."""
    return at.isoformat().replace("+00:00", "Z")


def shape_of(endpoint: Callable[..., Any]) -> Any:
    """Return `T` of a handler's `-> Reply[T]`; None where it answers with something else."""
    returned = get_type_hints(endpoint).get("return")
    return get_args(returned)[0] if get_origin(returned) is Reply else None


class ShapedRoute(APIRoute):
    """A route that is described by its handler's return annotation."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        options["response_model"] = None
        super().__init__(path, endpoint, **options)


def router(tag: str) -> APIRouter:
    """Return a router for one noun."""
    return APIRouter(prefix="/api/v1", tags=[tag], route_class=ShapedRoute)


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> dict[str, Any]:
    """Return the OpenAPI document: FastAPI's own, with the shapes of the answers put in."""
    document = get_openapi(
        title="Wardline",
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
        separate_input_output_schemas=False,
    )
    shaped = [(route, shape) for route in _list_routes(routers) if (shape := shape_of(route.endpoint)) is not None]
    shapes = [shape for _, shape in shaped]
    schemas, components = msgspec.json.schema_components([*shapes, ProblemDetails], ref_template=_REF)
    for (route, _), schema in zip(shaped, schemas, strict=False):
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            content = {"application/json": {"schema": schema}}
            answer = operation["responses"].setdefault(str(route.status_code or 200), {"description": "Done"})
            answer["content"] = content
    document["paths"].update(DOORS)
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        if operation["operationId"] not in OPEN:
            operation.setdefault("security", [{"session": []}, {"token": []}])
        operation["responses"].pop("422", None)
        operation["responses"]["4XX"] = {
            "description": "A refusal, as RFC 9457 problem details",
            "content": {CONTENT_TYPE: {"schema": schemas[-1]}},
        }
    document.setdefault("components", {})["securitySchemes"] = dict(SECURITY)
    all_schemas = document["components"].setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        all_schemas.pop(name, None)
    all_schemas.update(components)
    return document


def _list_routes(routers: Sequence[APIRouter]) -> list[APIRoute]:
    return [route for each in routers for route in each.routes if isinstance(route, APIRoute)]
