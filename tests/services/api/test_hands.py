"""Two uploads are in memory at once; others wait, a few too many are asked to come again, and words pass them all."""

import asyncio
from base64 import b64encode
from contextlib import AsyncExitStack
from typing import Any

import pytest

from services.api.hands import AT_ONCE, Hands
from services.api.spool import LARGE_BYTES
from services.engine.refusals import Overloaded
from tests.services.api.open311.partner import a_request, make_key
from tests.services.api.places import IN_GRID
from tests.services.api.public.town import tools_of
from tests.services.api.samples import jpeg, noise
from tests.services.api.world import World

PHOTO = ("a.jpg", jpeg(40, 30), "image/jpeg")
SAID = {"text": "x", "lon": str(IN_GRID[0]), "lat": str(IN_GRID[1])}


async def test_the_third_waits_until_one_of_two_has_gone() -> None:
    hands, order = Hands(at_once=2, waiting_max=5), []

    async def upload(name: str, done: asyncio.Event) -> None:
        async with hands.hold() as hold:
            await hold.take()
            await hold.take()  # the second file of the same form
            order.append(name)
            await done.wait()

    done = [asyncio.Event() for _ in range(3)]
    tasks = [asyncio.create_task(upload(name, each)) for name, each in zip("abc", done, strict=True)]
    await asyncio.sleep(0)
    assert order == ["a", "b"]
    done[1].set()
    await tasks[1]
    await asyncio.sleep(0)
    assert order == ["a", "b", "c"]
    for each in done:
        each.set()
    await asyncio.gather(*tasks)


async def test_a_place_is_free_again_however_a_form_ends_and_one_without_files_takes_none() -> None:
    hands = Hands(at_once=1, waiting_max=0)

    async def fail() -> None:
        async with hands.hold() as hold:
            await hold.take()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with hands.hold(), hands.hold() as other:
        await other.take()
        with pytest.raises(Overloaded):
            async with hands.hold() as third:
                await third.take()
    async with hands.hold() as hold:
        await hold.take()


async def test_who_gives_up_while_he_waits_leaves_no_place_behind() -> None:
    hands = Hands(at_once=1, waiting_max=1)
    async with hands.hold() as first:
        await first.take()
        for _ in range(3):
            async with hands.hold() as hold:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(hold.take(), 0)
    async with hands.hold() as hold:
        await hold.take()


@pytest.fixture
async def crowded(world: World) -> World:
    """A world in which two uploads are in memory and nobody may wait."""
    tools_of(world).hands = Hands(waiting_max=0)
    return world


async def test_words_pass_where_photographs_are_asked_to_come_again(crowded: World) -> None:
    async with AsyncExitStack() as stack, crowded.stranger() as citizen:
        key = await make_key(crowded)
        for _ in range(AT_ONCE):
            await (await stack.enter_async_context(tools_of(crowded).hands.hold())).take()

        small, large = b64encode(PHOTO[1]).decode(), b64encode(noise(1_100, 1_000)).decode()
        assert len(small) < LARGE_BYTES < len(large)

        async def send_base64(picture: str) -> list[int]:
            """Return how Open311 answers a request with a picture in base64, in both kinds of form."""
            form = {"api_key": key, "media": picture}
            url, no_file = "/open311/v2/requests.json", {"photo": ("", b"", "application/octet-stream")}
            answers = [
                await citizen.post(url, data=form | a_request()),
                await citizen.post(url, data=form | a_request(), files=no_file),
            ]
            return [answer.status_code for answer in answers]

        async def send(*photos: tuple[str, bytes, str]) -> list[int]:
            """Return how the three doors answer a report with and without pictures."""
            form, files = {"api_key": key, **a_request()}, [("photos", each) for each in photos]
            how: dict[str, Any] = {"data": SAID, "files": files} if photos else {"json": {"text": "x"}}
            answers = [
                await citizen.post("/api/v1/reports", **how),
                await citizen.post("/report/plain/", data={"text": "x", "address": "y"}, files=files),
                await citizen.post("/open311/v2/requests.json", data=form, files=files),
            ]
            return [answer.status_code for answer in answers]

        assert await send(PHOTO) == [503, 503, 503]
        assert await send_base64(large) == [503, 503]
        assert await send_base64(small) == [200, 200]
        assert await send() == [201, 303, 200]
        await stack.aclose()
        assert await send(PHOTO) == [201, 303, 200]
        assert await send_base64(large) == [200, 200]
