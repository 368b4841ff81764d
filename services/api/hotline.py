"""Filing what a caller has said: a message of the feed `report`, durable and once, with the number that he is told.

The screen sends it again until it is answered. Its key names the message, the message names the report and who made it,
and what the operator wishes of the case is asked of the desk as any command is: so each part that was done before is
found done.
"""

import asyncio
import json
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Request
from msgspec import Struct
from pydantic import Field, model_validator
from sqlalchemy import Connection

from dispatch.case import Case
from dispatch.city import Names
from dispatch.citymap import City
from dispatch.commands import Refusal, legal_commands
from dispatch.ids import CaseId, SourceId
from services.api.fields import Form, Latitude, Longitude, Prose, Short
from services.api.platform import Platform, platform_of, tools_of
from services.api.problems import Problem
from services.engine.people import actor_of
from services.live.phones import LENGTH_MAX, read_phone
from services.observe.clock import now
from services.store import callbacks, calls, journal
from services.store.accounts import Account
from services.store.callbacks import Filed
from services.store.inbox import keyed_id
from services.store.reporters import CitizenReport, Reporter
from services.store.requests import file_request

FEED = "report"
DESK = "hotline"
"""What the city pack calls the source that the hotline's desk is (`external_id`)."""
TOKEN = "report"
READ_WITHIN_S = 2.0
"""How long the answer waits for the desk to have read the report: it takes milliseconds. Later it is told without."""
ASK_EVERY_S = 0.02

CallId = Annotated[str, Field(pattern="^([0-9a-f]{32})?$")]


class HotlineReport(Form):
    """What a caller has said. `key` is the screen's own name for it: the same one is filed once."""

    key: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    call_id: CallId = ""
    number: Annotated[str, Field(max_length=LENGTH_MAX)] = Field("", description="Who calls, as he or the line says it")
    name: Short = ""
    text: Prose = ""
    category: Short = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=100_000)] | None = None
    address: Short = ""
    component: Short = ""
    same_as: Annotated[str, Field(max_length=40)] = Field("", description="Id of the open case that it is")
    urgent: bool = False
    callback: bool = Field(False, description="He wishes to be called when it has ended")
    file: bool = Field(False, description="File the case too, where the desk has nothing against it")

    @model_validator(mode="after")
    def _is_whole(self) -> "HotlineReport":
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat belong together")
        if not (self.text.strip() or self.category):
            raise ValueError("words or a category are needed")
        if self.callback and not self.number.strip():
            raise ValueError("who wishes to be called needs a number")
        return self


class Outcome(Struct, frozen=True):
    """What has become of a report: the number to tell the caller, its case once it is read, and why it is not filed."""

    number: str
    case: Case | None
    is_attached: bool
    refused: Names | None


async def take_down(request: Request, form: HotlineReport, account: Account) -> Outcome:
    """File the report; all is durable on return.

    :raises Problem: `invalid` for a category that the city has not, `conflict` where its pack has no hotline.
    """
    platform, at = platform_of(request), now()
    if form.category and form.category not in platform.city.codes.categories:
        raise Problem("invalid", f"body.category: the city has no category {form.category!r}.")
    source = desk_source(platform.city)
    message_id = keyed_id(FEED, source, form.key.encode())
    phone = read_phone(form.number, platform.city.hotline)
    reporter = Reporter(id=message_id, name=form.name.strip(), phone=phone.kept if phone else "")
    is_known = bool(reporter.name or reporter.phone)
    report = CitizenReport(message_id=message_id, reporter_id=reporter.id if is_known else "", media=(), created_at=at)
    token = tools_of(request).vault.digest(TOKEN, message_id)
    day = at.astimezone(platform.city.timezone).date()
    why = _why_called(form, platform.city, message_id) if reporter.phone else ""

    def write(connection: Connection) -> str:
        # Before its message: whatever the desk reads has its number already.
        number = file_request(connection, token, report, reporter if is_known else None, day)
        filed = Filed(
            message_id=message_id,
            number=number,
            operator=account.username,
            call_id=form.call_id,
            callback=why,
            created_at=at,
        )
        callbacks.add_filed(connection, filed)
        if form.call_id:
            calls.note_report(connection, form.call_id, number)
        calls.drop_draft(connection, form.key, account.username)
        return number

    number = await platform.db.write(write)
    await platform.inbox.receive(FEED, source, _message(form, report.reporter_id), at)
    case = await _await_case(platform, message_id)
    if case is None:
        return Outcome(number, None, False, None)
    case_id = case.id
    first = await platform.db.read(lambda connection: callbacks.find_first_event(connection, case_id))
    is_attached = first != f"{message_id}/0"
    case, refused = await _settle(platform, case, form, account)
    return Outcome(number, case, is_attached, refused)


def desk_source(city: City) -> SourceId:
    """:raises Problem: `conflict` where the pack has no source for its hotline."""
    for source in city.codes.sources.values():
        if source.feed == FEED and source.external_id == DESK:
            return source.id
    raise Problem(
        "conflict",
        f"The city pack has no source of the feed {FEED} with the external id {DESK}.",
        zh=f"城市包中没有热线来源（渠道 {FEED}，对方编号 {DESK}）。",
    )


def _why_called(form: HotlineReport, city: City, message_id: str) -> str:
    """Say why the caller is called back: he has asked, or he is of the share that the city calls; "" where he is not.

    Drawn by the message's own id, so that a report sent again is drawn alike.
    """
    if form.callback:
        return "asked"
    drawn = int(sha256(message_id.encode()).hexdigest()[:8], 16) / 0x1_0000_0000
    return "rule" if drawn < city.hotline.callback_share else ""


def _message(form: HotlineReport, reporter: str) -> bytes:
    """Return the report as the feed reads it, without who made it."""
    fields: dict[str, Any] = form.model_dump(
        include={"text", "category", "lon", "lat", "accuracy_m", "address", "component", "same_as", "key"},
        exclude_defaults=True,
    )
    fields |= {"channel": "hotline", "key": form.key}
    if reporter:
        fields["reporter"] = reporter
    return json.dumps(fields, ensure_ascii=False).encode()


async def _await_case(platform: Platform, message_id: str) -> Case | None:
    """Return the case that the report has become a part of; None where the desk has not read it in time."""

    def look_up(connection: Connection) -> Case | None:
        case_id = callbacks.find_case_of_message(connection, message_id)
        return journal.find_case(connection, CaseId(case_id)) if case_id else None

    loop = asyncio.get_running_loop()
    until = loop.time() + READ_WITHIN_S
    while (case := await platform.db.read(look_up)) is None and loop.time() < until:
        await asyncio.sleep(ASK_EVERY_S)
    return case


async def _settle(platform: Platform, case: Case, form: HotlineReport, account: Account) -> tuple[Case, Names | None]:
    """Mark and file the case as the operator wishes; return it, and why it was not filed. What is done stays so."""
    actor, flow = actor_of(account, platform.city), platform.city.flow
    refused: Names | None = None
    for name, data, wanted in (
        ("mark", {"urgent": True}, form.urgent and not case.urgent),
        ("file", {}, form.file and case.filed_at is None),
    ):
        if not wanted or name not in legal_commands(case, actor, flow):
            continue
        try:
            case = await platform.desk.command(case.id, name, actor, data)
        except Refusal as refusal:
            refused = Names(refusal.zh, refusal.en)
    return case, refused
