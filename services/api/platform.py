"""What the API needs of the rest of the platform; `services/bootstrap.py` gives it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from dispatch.ids import MessageId, SourceId


class Receiver(Protocol):
    """The inbox's door for messages that the API itself takes in (citizens' reports)."""

    async def receive(
        self, feed: str, source: SourceId, body: bytes, content_type: str, received_at: datetime
    ) -> Sequence[MessageId]:
        """Store the message durably; return the ids of what it holds."""
        ...
