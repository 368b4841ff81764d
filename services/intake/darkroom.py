"""Pictures that come with messages: kept as they came when the message is, developed after it (ADR 0039)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection

from dispatch.ids import SourceId
from services.observe import counters
from services.store.database import Database
from services.store.media import Medium, add_medium, put_medium, remove_medium
from services.store.pictures import BadPicture, PictureFolder, PictureTooLarge, TooManyPictures
from services.store.shelf import BucketAway

PICTURES_MAX = 10
"""Pictures of one message that are kept; a passing vehicle has two or three."""
AGAIN_S = 5.0
"""How long is waited after a picture that could not be written."""

log = structlog.get_logger(__name__)


class Darkroom:
    """Puts pictures down at the doors; `run()` develops them where the engine is."""

    def __init__(self, db: Database, folder: PictureFolder) -> None:
        self._db, self._folder = db, folder
        self._awake = asyncio.Event()

    async def keep(self, source: SourceId, pictures: Sequence[bytes], at: datetime) -> list[str]:
        """Return the id of each picture once those that can be are kept, durably. One that is none, or for which there
        is no room, is counted and has the id "": no message is lost for its picture.
        """
        kept: list[Medium] = []
        ids: list[str] = []
        for body in pictures:
            outcome, media_id = "kept" if len(kept) < PICTURES_MAX else "beyond", ""
            if outcome == "kept":
                try:
                    medium = await self._folder.put_down(body)
                    kept.append(medium)
                    media_id = medium.id
                except (BadPicture, PictureTooLarge):
                    outcome = "bad"
                except TooManyPictures:
                    outcome = "crowded"
                except (OSError, BucketAway) as error:
                    log.error("picture not kept", source=source, error=f"{type(error).__name__}: {error}")
                    outcome = "failed"
            counters.PICTURES.labels(outcome).inc()
            ids.append(media_id)
        if kept:
            await self._db.write(lambda connection: _add_all(connection, kept, source, at))
            self._awake.set()
        return ids

    async def run(self) -> None:
        """Develop what waits until cancelled."""
        while True:
            self._awake.clear()
            try:
                for media_id in await self._folder.list_undeveloped():
                    await self.develop(media_id)
            except Exception as error:  # noqa: BLE001 - outermost loop: what lies undeveloped is taken up again
                log.error("picture not developed", error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(AGAIN_S)
            try:
                # Another process (a door) may have put some down.
                async with asyncio.timeout(self._folder.look_every_s):
                    await self._awake.wait()
            except TimeoutError:
                continue

    async def develop(self, media_id: str) -> None:
        """Develop one picture. Killed at any moment, it is done again."""
        try:
            medium = await self._folder.develop(media_id)
        except (BadPicture, PictureTooLarge) as error:
            log.warning("picture is none", picture=media_id, error=str(error))
            counters.PICTURES.labels("broken").inc()
            await self._db.write(lambda connection: remove_medium(connection, media_id))
        else:
            if medium is not None:
                await self._db.write(lambda connection: put_medium(connection, medium))
        await self._folder.drop_raw(media_id)


def _add_all(connection: Connection, kept: Sequence[Medium], source: SourceId, at: datetime) -> None:
    for each in kept:
        add_medium(connection, each, f"source:{source}", at)
