"""A process with nothing but an MQTT door, to be killed by a test: `URL KEPT READY`.

Every message is a line of the file KEPT, synced to the disk before the door acknowledges. READY appears when the door
is connected.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from dispatch.ids import SourceId
from services.intake.mqtt import Broker, MqttDoor, Routes


def name_of(_feed: str, names: Sequence[str], _body: bytes) -> SourceId:
    return SourceId(names[0])


async def serve(url: str, kept: Path, ready: Path) -> None:
    async def store(_feed: str, _source: SourceId, body: bytes, _at: datetime) -> None:
        with kept.open("ab") as file:
            file.write(body + b"\n")
            file.flush()
            os.fsync(file.fileno())
        await asyncio.sleep(0.001)  # room for a kill between the disk and the acknowledgement

    door = MqttDoor(
        Broker.from_url(url, identity="test"),
        Routes.of({"frigate": ("frigate/events",)}),
        store=store,
        find_sender=name_of,
        now=lambda: datetime.now(UTC),
    )
    task = asyncio.create_task(door.run())
    while not door.is_connected:
        await asyncio.sleep(0.01)
    ready.touch()
    await task


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
