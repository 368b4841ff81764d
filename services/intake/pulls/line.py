"""The line to one device: what a protocol needs to keep it, and what it tells of it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from dispatch.ids import SourceId
from services.intake.pulls.credentials import Credential

CONNECT_S = 10.0
"""How long a device may take to accept a connection and to answer its first bytes."""


class LineEnded(Exception):
    """The line is down for a reason that the device gave, or by its silence; it is opened again."""


class SignInRefused(LineEnded):
    """The device does not take our name and password. Asking often locks the account (five to seven times)."""


@dataclass(slots=True, kw_only=True)
class Line:
    """One connection. `hand_over` returns once the message is durable; `quiet_s` is None for the protocol's own."""

    source_id: SourceId
    url: httpx.URL
    credential: Credential
    client: httpx.AsyncClient
    hand_over: Callable[[bytes, Sequence[bytes]], Awaitable[None]]
    """(message, its pictures)."""
    note_heartbeat: Callable[[bytes], Awaitable[None]]
    note_connected: Callable[[], None]
    quiet_s: float | None = None
    hold_s: float = 2.0
    """How long a message waits for the pictures that it announces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How devices of one feed are pulled: a row of `services/intake/pulls/puller.py`."""

    run: Callable[[Line], Awaitable[None]]
    """Keep the line until it ends; raises what ended it, or returns."""
    path: str
    """What is asked for, path and query, where the source's address names no path."""


def check_answer(answer: httpx.Response) -> None:
    """Raise where the device does not answer with what was asked for."""
    if answer.status_code in (401, 403):
        raise SignInRefused(f"the device refuses the sign-in ({answer.status_code})")
    if answer.status_code != 200:
        raise LineEnded(f"the device answers {answer.status_code}")
