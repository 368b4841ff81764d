"""Alive, ready, and what Prometheus asks for."""

from datetime import datetime

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

routes = APIRouter(tags=["health"], route_class=ShapedRoute)


class Health(Struct, frozen=True, kw_only=True):
    status: str
    uptime_s: float
    at: datetime
    """What the server's clock shows."""


@routes.get("/healthz", operation_id="isAlive")
async def is_alive(request: Request) -> Reply[Health]:
    """Alive: the event loop answers."""
    return reply(Health(status="alive", at=now(), uptime_s=_uptime_s(request)))


@routes.get("/readyz", operation_id="isReady")
async def is_ready(request: Request) -> Reply[Health]:
    """Ready to serve: the database answers and the engine runs."""
    platform = platform_of(request)
    try:
        await platform.db.read(_ask)
    except SQLAlchemyError as error:
        raise Problem("overloaded", f"The database does not answer ({type(error).__name__}).") from None
    return reply(Health(status="ready", at=now(), uptime_s=_uptime_s(request)))


def _ask(connection: Connection) -> None:
    connection.execute(text("SELECT 1"))


def _uptime_s(request: Request) -> float:
    return round((now() - platform_of(request).started_at).total_seconds(), 3)


@routes.get("/metrics", operation_id="getPrometheusMetrics", response_class=Response)
async def get_prometheus() -> Response:
    """Counters and histograms in Prometheus' text format."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
