"""Who wants to be told of what: by the private link of a report, or of an area or a public case without one."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Path, Request
from msgspec import Struct
from pydantic import Field, model_validator
from sqlalchemy import Connection
from starlette.responses import HTMLResponse, Response

from dispatch.case import Case
from dispatch.ids import CaseId
from services.api.fields import Form, Id, Short
from services.api.platform import Platform, platform_of, tools_of
from services.api.problems import Problem
from services.api.public.asked import seen_of
from services.api.public_cases import is_shown
from services.api.routes.reports import Token, get_report
from services.api.subscribing import (
    FOLLOWS_MAX,
    Wish,
    channels_of,
    check_area,
    confirm_code,
    new_subscription,
    send_code,
)
from services.api.wire import Reply, reply, router
from services.live.masking import mask_email, mask_phone
from services.live.views import CategoryName, category_name
from services.store import contacts, journal, subscriptions
from services.store.contacts import Contact
from services.store.public_cases import find_public_file
from services.store.reporters import CitizenReport
from services.store.subscriptions import Subscription

routes = router("reports")

Code = Annotated[str, Field(pattern=r"^\d{6}$")]


class NewContact(Form):
    """An address to be told at. `language` is that of the letters."""

    channel: Literal["email", "sms"]
    address: Annotated[Short, Field(min_length=3)]
    language: Literal["zh", "en"] = "zh"


class Confirmation(Form):
    code: Code


class NewFollow(Form):
    """An area, in one category or in all."""

    area: Short
    category: Short = ""


class NewSubscription(NewContact):
    """An address, and what it is to be told of: an area, or a case that the public sees, by its id or its number."""

    area: Short = ""
    category: Short = ""
    case_id: Short = ""
    number: Short = ""

    @model_validator(mode="after")
    def _is_of_one_thing(self) -> "NewSubscription":
        if sum(map(bool, (self.area, self.case_id, self.number))) != 1:
            raise ValueError("an area or a case is meant")
        return self


class Asked(Struct, frozen=True):
    """A code was sent; `id` is what it is confirmed under."""

    id: str


class Followed(Struct, frozen=True):
    """An address is told from now on. `is_new` says whether it was not told of the same before."""

    id: str
    is_new: bool


class TellingWays(Struct, frozen=True):
    """How one may be told: `email`, `sms`, both, or in no way."""

    channels: Sequence[str]


class FollowedArea(Struct, frozen=True, kw_only=True):
    id: str
    area: str
    category: CategoryName | None


class ContactView(Struct, frozen=True, kw_only=True):
    """An address that was confirmed, masked, and what it is told of beside the report."""

    id: str
    channel: str
    address: str
    areas: Sequence[FollowedArea]


class ContactsView(Struct, frozen=True, kw_only=True):
    """`channels` are those that are offered; none where the server has no way out."""

    channels: Sequence[str]
    contacts: Sequence[ContactView]


@routes.get("/reports/{token}/contacts", operation_id="listReportContacts")
async def list_contacts(request: Request, token: Token) -> Reply[ContactsView]:
    """Where who has this link is told what becomes of his report."""
    return reply(await contacts_view(request, await get_report(request, token)))


@routes.post("/reports/{token}/contacts", operation_id="addReportContact", status_code=202)
async def add_contact(request: Request, token: Token, new: NewContact) -> Reply[Asked]:
    """Send a code to an address; it is told nothing before the code was given."""
    mine = await get_report(request, token)
    wish = Wish(kind="report", number=mine.number, sealed_link=tools_of(request).vault.seal(token))
    return reply(Asked(await send_code(request, new.channel, new.address, new.language, wish)), 202)


@routes.post("/reports/{token}/contacts/{contact_id}/confirm", operation_id="confirmReportContact")
async def confirm_contact(request: Request, token: Token, contact_id: Id, given: Confirmation) -> Reply[ContactsView]:
    """Confirm an address by its code: from now on it is told what becomes of the report."""
    mine = await get_report(request, token)
    await confirm_code(request, contact_id, given.code, mine.number)
    return reply(await contacts_view(request, mine))


@routes.delete("/reports/{token}/contacts/{contact_id}", operation_id="removeReportContact")
async def remove_contact(request: Request, token: Token, contact_id: Id) -> Reply[ContactsView]:
    """Forget an address and all that it was to be told."""
    mine = await get_report(request, token)
    await forget_contact(request, mine, contact_id)
    return reply(await contacts_view(request, mine))


@routes.post("/reports/{token}/contacts/{contact_id}/areas", operation_id="followArea")
async def follow_area(request: Request, token: Token, contact_id: Id, new: NewFollow) -> Reply[ContactsView]:
    """Tell a confirmed address of an area too."""
    mine = await get_report(request, token)
    contact = await _get_contact(request, mine, contact_id)
    check_area(platform_of(request), new.area, new.category)
    wish = Wish(kind="area", area=new.area, category=new.category)

    def write(connection: Connection) -> bool:
        if len(subscriptions.list_of_contacts(connection, [contact.id])) > FOLLOWS_MAX:
            return False
        subscriptions.add_subscription(connection, new_subscription(contact.id, wish))
        return True

    if not await platform_of(request).db.write(write):
        raise Problem("conflict", f"One address follows {FOLLOWS_MAX} areas at most.")
    return reply(await contacts_view(request, mine))


@routes.delete("/reports/{token}/contacts/{contact_id}/areas/{follow_id}", operation_id="unfollow")
async def unfollow(request: Request, token: Token, contact_id: Id, follow_id: Id) -> Reply[ContactsView]:
    """Tell an address of an area no more."""
    mine = await get_report(request, token)
    contact = await _get_contact(request, mine, contact_id)

    def write(connection: Connection) -> None:
        for each in subscriptions.list_of_contacts(connection, [contact.id]):
            if each.id == follow_id and each.kind == "area":
                subscriptions.remove_subscription(connection, each.id)

    await platform_of(request).db.write(write)
    return reply(await contacts_view(request, mine))


async def forget_contact(request: Request, mine: CitizenReport, contact_id: str) -> None:
    """:raises Problem: `not-found` where the report has no such address."""
    contact = await _get_contact(request, mine, contact_id)
    await platform_of(request).db.write(lambda connection: contacts.remove_contact(connection, contact.id))


async def _get_contact(request: Request, mine: CitizenReport, contact_id: str) -> Contact:
    found = await platform_of(request).db.read(lambda connection: contacts.find_contact(connection, contact_id))
    if found is None or found.number != mine.number or found.confirmed_at is None:
        raise Problem("not-found", "The report has no such address.")
    return found


async def contacts_view(request: Request, mine: CitizenReport) -> ContactsView:
    """Return where a report's sender is told, and how he may be."""
    platform = platform_of(request)

    def read(connection: Connection) -> tuple[Sequence[Contact], Sequence[Subscription]]:
        found = contacts.list_of_report(connection, mine.number)
        return found, subscriptions.list_of_contacts(connection, [each.id for each in found])

    found, wishes = await platform.db.read(read)
    return ContactsView(
        channels=channels_of(platform),
        contacts=[_contact_view(platform, each, [w for w in wishes if w.contact_id == each.id]) for each in found],
    )


def masked_address(contact: Contact) -> str:
    """Return as much of an address as who has the link may read: it may not be his."""
    return mask_email(contact.address) if contact.channel == "email" else mask_phone(contact.address)


def _contact_view(platform: Platform, contact: Contact, wishes: Sequence[Subscription]) -> ContactView:
    codes = platform.city.codes
    areas = [
        FollowedArea(
            id=each.id, area=each.area, category=category_name(each.category, codes) if each.category else None
        )
        for each in wishes
        if each.kind == "area"
    ]
    return ContactView(id=contact.id, channel=contact.channel, address=masked_address(contact), areas=areas)


# --- without a report ----------------------------------------------------------------------------------------


@routes.get("/subscriptions", operation_id="listWaysToBeTold")
async def list_ways(request: Request) -> Reply[TellingWays]:
    """How this server can tell somebody of something. Who follows what, it tells nobody."""
    return reply(TellingWays(channels_of(platform_of(request))))


@routes.post("/subscriptions", operation_id="subscribe", status_code=202)
async def subscribe(request: Request, new: NewSubscription) -> Reply[Asked]:
    """Send a code to an address that is to be told of an area, or of a case that the public sees."""
    platform = platform_of(request)
    if new.area:
        check_area(platform, new.area, new.category)
        wish = Wish(kind="area", area=new.area, category=new.category)
    else:
        wish = Wish(kind="case", case_id=await _get_public(platform, new))
    return reply(Asked(await send_code(request, new.channel, new.address, new.language, wish)), 202)


@routes.post("/subscriptions/{contact_id}/confirm", operation_id="confirmSubscription")
async def confirm_subscription(request: Request, contact_id: Id, given: Confirmation) -> Reply[Followed]:
    """Confirm an address by its code: from now on it is told. What it was told of already it is told of once."""
    done = await confirm_code(request, contact_id, given.code, "")
    return reply(Followed(done.contact.id, done.is_new))


async def _get_public(platform: Platform, new: NewSubscription) -> CaseId:
    def read(connection: Connection) -> Case | None:
        if new.case_id:
            return journal.find_case(connection, CaseId(new.case_id))
        found = find_public_file(connection, new.number, seen_of(platform.city), ())
        return found.case if found else None

    case = await platform.db.read(read)
    if case is None or not is_shown(case, platform.city.codes):
        raise Problem("not-found", "The public sees no such case.")
    return case.id


# --- no more -------------------------------------------------------------------------------------------------

EndToken = Annotated[str, Path(min_length=20, max_length=60, pattern="^[A-Za-z0-9_-]+$")]

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title></head>
<body style="max-width:560px;margin:10vh auto;padding:0 20px;font:18px/1.6 sans-serif">
<main><h1 style="font-size:24px">{title}</h1>{body}</main></body></html>"""
_ASK = """<form method="post">
<p>不再向这个地址发送此项通知？<br><span lang="en">Send no more of these letters?</span></p>
<button style="min-height:48px;padding:8px 24px;font:inherit">退订 · <span lang="en">Stop them</span></button></form>"""
_DONE = """<p>不会再发送此项通知。<br><span lang="en">There will be no more of these letters.</span></p>"""


@routes.get("/unsubscribe/{token}", operation_id="askToUnsubscribe", response_class=HTMLResponse)
async def ask_to_unsubscribe(request: Request, token: EndToken) -> Response:
    """A page with one button. To open it ends nothing: mail scanners open every link."""
    found = await platform_of(request).db.read(lambda connection: subscriptions.find_by_token(connection, token))
    return HTMLResponse(_PAGE.format(title="退订 · Unsubscribe", body=_ASK if found else _DONE))


@routes.post("/unsubscribe/{token}", operation_id="unsubscribe", response_class=HTMLResponse)
async def unsubscribe(request: Request, token: EndToken) -> Response:
    """End a subscription: by that button, or by a mail program's own (RFC 8058). Done twice it is done once."""

    def write(connection: Connection) -> None:
        found = subscriptions.find_by_token(connection, token)
        if found is None:
            return
        subscriptions.remove_subscription(connection, found.id)
        if not subscriptions.list_of_contacts(connection, [found.contact_id]):
            contacts.remove_contact(connection, found.contact_id)

    await platform_of(request).db.write(write)
    return HTMLResponse(_PAGE.format(title="已退订 · Unsubscribed", body=_DONE))
