"""What a telephone system tells of a call, in whatever order, and who is told of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from httpx import AsyncClient
from sqlalchemy import select

from dispatch.access import Actor, Role
from services.live.hub import Listener, grant
from services.observe.clock import now
from services.store import sources
from services.store.calls import RINGS_FOR, delete_calls_before
from services.store.tables import audit, call_drafts, calls
from tests.builders import make_actor
from tests.services.api.world import World

CALLS = "/api/v1/hotline/calls"
NUMBER = "13812345678"


@asynccontextmanager
async def exchange(world: World, source: str = "desk-hotline") -> AsyncIterator[AsyncClient]:
    """Give a client that tells of calls with the key of a source."""
    key = await world.parts.db.write(lambda c: sources.add_key(c, source, now(), "test"))  # type: ignore[arg-type]
    async with world.stranger() as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


async def tell(client: AsyncClient, event: str, call: str = "c1", **more: Any) -> dict[str, Any]:
    answer = await client.post(CALLS, json={"event": event, "call_id": call, **more})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


async def desk_of(client: AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/v1/hotline/desk")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ear(world: World, actor: Actor) -> Listener:
    listener = Listener(actor, grant(actor, ["calls"]))
    world.parts.hub.join(listener)
    return listener


def heard(listener: Listener) -> list[dict[str, Any]]:
    frames = [msgspec.json.decode(frame) for frame in listener.take()]
    return [frame["call"] for frame in frames if frame["type"] == "call"]


async def test_a_call_rings_is_answered_and_ends(world: World) -> None:
    async with exchange(world) as pbx, world.sign_in("ann", Role.ACCEPTOR) as ann:
        told = await tell(pbx, "ringing", number=NUMBER, line="12319", agent="8001")
        assert told["state"] == "ringing"
        (call,) = (await desk_of(ann))["live"]
        assert (call["number"], call["shown"], call["masked"]) == ("+8613812345678", "138 1234 5678", False)
        assert (await tell(pbx, "answered"))["state"] == "answered"
        assert (await tell(pbx, "ended"))["state"] == "ended"
        desk = await desk_of(ann)
        assert desk["live"] == []
        assert desk["missed"] == []


async def test_words_may_come_twice_and_in_any_order(world: World) -> None:
    at = now() - timedelta(minutes=2)
    words: dict[str, dict[str, Any]] = {
        "ended": {"at": (at + timedelta(seconds=90)).isoformat()},
        "answered": {"at": (at + timedelta(seconds=5)).isoformat(), "agent": "8002"},
        "ringing": {"at": at.isoformat(), "number": NUMBER, "agent": "8001"},
    }
    async with exchange(world) as pbx:
        for _ in range(2):
            for event, more in words.items():
                await tell(pbx, event, **more)
    (row,) = await world.parts.db.read(lambda connection: connection.execute(select(calls)).all())
    assert (row.number, row.agent) == ("+8613812345678", "8002"), "who answered has it, not whose telephone rang first"
    assert row.rang_at < row.answered_at < row.ended_at


async def test_the_same_word_again_is_told_to_nobody(world: World) -> None:
    listener = ear(world, make_actor("acceptor", user="ann"))
    async with exchange(world) as pbx:
        first = await tell(pbx, "ringing", number=NUMBER)
        again = await tell(pbx, "ringing", number=NUMBER)
    assert first == again
    assert len(heard(listener)) == 1


async def test_a_call_is_told_to_who_sits_at_the_telephone_that_rings(world: World) -> None:
    async with exchange(world) as pbx, world.sign_in("ann", Role.ACCEPTOR) as ann:
        assert (await ann.put("/api/v1/hotline/seat", json={"extension": "8001"})).status_code == 204
        hers, other = (ear(world, make_actor("acceptor", user=user)) for user in ("ann", "bea"))
        await tell(pbx, "ringing", number=NUMBER, agent="8001")
        (call,) = heard(hers)
        assert (call["operator"], call["number"]) == ("ann", "+8613812345678")
        assert heard(other) == []
        await tell(pbx, "ringing", call="c2", number=NUMBER, agent="8099")
        assert len(heard(hers)) == len(heard(other)) == 1, "where nobody sits, whoever is free answers"
        assert (await desk_of(ann))["extension"] == "8001"


async def test_who_sits_down_takes_the_telephone_over(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann, world.sign_in("bea", Role.ACCEPTOR) as bea:
        for each in (ann, bea):
            await each.put("/api/v1/hotline/seat", json={"extension": "8001"})
        assert ((await desk_of(ann))["extension"], (await desk_of(bea))["extension"]) == ("", "8001")
        await bea.put("/api/v1/hotline/seat", json={"extension": ""})
        assert (await desk_of(bea))["extension"] == ""


async def test_the_number_is_masked_for_who_may_not_see_who_reports(world: World) -> None:
    permissions = frozenset({"cases.read", "hotline.use"})
    blind = ear(world, make_actor("acceptor", user="bob", permissions=permissions))
    async with exchange(world) as pbx:
        await tell(pbx, "ringing", number=NUMBER)
    (call,) = heard(blind)
    assert call["masked"]
    assert "1234" not in call["number"] + call["shown"]


async def test_who_may_not_use_the_hotline_hears_nothing(world: World) -> None:
    assert grant(make_actor("supervisor"), ["calls"]) == frozenset()
    async with exchange(world) as pbx, world.sign_in("sue", Role.SUPERVISOR) as sue:
        await tell(pbx, "ringing", number=NUMBER)
        assert (await sue.get("/api/v1/hotline/desk")).status_code == 403


@pytest.mark.parametrize("source", ["desk-citizen", "desk-patrol"])
async def test_calls_are_told_with_the_hotlines_own_key(world: World, source: str) -> None:
    async with exchange(world, source) as other:
        answer = await other.post(CALLS, json={"event": "ringing", "call_id": "c1"})
        assert answer.status_code == 403, answer.text
    async with world.stranger() as nobody:
        assert (await nobody.post(CALLS, json={"event": "ringing", "call_id": "c1"})).status_code == 401


async def test_a_partners_program_tells_of_calls_by_its_permission(world: World) -> None:
    async with world.sign_in("pbx", Role.INTEGRATION) as pbx, world.sign_in("ann", Role.ACCEPTOR) as ann:
        assert (await tell(pbx, "ringing"))["state"] == "ringing"
        assert (await ann.post(CALLS, json={"event": "ringing", "call_id": "c1"})).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"event": "dialled", "call_id": "c1"},
        {"event": "ringing"},
        {"event": "ringing", "call_id": ""},
        {"event": "ringing", "call_id": "x" * 200},
        {"event": "ringing", "call_id": "c1", "at": "yesterday"},
        {"event": "ringing", "call_id": "c1", "number": "1" * 60},
        {"event": "ringing", "call_id": "c1", "agent": "<b>"},
        {"event": "ringing", "call_id": "c1", "who": "x"},
    ],
)
async def test_what_is_no_word_of_a_call_is_refused(world: World, body: dict[str, Any]) -> None:
    async with exchange(world) as pbx:
        assert (await pbx.post(CALLS, json=body)).status_code == 422


async def test_who_was_not_answered_is_called_back_by_one_operator(world: World) -> None:
    async with (
        exchange(world) as pbx,
        world.sign_in("ann", Role.ACCEPTOR) as ann,
        world.sign_in("bea", Role.ACCEPTOR) as bea,
    ):
        for call in ("c1", "c2"):
            await tell(pbx, "ringing", call=call, number=NUMBER)
            await tell(pbx, "ended", call=call)
        (missed,) = (await desk_of(ann))["missed"]
        assert missed["masked"], "several calls of one number are one line, and it is masked"
        both = await asyncio.gather(*(each.post(f"{CALLS}/{missed['id']}/return") for each in (ann, bea)))
        assert sorted(answer.status_code for answer in both) == [200, 409]
        shown = next(answer.json() for answer in both if answer.status_code == 200)
        assert shown["number"] == "+8613812345678"
        assert (await desk_of(bea))["missed"] == []
    deeds = await world.parts.db.read(lambda connection: list(connection.scalars(select(audit.c.action))))
    assert deeds.count("caller.shown") == 1


async def test_who_was_spoken_to_later_is_not_among_the_missed(world: World) -> None:
    async with exchange(world) as pbx, world.sign_in("ann", Role.ACCEPTOR) as ann:
        await tell(pbx, "ringing", number=NUMBER)
        await tell(pbx, "ended")
        await tell(pbx, "ringing", call="c2", number=NUMBER)
        await tell(pbx, "answered", call="c2")
        await tell(pbx, "ringing", call="c3")
        await tell(pbx, "ended", call="c3")
        (missed,) = (await desk_of(ann))["missed"]
        assert missed["number"] == "", "one that withholds its number is told of none the less"


async def test_a_call_whose_end_was_lost_does_not_ring_for_ever(world: World) -> None:
    long_ago = (now() - RINGS_FOR - timedelta(seconds=5)).isoformat()
    async with exchange(world) as pbx, world.sign_in("ann", Role.ACCEPTOR) as ann:
        assert (await tell(pbx, "ringing", number=NUMBER, at=long_ago))["state"] == "missed"
        desk = await desk_of(ann)
        assert desk["live"] == []
        assert len(desk["missed"]) == 1


async def test_what_is_taken_down_is_kept_for_its_operator_alone(world: World) -> None:
    key = "ab" * 16
    async with world.sign_in("ann", Role.ACCEPTOR) as ann, world.sign_in("bea", Role.ACCEPTOR) as bea:
        put = f"/api/v1/hotline/drafts/{key}"
        for text in ("a lamp", "a lamp is out"):
            assert (await ann.put(put, json={"fields": {"text": text}})).status_code == 204
        (draft,) = (await desk_of(ann))["drafts"]
        assert (draft["key"], draft["fields"]) == (key, {"text": "a lamp is out"})
        assert (await desk_of(bea))["drafts"] == []
        assert (await bea.put(put, json={"fields": {}})).status_code == 409
        assert (await bea.delete(put)).status_code == 204
        assert len((await desk_of(ann))["drafts"]) == 1
        assert (await ann.put(put, json={"fields": {"text": "x" * 30_000}})).status_code == 413
        assert (await ann.delete(put)).status_code == 204
        assert (await desk_of(ann))["drafts"] == []


async def test_an_operator_has_only_so_many_drafts(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        codes = [
            (await ann.put(f"/api/v1/hotline/drafts/{n:032x}", json={"fields": {}})).status_code for n in range(21)
        ]
    assert codes == [204] * 20 + [409]


async def test_calls_and_drafts_of_before_a_time_can_be_deleted(world: World) -> None:
    async with exchange(world) as pbx, world.sign_in("ann", Role.ACCEPTOR) as ann:
        await tell(pbx, "ringing", number=NUMBER)
        await ann.put(f"/api/v1/hotline/drafts/{1:032x}", json={"fields": {}})

    async def left(before: datetime) -> tuple[int, int]:
        await world.parts.db.write(lambda connection: delete_calls_before(connection, before))
        return await world.parts.db.read(
            lambda c: (len(c.execute(select(calls)).all()), len(c.execute(select(call_drafts)).all()))
        )

    assert await left(now() - timedelta(days=1)) == (1, 1)
    assert await left(now() + timedelta(seconds=1)) == (0, 0)
