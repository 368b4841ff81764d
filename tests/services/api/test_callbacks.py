"""Who reported by telephone is called when it has ended: by one, until he is reached, and what he says is counted."""

import asyncio
import dataclasses
from typing import Any

from httpx import AsyncClient
from msgspec.structs import replace
from sqlalchemy import select

from dispatch.access import Role
from services.store.tables import audit, hotline_reports
from tests.services.api.test_hotline import take_down
from tests.services.api.world import World

CALLBACKS = "/api/v1/hotline/callbacks"


async def ended(world: World, client: AsyncClient, key: str = "0", **more: Any) -> dict[str, Any]:
    """Take down a report and end its case; return what was told of it."""
    taken = await take_down(client, key=key * 32, **({"callback": True} | more))
    answer = await client.post(f"/api/v1/cases/{taken['case']['id']}/commands/decline", json={"reason": "too small"})
    assert answer.status_code == 200, answer.text
    return taken


async def due_of(client: AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get(CALLBACKS)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def result(client: AsyncClient, report: str, **said: Any) -> Any:
    return await client.post(f"{CALLBACKS}/{report}/result", json=said)


async def test_who_wished_it_is_called_when_his_case_has_ended_and_not_before(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        taken = await take_down(ann, callback=True)
        assert await due_of(ann) == []
        await ann.post(f"/api/v1/cases/{taken['case']['id']}/commands/decline", json={"reason": "too small"})
        (due,) = await due_of(ann)
        assert (due["report"], due["callback"], due["tries"]) == (taken["number"], "asked", 0)
        assert due["case"]["id"] == taken["case"]["id"]
        assert (due["name"], due["masked"]) == ("王**", True)
        assert "1234" not in due["phone"]
        assert (await ann.get("/api/v1/hotline/desk")).json()["callbacks"] == 1


async def test_who_did_not_wish_it_is_called_where_the_city_calls_all(world: World) -> None:
    city = world.parts.city

    async def call_share(share: float) -> None:
        await world.parts.desk.adopt(dataclasses.replace(city, hotline=replace(city.hotline, callback_share=share)))

    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        await call_share(0.0)
        await ended(world, ann, callback=False)
        assert await due_of(ann) == []
        await call_share(1.0)
        await ended(world, ann, "1", callback=False)
        assert [due["callback"] for due in await due_of(ann)] == ["rule"]
        await ended(world, ann, "2", callback=False, number="")
        assert len(await due_of(ann)) == 1, "who left no number cannot be called"


async def test_two_operators_never_call_the_same(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann, world.sign_in("bea", Role.ACCEPTOR) as bea:
        number = (await ended(world, ann))["number"]
        both = await asyncio.gather(*(each.post(f"{CALLBACKS}/{number}/claim") for each in (ann, bea)))
        assert sorted(answer.status_code for answer in both) == [200, 409]
        shown = next(answer.json() for answer in both if answer.status_code == 200)
        assert (shown["name"], shown["phone"], shown["masked"]) == ("王小明", "138 1234 5678", False)
        refused = next(answer.json() for answer in both if answer.status_code == 409)
        assert refused["type"].endswith(":claimed")
        assert refused["by"] == shown["claimed_by"]
        mine, other = (ann, bea) if shown["claimed_by"] == "ann" else (bea, ann)
        assert (await result(other, number, reached=True)).status_code == 409
        assert (await other.delete(f"{CALLBACKS}/{number}/claim")).status_code == 204
        assert (await due_of(other))[0]["claimed_by"], "nobody lets go of another's call"
        assert (await mine.delete(f"{CALLBACKS}/{number}/claim")).status_code == 204
        assert (await other.post(f"{CALLBACKS}/{number}/claim")).status_code == 200
    shown_to = await world.parts.db.read(
        lambda c: list(c.scalars(select(audit.c.username).where(audit.c.action == "reporter.shown")))
    )
    assert sorted(shown_to) == ["ann", "bea"]


async def test_what_he_says_is_a_fact_of_the_case_and_a_figure_that_leads_back_to_it(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        happy, unhappy = [(await ended(world, ann, key)) for key in "01"]
        assert (await result(ann, happy["number"], reached=True, satisfied=True, note="很快")).status_code == 200
        assert (await result(ann, unhappy["number"], reached=True, satisfied=False, note="没修")).status_code == 200
        answer = (await ann.get(CALLBACKS)).json()
        assert answer["items"] == []
        figures = answer["figures"]
        assert [figures[name]["value"] for name in ("called_back", "satisfied", "satisfaction_rate")] == [2, 1, 0.5]
        for name, cases in (("satisfied", [happy]), ("satisfaction_rate", [happy, unhappy])):
            listed = (await ann.get(figures[name]["link"])).json()["items"]
            assert {case["id"] for case in listed} == {each["case"]["id"] for each in cases}
        overview = (await ann.get("/api/v1/metrics/overview")).json()["cells"]
        assert overview["satisfaction_rate"] == figures["satisfaction_rate"] | {
            "link": overview["satisfaction_rate"]["link"]
        }
        facts = (await ann.get(f"/api/v1/cases/{happy['case']['id']}/journal")).json()["items"]
        (call,) = [fact for fact in facts if fact["kind"] == "CallbackDone"]
        assert call["data"]["report"] == happy["number"]
        assert (await result(ann, happy["number"], reached=True)).status_code == 404, "he is not called again"


async def test_who_was_not_reached_is_tried_again_later_and_then_no_more(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        number = (await ended(world, ann))["number"]
        for tries in (1, 2):
            assert (await result(ann, number, reached=False)).status_code == 200
            (due,) = await due_of(ann)
            assert (due["tries"], due["claimed_by"]) == (tries, "")
            assert due["next_at"] > due["ended_at"]
        assert (await result(ann, number, reached=False)).status_code == 200
        assert await due_of(ann) == []


async def test_a_result_that_is_sent_again_counts_once(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        number = (await ended(world, ann))["number"]
        headers = {"Idempotency-Key": "k1"}
        for _ in range(2):
            answer = await ann.post(f"{CALLBACKS}/{number}/result", json={"reached": False}, headers=headers)
            assert answer.status_code == 200
        assert (await due_of(ann))[0]["tries"] == 1


async def test_who_is_not_satisfied_has_it_taken_up_again_and_is_called_when_it_ends_anew(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        taken = await ended(world, ann)
        unhappy = {"reached": True, "satisfied": False, "reopen": True}
        assert (await result(ann, taken["number"], **unhappy)).status_code == 422, "it needs a reason"
        answer = await result(ann, taken["number"], **unhappy, note="没有修好")
        assert answer.status_code == 200, answer.text
        assert answer.json()["filed_at"]
        assert await due_of(ann) == []
        void = await ann.post(f"/api/v1/cases/{taken['case']['id']}/commands/void", json={"reason": "nothing there"})
        assert void.status_code == 200, void.text
        (due,) = await due_of(ann)
        assert (due["report"], due["tries"]) == (taken["number"], 0)


async def test_a_call_back_is_asked_for_by_the_lists_own_way_only(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann, world.sign_in("sue", Role.SUPERVISOR) as sue:
        taken = await ended(world, ann)
        body = {"report": "R-260101-00001", "reached": True}
        forged = await ann.post(f"/api/v1/cases/{taken['case']['id']}/commands/call_back", json=body)
        assert forged.status_code == 422, "no report of one's own invention is counted"
        assert (await sue.get(CALLBACKS)).status_code == 403
        assert (await result(ann, "R-260101-99999", reached=True)).status_code == 404


async def test_the_row_is_written_with_the_fact(world: World) -> None:
    async with world.sign_in("ann", Role.ACCEPTOR) as ann:
        number = (await ended(world, ann))["number"]
        await result(ann, number, reached=True, satisfied=True)
    (row,) = await world.parts.db.read(lambda connection: connection.execute(select(hotline_reports)).all())
    assert (row.called_by, row.tries, row.is_last, row.claimed_by) == ("ann", 1, True, "")
    assert row.called_at is not None
