"""Facts about workers and sources; they concern no case."""

from datetime import datetime

from dispatch.facts.base import FactData
from dispatch.ids import SourceId, WorkerId


class WorkerSignedOn(FactData, frozen=True, kw_only=True):
    worker: WorkerId


class WorkerSignedOff(FactData, frozen=True, kw_only=True):
    worker: WorkerId


class SourceLost(FactData, frozen=True, kw_only=True):
    """A source has not been heard of for longer than it may be silent."""

    source_id: SourceId
    last_heard_at: datetime | None


class SourceRestored(FactData, frozen=True, kw_only=True):
    source_id: SourceId
