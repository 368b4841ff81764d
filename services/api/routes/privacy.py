"""What is kept of a person: he reads and deletes it by his private link; the office blurs, and sees what is due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from msgspec import Struct
from pydantic import Field as Bound
from sqlalchemy import Connection

from dispatch.facts.base import BY_REPORTER
from dispatch.ids import CaseId, EventId
from dispatch.retention import Field
from services.api.fields import Form, Id
from services.api.identity import deed_of, needs, permission
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.reports import Token, get_report
from services.api.sight import may_see_picture
from services.api.wire import Reply, reply, router
from services.engine.erasing import erase
from services.engine.forgetting import DueReport, make_report
from services.observe.clock import now
from services.store import retention
from services.store.accounts import Account
from services.store.audit import Wanted, detail_of, list_deeds, note
from services.store.blurs import BOXES_MAX, Box, find_boxes, put_boxes
from services.store.case_queries import find_event
from services.store.held import erase_held, find_said
from services.store.media import find_medium
from services.store.reporters import CitizenReport, Reporter, find_reporter

routes = router("privacy")

LOOKS_MAX = 100
"""Looks at his data that a person is told of, the latest."""

_Share = Annotated[float, Bound(ge=0, le=1)]
Blurrer = Annotated[Account, Depends(permission("media.blur"))]


class Keeping(Struct, frozen=True, kw_only=True):
    """How long one field is kept: `days` after the case has ended; `until` is null while it is open."""

    field: str
    days: int
    until: datetime | None


class OwnData(Struct, frozen=True, kw_only=True):
    """All that is kept of who sent a report. `looks` are the times at which the staff saw his name in the clear.

    `erase_asked_at` is when he asked for his words and pictures to go: they do once the case has ended.
    """

    number: str
    created_at: datetime
    name: str
    phone: str
    email: str
    text: str
    address: str
    photos: Sequence[str]
    looks: Sequence[datetime]
    kept: Sequence[Keeping]
    erase_asked_at: datetime | None


class Erased(Struct, frozen=True, kw_only=True):
    """What has become of a wish to be forgotten. `words` is `erased`, or `when_ended`: who handles the case needs them
    until it has.
    """

    contact: str
    words: str


class Blur(Form):
    """What of a picture cannot be read: boxes (x, y, width, height) in shares of it. An empty list shows it again."""

    boxes: Annotated[list[tuple[_Share, _Share, _Share, _Share]], Bound(max_length=BOXES_MAX)]


class Blurred(Struct, frozen=True):
    boxes: Sequence[Box]


def _opened_event(mine: CitizenReport) -> EventId:
    return EventId(f"{mine.message_id}/0")


@routes.get("/reports/{token}/data", operation_id="getOwnData")
async def get_own_data(request: Request, token: Token) -> Reply[OwnData]:
    """All that is kept of who sent a report, who has looked, and until when it is kept."""
    mine = await get_report(request, token)
    platform = platform_of(request)
    rules = platform.city.codes.retention

    def look_up(connection: Connection) -> OwnData:
        person = find_reporter(connection, mine.reporter_id) or Reporter(id="", name="", phone="")
        event = find_event(connection, _opened_event(mine))
        said = find_said(connection, mine.message_id) if event is None else None
        ended_at, category = retention.find_end(connection, mine.case_id) or (None, "")
        wanted = Wanted(subject=mine.case_id or "-", actions=("reporter.shown",))
        looks = list_deeds(connection, before=None, limit=LOOKS_MAX, wanted=wanted) if person.id else ()
        fields = (Field.CONTACT, Field.WORDS, Field.PHOTOS)
        days = {field: rules.days_of(field, category) for field in fields}
        until = {field: ended_at + timedelta(days=days[field]) if ended_at else None for field in fields}
        return OwnData(
            number=mine.number,
            created_at=mine.created_at,
            name=person.name,
            phone=person.phone,
            email=person.email,
            text=event.text if event else said.text if said else "",
            address=event.place_text if event else said.address if said else "",
            photos=[f"/api/v1/reports/{token}/photos/{media_id}" for media_id in mine.media],
            looks=[each.deed.at for each in looks],
            kept=[Keeping(field=field, days=days[field], until=until[field]) for field in fields],
            erase_asked_at=retention.find_asked_at(connection, mine.message_id),
        )

    return reply(await platform.db.read(look_up))


@routes.delete("/reports/{token}/data", operation_id="eraseOwnData")
async def erase_own_data(request: Request, token: Token) -> Reply[Erased]:
    """Delete what is kept of who sent a report: name and numbers at once, words and pictures once the case has ended.

    The link goes on telling what becomes of the case. To ask twice is no harm.
    """
    mine = await get_report(request, token)
    platform = platform_of(request)
    event = _opened_event(mine)

    def forget(connection: Connection) -> tuple[datetime | None, str] | None:
        retention.forget_contacts(connection, [mine.reporter_id] if mine.reporter_id else [])
        retention.forget_contacts_of(connection, retention.list_contacts_of(connection, mine.number))
        retention.ask_to_erase(connection, mine.message_id, now())
        # No case needs the words of a report that is held. He is told what anybody is, whose report nobody has read.
        erase_held(connection, mine.message_id, BY_REPORTER, now())
        return retention.find_end(connection, mine.case_id)

    found = await platform.db.write(forget)
    has_ended = found is not None and found[0] is not None
    if has_ended:
        await erase(platform.desk, CaseId(mine.case_id), (Field.WORDS, Field.PHOTOS), "reporter", "reporter", (event,))
        await platform.db.write(lambda connection: retention.note_erased(connection, [event]))
    return reply(Erased(contact="erased", words="erased" if has_ended else "when_ended"))


@routes.put("/reports/{token}/photos/{media_id}/blur", operation_id="blurReportPhoto")
async def blur_own_photo(request: Request, token: Token, media_id: Id, blur: Blur) -> Reply[Blurred]:
    """Make parts of a picture of one's own report unreadable for all but the desk. Boxes are added, none taken away:
    what the office has blurred stays so.
    """
    mine = await get_report(request, token)
    if media_id not in mine.media:
        raise Problem("not-found", "The report has no such photograph.")

    def add(connection: Connection) -> tuple[Box, ...]:
        held = find_boxes(connection, media_id)
        boxes = tuple(dict.fromkeys((*held, *blur.boxes)))[: BOXES_MAX * 2]
        put_boxes(connection, media_id, boxes, "reporter", now())
        return boxes

    return reply(Blurred(await platform_of(request).db.write(add)))


@routes.get("/media/{media_id}/blur", operation_id="getBlur")
async def get_blur(request: Request, media_id: Id, account: Blurrer) -> Reply[Blurred]:
    """What of a picture is blurred."""
    await _check_sight(request, account, media_id)
    return reply(Blurred(await platform_of(request).db.read(lambda connection: find_boxes(connection, media_id))))


@routes.put("/media/{media_id}/blur", operation_id="putBlur")
async def put_blur(request: Request, media_id: Id, account: Blurrer, blur: Blur) -> Reply[Blurred]:
    """Blur these parts of a picture and no others, for all who may not see it clear; the audit says who did it."""
    await _check_sight(request, account, media_id)
    boxes = tuple(blur.boxes)

    def put(connection: Connection) -> None:
        put_boxes(connection, media_id, boxes, account.username, now())
        note(connection, deed_of(request, account, "picture.blurred", media_id, detail_of(boxes=len(boxes))))

    await platform_of(request).db.write(put)
    return reply(Blurred(boxes))


async def _check_sight(request: Request, account: Account, media_id: str) -> None:
    """:raises Problem: `not-found` for a picture that there is not, or that the account may not see."""
    medium = await platform_of(request).db.read(lambda connection: find_medium(connection, media_id))
    if medium is None or medium.width == 0 or not await may_see_picture(request, account, media_id):
        raise Problem("not-found", "No picture has that id.")


@routes.get("/privacy/retention", operation_id="getRetention", dependencies=needs("audit.read"))
async def get_retention(request: Request) -> Reply[DueReport]:
    """What of persons is past its keeping, and would be deleted by the next run of the job `retention`."""
    platform = platform_of(request)
    rules = platform.city.codes.retention
    return reply(await platform.db.read(lambda connection: make_report(connection, rules, now())))
