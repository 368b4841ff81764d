"""A puller at work against fake devices, and what it has heard."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from dispatch.city import Source
from dispatch.ids import SourceId
from services.intake.pulls.credentials import Credentials
from services.intake.pulls.puller import Pace, Puller
from services.observe import clock
from tests.parts.devices import PASSWORD, USERNAME

FAST = Pace(
    look_every_s=0.02,
    retry_first_s=0.05,
    retry_max_s=0.2,
    refused_first_s=0.05,
    steady_s=60.0,
    spread_s=0.0,
    store_again_s=0.02,
)


def make_source(feed: str, url: str, name: str = "nvr") -> Source:
    return Source(
        id=SourceId(f"{feed}:{name}"), feed=feed, kind="gateway", external_id=name, name_zh="", name_en="", pull=url
    )


def write_secrets(folder: Path, password: str = PASSWORD, name: str = "*", more: str = "") -> Path:
    path = folder / "secrets.toml"
    path.write_text(f'["{name}"]\nusername = "{USERNAME}"\npassword = "{password}"\n{more}', encoding="utf-8")
    return path


class Heard:
    """Who is told; `fail` makes the next so many messages not storable."""

    def __init__(self, *sources: Source) -> None:
        self.sources = list(sources)
        self.messages: list[tuple[str, bytes, Sequence[bytes]]] = []
        self.heartbeats: list[bytes] = []
        self.fail: list[Exception] = []

    async def list_sources(self) -> Sequence[Source]:
        return self.sources

    async def receive(self, source: Source, body: bytes, pictures: Sequence[bytes]) -> None:
        if self.fail:
            raise self.fail.pop()
        self.messages.append((source.id, body, tuple(pictures)))

    async def hear(self, _source: Source, body: bytes) -> None:
        self.heartbeats.append(body)

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body, _ in self.messages]


async def until(is_so: Callable[[], bool], within_s: float = 15.0) -> None:
    async with asyncio.timeout(within_s):
        while not is_so():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def run_puller(heard: Heard, secrets: str | Path = "", pace: Pace = FAST) -> AsyncIterator[Puller]:
    puller = Puller(
        heard.list_sources, Credentials(str(secrets)), receive=heard.receive, hear=heard.hear, now=clock.now, pace=pace
    )
    task = asyncio.create_task(puller.run())
    await until(lambda: len(puller.states) == len(heard.sources))
    try:
        yield puller
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
