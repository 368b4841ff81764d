"""The phone's own routes: colleagues, the day, findings, late reports, positions that are shared and forgotten."""

from datetime import timedelta
from typing import Any

from httpx import AsyncClient

from dispatch.access import Role
from services.observe.clock import now
from services.store import tracks
from tests.services.api.places import IN_GRID
from tests.services.api.samples import jpeg
from tests.services.api.world import World

WORKER, OTHER = "W001", "W002"
ME = "/api/v1/workers/me"


async def send_task(desk: AsyncClient, worker: str = WORKER, **more: Any) -> dict[str, Any]:
    body = {"category": "E0102", "lon": IN_GRID[0], "lat": IN_GRID[1], "text": "垃圾", **more}
    case = (await desk.post("/api/v1/cases", json=body)).json()
    if case["worker"] == worker:
        return dict(case)
    command = "reassign" if case["worker"] else "dispatch"
    sent = await desk.post(f"/api/v1/cases/{case['id']}/commands/{command}", json={"worker": worker})
    assert sent.status_code == 200, sent.text
    return dict(sent.json())


async def journal_of(desk: AsyncClient, case_id: str) -> list[dict[str, Any]]:
    return list((await desk.get(f"/api/v1/cases/{case_id}/journal")).json()["items"])


async def picture(client: AsyncClient) -> str:
    made = await client.post("/api/v1/media", files={"file": ("a.jpg", jpeg(8, 8), "image/jpeg")})
    return str(made.json()["id"])


# --- late reports --------------------------------------------------------------------------------------------


async def test_what_came_too_late_is_kept_in_the_case_and_changes_nothing_else(world: World) -> None:
    async with (
        world.sign_in("desk", Role.DISPATCHER) as desk,
        world.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone,
    ):
        case = await send_task(desk)
        await desk.post(f"/api/v1/cases/{case['id']}/commands/reassign", json={"worker": OTHER})
        assert (await phone.get(f"/api/v1/cases/{case['id']}")).status_code == 404, "it is another's now"
        late = {"note": "离线时已清理", "media": [await picture(phone)]}
        headers = {"Idempotency-Key": "late-1"}
        for _ in range(2):
            kept = await phone.post(f"/api/v1/cases/{case['id']}/late-report", json=late, headers=headers)
            assert (kept.status_code, kept.json()["number"]) == (201, case["number"]), kept.text
        facts = await journal_of(desk, case["id"])
        assert [fact["kind"] for fact in facts].count("NoteAdded") == 1
        assert facts[-1]["data"] == {"by": "wang", **late}
        now_there = (await desk.get(f"/api/v1/cases/{case['id']}")).json()
        assert (now_there["worker"], now_there["stage"]) == (OTHER, "dispatched")


async def test_a_late_report_reaches_a_case_that_has_ended(world: World) -> None:
    async with (
        world.sign_in("desk", Role.DISPATCHER) as desk,
        world.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone,
    ):
        case = await send_task(desk)
        await desk.post(f"/api/v1/cases/{case['id']}/commands/void", json={"reason": "reported twice"})
        kept = await phone.post(f"/api/v1/cases/{case['id']}/late-report", json={"note": "it was there"})
        assert (kept.status_code, kept.json()["stage"]) == (201, "void")


async def test_nobody_writes_into_a_case_that_was_never_his(world: World) -> None:
    async with (
        world.sign_in("desk", Role.DISPATCHER) as desk,
        world.sign_in("li", Role.WORKER, worker_id="W003") as stranger,
    ):
        case = await send_task(desk)
        path = f"/api/v1/cases/{case['id']}/late-report"
        assert (await stranger.post(path, json={"note": "x"})).status_code == 404
        assert (await desk.post(path, json={"note": "x"})).status_code == 403
        assert (await stranger.post("/api/v1/cases/none/late-report", json={"note": "x"})).status_code == 404
        assert "NoteAdded" not in [fact["kind"] for fact in await journal_of(desk, case["id"])]


async def test_a_late_report_without_words_or_with_unknown_pictures_is_refused(world: World) -> None:
    async with (
        world.sign_in("desk", Role.DISPATCHER) as desk,
        world.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone,
    ):
        case = await send_task(desk)
        path = f"/api/v1/cases/{case['id']}/late-report"
        assert (await phone.post(path, json={"note": ""})).status_code == 422
        assert (await phone.post(path, json={"note": "x", "media": ["0" * 40]})).status_code == 422


# --- findings ------------------------------------------------------------------------------------------------


async def test_what_a_worker_finds_becomes_a_case_that_a_person_looks_at(world: World) -> None:
    async with (
        world.sign_in("desk", Role.DISPATCHER) as desk,
        world.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone,
    ):
        body = {"text": "井盖破损", "category": "P0101", "lon": IN_GRID[0], "lat": IN_GRID[1]}
        body["media"] = [await picture(phone)]
        made = await phone.post(f"{ME}/findings", json=body, headers={"Idempotency-Key": "f1"})
        again = await phone.post(f"{ME}/findings", json=body, headers={"Idempotency-Key": "f1"})
        assert made.status_code == 201, made.text
        assert again.json() == made.json()
        case = (await desk.get(f"/api/v1/cases/{made.json()['case_id']}")).json()
        assert (case["stage"], case["source"], case["media"]) == ("reported", "user:wang", body["media"])
        events = (await desk.get(f"/api/v1/cases/{case['id']}/events")).json()["items"]
        assert [each["attributes"]["channel"] for each in events] == ["worker"]


async def test_an_empty_finding_is_refused(world: World) -> None:
    async with world.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        for wrong in ({}, {"text": " "}, {"text": "x", "lon": 106.5}, {"category": "NOPE", "text": "x"}):
            assert (await phone.post(f"{ME}/findings", json=wrong)).status_code == 422, wrong


# --- colleagues, the day -------------------------------------------------------------------------------------


async def test_colleagues_are_those_of_the_own_department_and_not_where_they_are(world: World) -> None:
    async with world.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        found = (await phone.get(f"{ME}/colleagues")).json()["items"]
        workers = world.parts.city.codes.workers
        department = workers[WORKER].department  # type: ignore[index]
        assert {each["id"] for each in found} == {
            each.id for each in workers.values() if each.department == department and each.id != WORKER
        }
        assert set(found[0]) == {"id", "name", "on_duty", "open_tasks"}
        assert [each["on_duty"] for each in found] == sorted((each["on_duty"] for each in found), reverse=True)


async def test_the_day_counts_what_was_done_today(world: World) -> None:
    async with (
        world.sign_in("desk", Role.DISPATCHER) as desk,
        world.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone,
    ):
        none = (await phone.get(f"{ME}/day")).json()["figures"]
        assert none == {
            "handled": 0, "on_time": 0, "reworked": 0, "open": 0,
            "to_accept_s": None, "to_arrive_s": None, "to_handle_s": None,
        }  # fmt: skip
        case = await send_task(desk)
        for command in ("accept", "arrive", "report_handled"):
            done = await phone.post(f"/api/v1/cases/{case['id']}/commands/{command}", json={})
            assert done.status_code == 200, done.text
        await send_task(desk, text="another", category="E0504")
        day = (await phone.get(f"{ME}/day")).json()
        assert (day["figures"]["handled"], day["figures"]["on_time"], day["figures"]["open"]) == (1, 1, 1)
        assert day["figures"]["to_accept_s"] >= 0
        assert day["since"] <= now().isoformat()


# --- positions -----------------------------------------------------------------------------------------------


async def sign(phone: AsyncClient, *, on: bool) -> None:
    assert (await phone.post(f"{ME}/duty", json={"on_duty": on})).status_code == 200


async def tell(phone: AsyncClient, lon: float = IN_GRID[0]) -> int:
    return (await phone.post(f"{ME}/position", json={"lon": lon, "lat": IN_GRID[1], "accuracy_m": 8})).status_code


async def test_a_position_is_wanted_on_duty_only_and_the_desk_sees_the_last_half_hour(world: World) -> None:
    async with (
        world.sign_in("desk", Role.DISPATCHER) as desk,
        world.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone,
    ):
        await sign(phone, on=False)
        assert await tell(phone) == 409
        await sign(phone, on=True)
        assert await tell(phone) == 204
        assert await tell(phone) == 204
        track = (await desk.get(f"/api/v1/workers/{WORKER}/track")).json()["items"]
        assert [each["point"] for each in track] == [list(IN_GRID)], "thinned: it has not moved"
        assert (await phone.get(f"/api/v1/workers/{WORKER}/track")).status_code == 403
        assert (await desk.get("/api/v1/workers/nobody/track")).status_code == 404
        await sign(phone, on=False)
        assert (await desk.get(f"/api/v1/workers/{WORKER}/track")).json()["items"] == []


async def test_who_stops_sharing_or_goes_home_is_forgotten(world: World) -> None:
    async with world.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        await sign(phone, on=True)
        await tell(phone)
        assert (await phone.get(ME)).json()["at"]
        assert (await phone.delete(f"{ME}/position")).status_code == 204
        assert (await phone.get(ME)).json()["at"] is None
        await tell(phone)
        await sign(phone, on=False)
        await world.parts.tracks.settle()
        assert (await phone.get(ME)).json()["at"] is None
    found = await world.parts.db.read(lambda c: tracks.list_points(c, WORKER, now() - timedelta(days=1)))
    assert found == []


async def test_old_positions_are_deleted(world: World) -> None:
    def old(hours: float) -> tracks.TrackPoint:
        at = now() - timedelta(hours=hours)
        point = world.parts.city.codes.workers[WORKER].home  # type: ignore[index]
        return tracks.TrackPoint(worker=WORKER, at=at, point=point, accuracy_m=None)

    await world.parts.db.write(lambda c: tracks.add_points(c, [old(3), old(2.5), old(1)]))
    assert await world.parts.tracks.settle() == 2
    left = await world.parts.db.read(lambda c: tracks.list_points(c, WORKER, now() - timedelta(days=1)))
    assert len(left) == 1


async def test_another_department_s_workers_are_not_followed(world: World) -> None:
    async with world.sign_in("desk", Role.DISPATCHER, department="parks") as desk:
        assert (await desk.get(f"/api/v1/workers/{WORKER}/track")).status_code == 404
