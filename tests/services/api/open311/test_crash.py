"""A partner that had no answer tries again: one request, wherever the first try was cut off."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from dispatch.ids import SourceId
from services.engine.refusals import Overloaded
from services.observe.clock import now
from services.store.inbox import keyed_id
from services.store.tables import inbox, reporters, reports
from tests.services.api.open311.partner import Partner, a_request
from tests.services.api.samples import jpeg
from tests.services.api.world import World


async def count(world: World, table: Any) -> int:
    return await world.parts.db.read(lambda c: c.scalar(select(func.count()).select_from(table)) or 0)


async def test_a_try_that_ended_before_its_message_was_stored_is_made_whole_by_the_next(
    partner: Partner, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = a_request(first_name="Ada")

    async def refuse(*_: object) -> None:
        raise Overloaded("too much waits")

    with monkeypatch.context() as patch:
        patch.setattr(type(world.parts.inbox), "receive", refuse)
        answer = await partner.post(**form)
    assert answer.status_code == 503
    assert answer.json()[0]["code"] == 503
    assert int(answer.headers["retry-after"]) > 0
    assert (await count(world, reports), await count(world, inbox)) == (1, 0)
    (receipt,) = (await partner.post(**form)).json()
    await partner.read_all()
    assert (await count(world, reports), await count(world, inbox), await count(world, reporters)) == (1, 1, 1)
    assert (await partner.one(receipt["service_request_id"], extensions="true"))["address"]


async def test_a_try_that_ended_before_its_answer_is_answered_by_the_next(partner: Partner, world: World) -> None:
    form, files = a_request(), {"media": ("a.jpg", jpeg(64, 64), "image/jpeg")}
    first, second = [(await partner.post(**form, files=files)).json() for _ in range(2)]
    later = (await partner.post(**form, files=files, headers={"Prefer": "respond-async"})).json()
    (found,) = await partner.get(f"tokens/{later[0]['token']}")
    assert first == second
    assert found["service_request_id"] == first[0]["service_request_id"]
    assert (await count(world, reports), await count(world, inbox)) == (1, 1)


@pytest.mark.parametrize(("age", "same"), [(timedelta(hours=23), True), (timedelta(hours=25), False)])
async def test_the_same_words_on_another_day_are_news(
    partner: Partner, world: World, age: timedelta, same: bool
) -> None:
    form = a_request()
    before = now() - age
    (first,) = (await partner.post(**form)).json()
    await partner.read_all()
    # As if the first had come then: its message's id has that day in it.
    body = await world.parts.db.read(lambda c: c.scalar(select(inbox.c.body)))
    key = json.loads(body or b"")["key"].partition("-")[0]
    old = keyed_id("open311", SourceId("open311:app"), f"{key}-{before:%y%m%d}".encode())

    def write(connection: Any) -> None:
        connection.execute(update(reports).values(message_id=old, token_hash=old, created_at=before))
        connection.execute(delete(inbox))

    await world.parts.db.write(write)
    answer = await partner.post(**form)
    assert answer.status_code == 200, answer.text
    (second,) = answer.json()
    assert (first["service_request_id"] == second["service_request_id"]) is same
