"""What a worker's phone needs beside his tasks: colleagues, his day, what he found himself, what he told too late."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Request
from msgspec import Struct
from pydantic import Field, model_validator

from dispatch.city import Names
from dispatch.ids import CaseId
from services.api.fields import Form, Id, Latitude, Longitude, MediaIds, Prose, Short, start_of
from services.api.once import once
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.cases import check_media
from services.api.routes.workers import OwnDuty, own_worker
from services.api.wire import Page, Reply, reply, reply_page, router
from services.engine.people import actor_of
from services.live.views import CategoryName, category_name
from services.observe.clock import now
from services.store.worker_day import DayFigures, count_day, was_concerned

routes = router("field")

CHANNEL = "worker"
"""How a case that a worker found himself came in. It is looked at by a person like any other report."""


LATE_WITHIN = timedelta(days=7)
"""A phone comes back from a long weekend; who had a case months ago has nothing to add to it."""


class DutyMate(Struct, frozen=True, kw_only=True):
    """One of the same department. Where he is, is not told."""

    id: str
    name: Names
    on_duty: bool
    open_tasks: int


class OwnDay(Struct, frozen=True, kw_only=True):
    """My figures since the city's midnight."""

    since: datetime
    figures: DayFigures


class Finding(Form):
    """Something that a worker has seen himself."""

    text: Prose = ""
    category: Short = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] | None = None
    address: Short = ""
    media: MediaIds = ()

    @model_validator(mode="after")
    def _is_whole(self) -> "Finding":
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat belong together")
        if not (self.text.strip() or self.category or self.media):
            raise ValueError("words, a category or a picture are needed")
        return self


class Found(Struct, frozen=True, kw_only=True):
    """What has come of a finding: its case, new or known."""

    case_id: str
    number: str
    stage: str
    category: CategoryName


class LateReport(Form):
    """What a worker did without a signal, and could not be done any more when his phone told it."""

    note: Annotated[Prose, Field(min_length=1)]
    media: MediaIds = ()


class Kept(Struct, frozen=True, kw_only=True):
    """The case that has the worker's words and pictures now, and where it stands: he may not see it any more."""

    case_id: str
    number: str
    stage: str


@routes.get("/workers/me/colleagues", operation_id="listDutyMates")
async def list_duty_mates(request: Request, account: OwnDuty) -> Reply[Page[DutyMate]]:
    """Those of my department to whom I may hand a task over: on duty first."""
    platform = platform_of(request)
    workers, me = platform.city.codes.workers, own_worker(request, account)
    found = [
        DutyMate(
            id=state.worker,
            name=Names(worker.name_zh, worker.name_en),
            on_duty=state.on_duty,
            open_tasks=state.open_tasks,
        )
        for state in platform.desk.state.roster
        if (worker := workers.get(state.worker)) is not None
        and worker.department == workers[me].department
        and worker.id != me
    ]
    return reply_page(sorted(found, key=lambda each: (not each.on_duty, each.open_tasks, each.id)))


@routes.get("/workers/me/day", operation_id="getOwnDay")
async def get_own_day(request: Request, account: OwnDuty) -> Reply[OwnDay]:
    """What I have done since the city's midnight."""
    platform, worker = platform_of(request), own_worker(request, account)
    zone = platform.city.timezone
    since = start_of(now().astimezone(zone).date(), zone)
    figures = await platform.db.read(lambda connection: count_day(connection, worker, since))
    return reply(OwnDay(since=since, figures=figures))


@routes.post("/workers/me/findings", operation_id="reportFinding", status_code=201)
async def report_finding(request: Request, finding: Finding, account: OwnDuty) -> Reply[Found]:
    """Report something that I have seen. Honours Idempotency-Key. What is known already is attached to its case."""
    own_worker(request, account)
    await check_media(request, finding.media)

    async def run() -> Reply[Found]:
        platform = platform_of(request)
        fields = {**finding.model_dump(), "channel": CHANNEL}
        case = await platform.desk.open_case(actor_of(account, platform.city), fields)
        category = category_name(case.category, platform.city.codes)
        return reply(Found(case_id=case.id, number=case.number, stage=case.stage.value, category=category), 201)

    return await once(request, account.username, await request.body(), run)


@routes.post("/cases/{case_id}/late-report", operation_id="addLateReport", status_code=201)
async def add_late_report(request: Request, case_id: Id, late: LateReport, account: OwnDuty) -> Reply[Kept]:
    """Keep, as a note of the case, what I did without a signal and can no longer be done. Honours Idempotency-Key.

    Open to whoever had the case in the last seven days, also when it went to another, was voided or is closed.
    """
    platform, worker = platform_of(request), own_worker(request, account)
    if not await platform.db.read(lambda connection: was_concerned(connection, case_id, worker, now() - LATE_WITHIN)):
        raise Problem("not-found", "No case with that id was yours lately.")
    await check_media(request, late.media)

    async def run() -> Reply[Kept]:
        case = await platform.desk.add_late_note(CaseId(case_id), account.username, late.note, late.media)
        return reply(Kept(case_id=case.id, number=case.number, stage=case.stage.value), 201)

    return await once(request, account.username, await request.body(), run)
