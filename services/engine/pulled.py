"""How the line to a device that is pulled stands. The doors write it, the API shows it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct


class LineState(Struct, frozen=True, kw_only=True):
    """One line: since when it stands, or since when it is down and why."""

    state: Literal["connected", "waiting"]
    since: datetime
    last_error: str = ""
    connections: int = 0
    received: int = 0
