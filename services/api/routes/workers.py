"""The staff: who is where, who is on duty; a worker's phone tells its position and his duty."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from msgspec import Struct
from pydantic import Field

from dispatch.ids import WorkerId
from gis.point import LonLat
from services.api.fields import CommaList, Form, Id, Latitude, Longitude, Moment, parts_of
from services.api.identity import permission
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.wire import Page, Reply, reply, reply_page, router
from services.live.views import WorkerView, worker_view
from services.observe.clock import now
from services.store.accounts import Account, find_usernames_of_workers

routes = router("workers")

TRACK_MINUTES_MAX = 120
"""A longer look back is no help in finding anybody."""

OwnDuty = Annotated[Account, Depends(permission("own.duty"))]


class Position(Form):
    """Where a phone is. `at` is the phone's clock; positions count when they arrive."""

    lon: Longitude
    lat: Latitude
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] | None = None
    heading: Annotated[float, Field(ge=0, le=360)] | None = None
    at: Moment | None = None


class Duty(Form):
    on_duty: bool


class TrackPointView(Struct, frozen=True, kw_only=True):
    at: datetime
    point: LonLat
    accuracy_m: float | None


class Way(Struct, frozen=True, kw_only=True):
    """The shortest way by the roads. `on_road` is false where no road joins the two: the line is straight then."""

    points: Sequence[LonLat]
    distance_m: float
    on_road: bool


@routes.get("/workers", operation_id="listWorkers")
async def list_workers(
    request: Request,
    account: Annotated[Account, Depends(permission("workers.read"))],
    department: Annotated[CommaList, Query()] = "",
    on_duty: Annotated[bool | None, Query()] = None,
) -> Reply[Page[WorkerView]]:
    """The staff, with position, duty and open tasks as of now."""
    platform = platform_of(request)
    names = await platform.db.read(find_usernames_of_workers)
    wanted = {account.department} if account.department else set(parts_of(department))
    state = platform.desk.state
    views = [
        worker_view(worker, found, state.positions.get(worker.id), names.get(worker.id, ""))
        for found in state.roster
        if (worker := platform.city.codes.workers.get(found.worker)) is not None
        and (not wanted or worker.department in wanted)
        and (on_duty is None or found.on_duty is on_duty)
    ]
    return reply_page(sorted(views, key=lambda view: view.id))


def own_worker(request: Request, account: Account) -> WorkerId:
    """Return the worker that the account is.

    :raises Problem: `not-allowed` if it is none of the city's staff.
    """
    worker = WorkerId(account.worker_id)
    if worker not in platform_of(request).city.codes.workers:
        raise Problem("not-allowed", "This account is not one of the city's workers.")
    return worker


@routes.get("/workers/me", operation_id="getOwnWorker")
async def getown_worker(request: Request, account: OwnDuty) -> Reply[WorkerView]:
    """Me as a worker: what my phone begins with."""
    return reply(await _view(request, own_worker(request, account)))


@routes.get("/workers/me/way", operation_id="findOwnWay")
async def find_own_way(
    request: Request,
    account: OwnDuty,
    from_lon: Annotated[Longitude, Query()],
    from_lat: Annotated[Latitude, Query()],
    to_lon: Annotated[Longitude, Query()],
    to_lat: Annotated[Latitude, Query()],
) -> Reply[Way]:
    """The way from where a phone is to a task."""
    own_worker(request, account)
    start, goal = LonLat(from_lon, from_lat), LonLat(to_lon, to_lat)
    route = await asyncio.to_thread(platform_of(request).city.roads.route, start, goal)
    return reply(Way(points=route.points, distance_m=round(route.distance_m, 1), on_road=route.on_road))


@routes.post("/workers/me/position", operation_id="tellPosition", status_code=204)
async def tell_position(request: Request, position: Position, account: OwnDuty) -> Response:
    """Tell where I am, on duty. Not journalled; kept for WARDLINE_TRACK_KEEP_HOURS. Off duty it is refused (409)."""
    worker = own_worker(request, account)
    platform = platform_of(request)
    if not platform.desk.state.roster.get(worker).on_duty:
        raise Problem("conflict", "You are off duty: where you are is yours to know.")
    point = LonLat(position.lon, position.lat)
    platform.desk.set_position(worker, point)
    platform.tracks.note(worker, point, position.accuracy_m, now())
    return Response(status_code=204)


@routes.delete("/workers/me/position", operation_id="forgetPosition", status_code=204)
async def forget_position(request: Request, account: OwnDuty) -> Response:
    """Stop sharing: where I am and was is forgotten."""
    await platform_of(request).tracks.forget(own_worker(request, account))
    return Response(status_code=204)


@routes.get("/workers/{worker_id}/track", operation_id="getTrack")
async def get_track(
    request: Request,
    worker_id: Id,
    account: Annotated[Account, Depends(permission("workers.read"))],
    minutes: Annotated[int, Query(ge=1, le=TRACK_MINUTES_MAX)] = 30,
) -> Reply[Page[TrackPointView]]:
    """Where a worker on duty has been lately, oldest first; empty for one who is off duty or does not share it."""
    platform = platform_of(request)
    worker = platform.city.codes.workers.get(WorkerId(worker_id))
    if worker is None or (account.department and account.department != worker.department):
        raise Problem("not-found", "No worker has that id.")
    found = await platform.tracks.list_track(worker.id, now() - timedelta(minutes=minutes))
    return reply_page([TrackPointView(at=each.at, point=each.point, accuracy_m=each.accuracy_m) for each in found])


async def _sign(request: Request, worker: WorkerId, duty: Duty) -> Reply[WorkerView]:
    platform = platform_of(request)
    await platform.desk.set_duty(worker, on=duty.on_duty)
    return reply(await _view(request, worker))


async def _view(request: Request, worker: WorkerId) -> WorkerView:
    platform = platform_of(request)
    names = await platform.db.read(find_usernames_of_workers)
    state, found = platform.desk.state, platform.city.codes.workers[worker]
    return worker_view(found, state.roster.get(worker), state.positions.get(worker), names.get(worker, ""))


@routes.post("/workers/me/duty", operation_id="setOwnDuty")
async def set_own_duty(request: Request, duty: Duty, account: OwnDuty) -> Reply[WorkerView]:
    """Sign on or off."""
    return await _sign(request, own_worker(request, account), duty)


@routes.post("/workers/{worker_id}/duty", operation_id="setDuty")
async def set_duty(
    request: Request, worker_id: Id, duty: Duty, account: Annotated[Account, Depends(permission("workers.duty"))]
) -> Reply[WorkerView]:
    """Sign another on or off."""
    worker = platform_of(request).city.codes.workers.get(WorkerId(worker_id))
    if worker is None or (account.department and account.department != worker.department):
        raise Problem("not-found", "No worker has that id.")
    return await _sign(request, worker.id, duty)
