"""Facts of the journal as the world reads them on the live socket."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from dispatch.ids import CaseId
from services.store.journal import Entry

FACTS_PER_FRAME = 500
"""Facts in one frame, so that a long catch-up does not come as one frame of megabytes."""


class _Told(msgspec.Struct, frozen=True, gc=False):
    seq: int
    at: datetime
    kind: str
    case_id: CaseId
    data: msgspec.Raw


_encode = msgspec.json.Encoder().encode


def entry_json(entry: Entry) -> bytes:
    """Return the entry as the world sees it: {"seq", "at", "kind", "case_id", "data"}."""
    return _encode(_Told(entry.seq, entry.at, entry.kind, entry.case_id, msgspec.Raw(entry.data)))


def facts_frames(texts: Sequence[bytes]) -> list[str]:
    """Return the facts as frames of at most FACTS_PER_FRAME."""
    return [
        (b'{"type":"facts","facts":[' + b",".join(texts[start : start + FACTS_PER_FRAME]) + b"]}").decode()
        for start in range(0, len(texts), FACTS_PER_FRAME)
    ]
