"""All of it together: what is news becomes letters, and letters are sent."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx

from dispatch.citymap import City
from services.notify.gather import Gatherer
from services.notify.postman import Postman
from services.notify.providers import make_providers
from services.settings import Settings
from services.store.database import Database


class Letters:
    """Gathers and sends. Where no way out is set up it does nothing."""

    def __init__(self, gatherer: Gatherer, postman: Postman) -> None:
        self.gatherer, self.postman = gatherer, postman

    async def run(self) -> int:
        """Return how many letters were taken."""
        if not self.postman.providers:
            return 0
        await self.gatherer.gather()
        return await self.postman.send_due()


def make_letters(
    settings: Settings,
    db: Database,
    city: Callable[[], City],
    client: Callable[[], Awaitable[httpx.AsyncClient]],
    open_link: Callable[[str], str],
) -> Letters:
    """`open_link` opens a sealed private token, "" for one that it cannot.

    :raises BadSetting: if a way out is set up half.
    """

    gatherer = Gatherer(
        db,
        city,
        public_url=settings.public_url,
        digest=timedelta(minutes=settings.digest_minutes),
        open_link=open_link,
    )
    return Letters(gatherer, Postman(db, make_providers(settings, client)))
