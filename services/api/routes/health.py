"""Alive, ready, and what Prometheus asks for."""

import asyncio
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.wire import Reply, ShapedRoute, reply
from services.observe.clock import now
from services.store.bucket_shelf import open_shelf
from services.store.shelf import BucketAway, on_shelf

routes = APIRouter(tags=["health"], route_class=ShapedRoute)

ASK_S = 3.0
"""How long the bucket has to answer: who asks whether a server is ready does not wait for longer."""


class Health(Struct, frozen=True, kw_only=True):
    status: str
    uptime_s: float
    at: datetime
    """What the server's clock shows."""


class Readiness(Struct, frozen=True, kw_only=True):
    """`media` is `unreachable` while the bucket of pictures and recordings does not answer: all else is served."""

    status: str
    uptime_s: float
    at: datetime
    media: Literal["ready", "unreachable"]


@routes.get("/healthz", operation_id="isAlive")
async def is_alive(request: Request) -> Reply[Health]:
    """Alive: the event loop answers."""
    return reply(Health(status="alive", at=now(), uptime_s=_uptime_s(request)))


@routes.get("/readyz", operation_id="isReady")
async def is_ready(request: Request) -> Reply[Readiness]:
    """Ready to serve: the database answers and the engine runs. Without pictures a city can be served (ADR 0061)."""
    platform = platform_of(request)
    try:
        await platform.db.read(_ask)
    except SQLAlchemyError as error:
        raise Problem("overloaded", f"The database does not answer ({type(error).__name__}).") from None
    media = await _ask_shelf(request)
    return reply(Readiness(status="ready", at=now(), uptime_s=_uptime_s(request), media=media))


async def _ask_shelf(request: Request) -> Literal["ready", "unreachable"]:
    try:
        async with asyncio.timeout(ASK_S):
            await on_shelf(open_shelf(platform_of(request).settings).check)
    except (BucketAway, TimeoutError):
        return "unreachable"
    return "ready"


def _ask(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


def _uptime_s(request: Request) -> float:
    return round((now() - platform_of(request).started_at).total_seconds(), 3)


@routes.get("/metrics", operation_id="getPrometheusMetrics", response_class=Response)
async def get_prometheus() -> Response:
    """Counters and histograms in Prometheus' text format."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
