"""The hotline's calls on the operators' screens: each is told to who sits at the telephone that rings."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from dispatch.access import Holder, may
from dispatch.city import Hotline
from services.live.hub import Hub
from services.live.masking import mask_phone
from services.live.phones import read_phone
from services.store.calls import Call

TOPIC = "calls"
SEES_NUMBERS = "reporters.read"
"""The permission without which a caller's number is masked."""

_encode = msgspec.json.Encoder().encode


class CallView(Struct, frozen=True, kw_only=True):
    """One call. `number` is as it is kept, `shown` as it is read out; both masked where `masked`.

    `state` is ringing, answered, ended or missed, as of the answer. `operator` sits at the telephone ("" where nobody
    known does).
    """

    id: str
    state: str
    number: str
    shown: str
    masked: bool
    line: str
    agent: str
    operator: str
    begun_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    report: str


def call_view(call: Call, operator: str, hotline: Hotline, at: datetime, *, clear: bool) -> CallView:
    """Return a call as it is shown; `clear` to who may see who calls."""
    phone = read_phone(call.number, hotline)
    shown = phone.shown if phone else call.number
    return CallView(
        id=call.id,
        state=call.state(at).value,
        number=call.number if clear else mask_phone(call.number),
        shown=shown if clear else mask_phone(shown),
        masked=not clear,
        line=call.line,
        agent=call.agent,
        operator=operator,
        begun_at=call.begun_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        report=call.report,
    )


def is_for(user: str, operator: str) -> bool:
    """Say whether a call is told to somebody: to who sits at its telephone; to all where nobody known sits there."""
    return not operator or user == operator


def sees_number(holder: Holder) -> bool:
    return may(holder, SEES_NUMBERS)


class Switchboard:
    """Tells calls to those who listen."""

    def __init__(self, hub: Hub, hotline: Callable[[], Hotline]) -> None:
        """`hotline` is asked for each call: a new version of the pack replaces it."""
        self.hub, self.hotline = hub, hotline

    def tell(self, call: Call, operator: str, at: datetime) -> None:
        """Tell a call, as it is now, to those whom it is for. It has no `seq`: who was away reads the list."""
        frames: dict[bool, str] = {}
        for group in self.hub.groups(TOPIC):
            for listener in group:
                if not is_for(listener.actor.user, operator):
                    continue
                clear = sees_number(listener.actor)
                if clear not in frames:
                    view = call_view(call, operator, self.hotline(), at, clear=clear)
                    frames[clear] = _encode({"type": "call", "call": view}).decode()
                listener.offer(frames[clear])
