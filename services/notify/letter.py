"""A letter as it goes out, and what a way out must do with it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Channel(StrEnum):
    """The ways by which somebody without an account is told."""

    EMAIL = "email"
    SMS = "sms"


class Outcome(StrEnum):
    """What became of one try."""

    TAKEN = "taken"  # the other side answers for it from now on
    LATER = "later"  # not now: try again
    REFUSED = "refused"  # never: there is no such address, or it wants nothing of us


class Report(Struct, frozen=True):
    """The outcome, and the reason in words for an operator. It names no address."""

    outcome: Outcome
    detail: str = ""


class Letter(Struct, frozen=True, kw_only=True):
    """One letter. A repeat has the same `id`, by which the other side can tell it.

    `to` is an address of e-mail, or a telephone number in E.164 (`+8613800000000`). `subject`, `html` and `headers` are
    for mail alone.
    """

    id: str
    channel: Channel
    to: str
    language: str
    text: str
    subject: str = ""
    html: str = ""
    headers: Mapping[str, str] = {}


class Provider(Protocol):
    """A way out: one for each channel."""

    async def send(self, letter: Letter) -> Report:
        """Hand the letter over. Never raises for what the other side or the network does: that is an outcome."""
        ...
