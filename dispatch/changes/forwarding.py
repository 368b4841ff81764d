"""What passing a case on to another system changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from dispatch.changes.base import NO_TASK, Change, Changes, reasons, run
from dispatch.changes.ending import NOT_ASKED
from dispatch.facts import CaseForwarded, FactData, ForwardEnded, ForwardFailed, ForwardTaken, PartnerUpdated
from dispatch.record import Case, Forward
from dispatch.stages import Stage


def _forward(case: Case, data: CaseForwarded, at: datetime) -> Changes:
    sent = Forward(
        partner=data.partner, service_code=data.service_code, reference=data.reference, at=at, handles=data.handles
    )
    return {
        "forwards": (*case.forwards, sent),
        "because": reasons(case, data.because, "forward"),
        **({"waiting": ""} if data.handles else {}),
    }


def _change(case: Case, reference: str, **fields: Any) -> Changes:
    """Change what is kept of one forwarding."""
    return {
        "forwards": tuple(replace(each, **fields) if each.reference == reference else each for each in case.forwards)
    }


def _hear(case: Case, data: PartnerUpdated, _at: datetime) -> Changes:
    forward = case.find_forward(data.reference)
    before = forward.said_at if forward else None
    said_at = max((each for each in (before, data.said_at) if each is not None), default=None)
    return _change(
        case,
        data.reference,
        word=data.word,
        meaning=data.meaning,
        note=data.note or (forward.note if forward else ""),
        said_at=said_at,
        failed="",
    )


def _end(case: Case, data: ForwardEnded, at: datetime) -> Changes:
    """Our own people go. After a check that has failed it is as in a rework: the clock runs again."""
    again: Changes = {}
    if case.stage is not Stage.FILED:
        again = {
            **NO_TASK,
            **NOT_ASKED,
            **run(case, data, at),
            "handled_at": None,
            "checked_at": None,
            "verifier": "",
            "reworks": case.reworks + 1,
        }
    return {
        **_change(case, data.reference, handles=False),
        "because": reasons(case, data.because, "forward", "check"),
        **again,
    }


CHANGES: Mapping[type[FactData], Change] = {
    CaseForwarded: _forward,
    ForwardTaken: lambda case, data, _at: _change(case, data.reference, request_id=data.request_id, failed=""),
    PartnerUpdated: _hear,
    ForwardFailed: lambda case, data, _at: _change(case, data.reference, failed=data.reason, handles=False),
    ForwardEnded: _end,
}
