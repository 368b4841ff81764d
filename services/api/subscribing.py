"""Addresses to be told at: checked, sent a code, confirmed by it, and only then subscribed to anything."""

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from hmac import compare_digest

import msgspec
from fastapi import Request
from msgspec import Struct
from sqlalchemy import Connection

from services.api.identity import address_of
from services.api.platform import Platform, platform_of, tools_of
from services.api.problems import Problem
from services.api.vault import Vault
from services.live.phones import read_phone
from services.observe.clock import now
from services.store import contacts, letters, subscriptions
from services.store.contacts import Contact
from services.store.subscriptions import Subscription

CODE_VALID = timedelta(minutes=10)
CODE_TRIES = 5
"""A code of six digits is guessed by five tries once in two hundred thousand addresses."""
CODES_PER_HOUR, CODES_PER_DAY = 3, 8
"""Codes to one address, whoever asks: nobody is to be pestered through us."""
FOLLOWS_MAX = 20
"""Areas and cases that one address may follow beside its report."""

_EMAIL = re.compile(r"[^\s@<>()\",;:\\\[\]]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
EMAIL_MAX = 254
"""RFC 5321, 4.5.3.1.3."""


class Wish(Struct, frozen=True, kw_only=True):
    """What an address is given for. It becomes a subscription once the address is confirmed."""

    kind: str
    number: str = ""
    case_id: str = ""
    area: str = ""
    category: str = ""
    sealed_link: str = ""


def channels_of(platform: Platform) -> Sequence[str]:
    """Return the channels that are offered: those that have a way out."""
    settings = platform.settings
    return [*(["email"] if settings.smtp_url else []), *(["sms"] if settings.sms_url else [])]


def read_address(platform: Platform, channel: str, text: str) -> str:
    """Return the address as it is kept.

    :raises Problem: `invalid` if it is none, or if nothing can be sent by that channel.
    """
    if channel not in channels_of(platform):
        raise Problem("invalid", f"body.channel: nothing is sent by {channel} here.")
    if channel == "email":
        address = text.strip()
        if len(address) > EMAIL_MAX or not address.isascii() or not _EMAIL.fullmatch(address):
            raise Problem("invalid", "body.address: an address of e-mail is meant.")
        name, _, domain = address.rpartition("@")
        return f"{name}@{domain.lower()}"
    phone = read_phone(text, platform.city.hotline)
    if phone is None or not phone.e164:
        raise Problem("invalid", "body.address: a telephone number is meant.")
    return phone.e164


async def send_code(request: Request, channel: str, address: str, language: str, wish: Wish) -> str:
    """Send a code to an address; return the id under which it is confirmed. Nothing else is sent there before.

    :raises Problem: `invalid`, or `too-many-requests` for an address, or an asker, that has had enough.
    """
    platform, vault, at = platform_of(request), tools_of(request).vault, now()
    known = read_address(platform, channel, address)
    if wait_s := tools_of(request).codes.wait_s(address_of(request), at):
        raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})
    code, contact_id = f"{secrets.randbelow(1_000_000):06}", secrets.token_hex(16)
    contact = Contact(
        id=contact_id,
        channel=channel,
        address=known,
        address_hash=vault.digest("address", channel, known.lower()),
        language=language,
        number=wish.number,
        wish=msgspec.json.encode(wish).decode(),
        created_at=at,
        confirmed_at=None,
        code_hash=vault.digest("code", contact_id, code),
        code_expires_at=at + CODE_VALID,
    )
    city = platform.city.name
    values = {
        "code": code,
        "city_zh": city.zh,
        "city_en": city.en,
        "minutes": CODE_VALID // timedelta(minutes=1),
    }

    def write(connection: Connection) -> bool:
        sent = contacts.count_sendings(connection, contact.address_hash, at - timedelta(hours=1))
        today = contacts.count_sendings(connection, contact.address_hash, at - timedelta(days=1))
        if sent >= CODES_PER_HOUR or today >= CODES_PER_DAY:
            return False
        contacts.add_contact(connection, contact)
        contacts.note_sending(connection, contact.address_hash, at)
        letters.add_letter(connection, f"code-{contact_id}", contact_id, "code", values, at)
        return True

    if not await platform.db.write(write):
        raise Problem("too-many-requests", "This address has had enough codes.", headers={"Retry-After": "3600"})
    return contact_id


class Confirmed(Struct, frozen=True):
    """An address that is confirmed. `is_new`: it was not told of the same thing before."""

    contact: Contact
    is_new: bool


async def confirm_code(request: Request, contact_id: str, code: str, number: str) -> Confirmed:
    """Confirm an address by the code that was sent there, and subscribe it to what it was given for.

    `number` is that of the report by whose link it was given, "" where it was by none.

    :raises Problem: `not-found`, `wrong-code`, `code-expired`, `code-spent` for one that was tried too often, or
        `conflict` where the address follows as much as it may.
    """
    platform, vault, at = platform_of(request), tools_of(request).vault, now()
    contact = await platform.db.read(lambda connection: contacts.find_contact(connection, contact_id))
    if contact is None or contact.number != number:
        raise Problem("not-found", "No code was sent for that.")
    if contact.confirmed_at is not None:
        return Confirmed(contact, is_new=False)
    # Counted before it is looked at: many tries at once are many tries.
    if not await platform.db.write(lambda connection: contacts.note_try(connection, contact_id, CODE_TRIES)):
        raise Problem("code-spent")
    if at > contact.code_expires_at:
        raise Problem("code-expired")
    if not _is_right(vault, contact, code):
        raise Problem("wrong-code")
    wish = msgspec.json.decode(contact.wish, type=Wish)
    is_new = await platform.db.write(lambda connection: _subscribe(connection, contact, wish))
    if is_new is None:
        raise Problem("conflict", f"One address follows {FOLLOWS_MAX} areas and cases at most.")
    return Confirmed(contact, is_new)


def _is_right(vault: Vault, contact: Contact, code: str) -> bool:
    return compare_digest(vault.digest("code", contact.id, code), contact.code_hash)


def _subscribe(connection: Connection, contact: Contact, wish: Wish) -> bool | None:
    """Confirm and subscribe; return whether it is told of something new, None where it follows as much as it may."""
    # One address of one report, or of no report, is there once, however often it is given.
    others = contacts.list_of_address(connection, contact.number, contact.address_hash)
    known = subscriptions.list_of_contacts(connection, [each.id for each in others])
    is_new = not any(_is_same(each, wish) for each in known)
    if is_new and not contact.number and len(known) >= FOLLOWS_MAX:
        return None
    if contacts.confirm(connection, contact.id, now()):
        for other in others:
            contacts.hand_over(connection, other.id, contact.id)
        subscriptions.add_subscription(connection, new_subscription(contact.id, wish))
    return is_new


def _is_same(known: Subscription, wish: Wish) -> bool:
    return all(
        getattr(known, name) == getattr(wish, name) for name in ("kind", "number", "case_id", "area", "category")
    )


def new_subscription(contact_id: str, wish: Wish) -> Subscription:
    return Subscription(
        id=secrets.token_hex(16),
        contact_id=contact_id,
        kind=wish.kind,
        token=secrets.token_urlsafe(24),
        created_at=now(),
        number=wish.number,
        case_id=wish.case_id,
        area=wish.area,
        category=wish.category,
        sealed_link=wish.sealed_link,
    )


def check_area(platform: Platform, area: str, category: str) -> None:
    """:raises Problem: `invalid` for an area, or a public category, that there is not."""
    codes = platform.city.codes
    if area not in codes.areas:
        raise Problem("invalid", "body.area: the city has no such area.")
    row = codes.categories.get(category)  # type: ignore[call-overload]
    if category and (row is None or not row.is_public):
        raise Problem("invalid", "body.category: no such category is public.")
