"""A phone that does not listen is rung through its push service; the message is for that browser alone."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from httpx import ASGITransport, AsyncClient
from sqlalchemy import update

from dispatch.access import Role
from dispatch.citymap import City
from dispatch.ids import CaseId
from services.bootstrap import make_app, run_platform
from services.live.webpush import are_keys, is_push_service, make_sealer
from services.observe.clock import now
from services.settings import BadSetting, Settings
from services.store.journal import Batch, Notice, list_of_case, record
from services.store.migrate import open_database
from services.store.tables import outbox
from tests.parts.push_service import Browser, PushService, check_signed, encode64, run_push_service
from tests.services.api.places import IN_GRID
from tests.services.api.world import World

ME = "/api/v1/workers/me/push"
WORKER = "W001"


@pytest.fixture
def service() -> Iterator[PushService]:
    with run_push_service() as running:
        yield running


@pytest.fixture
async def town(city: City, tmp_path: Path, service: PushService) -> AsyncIterator[World]:
    settings = Settings(
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path / 'test.sqlite3'}",
        front_dir=tmp_path / "front",
        push_subject="mailto:ops@city.example",
        push_services=(service.origin,),
    )
    async with run_platform(settings, open_database(settings), city) as parts:
        yield World(parts, ASGITransport(make_app(parts), raise_app_exceptions=False))


async def subscribe(client: AsyncClient, browser: Browser, **more: str) -> dict[str, Any]:
    answer = await client.post(ME, json=browser.subscription(**more))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def send_task(town: World, **more: Any) -> dict[str, Any]:
    """Open a case and send WORKER to it."""
    async with town.again("desk") as desk:
        body = {"category": "E0102", "lon": IN_GRID[0], "lat": IN_GRID[1], "address": "民权路 28 号", **more}
        case = (await desk.post("/api/v1/cases", json=body)).json()
        command = "reassign" if case["worker"] else "dispatch"
        if case["worker"] != WORKER:
            sent = await desk.post(f"/api/v1/cases/{case['id']}/commands/{command}", json={"worker": WORKER})
            assert sent.status_code == 200, sent.text
            case = sent.json()
        return dict(case)


async def let_time_pass(town: World, seconds: float = 10) -> None:
    """Make all notices so much older."""
    then = now() - timedelta(seconds=seconds)
    await town.parts.db.write(
        lambda connection: connection.execute(update(outbox).values(created_at=then, deliver_at=then))
    )


async def test_a_task_rings_the_browsers_of_its_worker_sealed_and_signed(town: World, service: PushService) -> None:
    await town.add("desk", Role.DISPATCHER)
    async with town.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        key = (await phone.get(f"{ME}/key")).json()["public_key"]
        chinese, english = service.subscribe("/send/zh"), service.subscribe("/send/en")
        await subscribe(phone, chinese, language="zh", device="Android")
        await subscribe(phone, english, language="en", device="Windows")
        case = await send_task(town)
        assert await town.parts.pusher.push_due() == 0, "its socket has a moment to come back"
        await let_time_pass(town)
        assert await town.parts.pusher.push_due() == 1
        taken = {each.path: each for each in service.wait_for(2)}
        said = chinese.open(taken["/send/zh"].body)
        assert (said["title"], said["url"]) == ("新任务", f"/worker/#/task/{case['id']}")
        assert "民权路 28 号" in said["body"]
        assert english.open(taken["/send/en"].body)["title"] == "New task"
        with pytest.raises(InvalidTag):
            chinese.open(taken["/send/en"].body)
        for message in taken.values():
            claims = check_signed(message, service.origin, key)
            assert claims["sub"] == "mailto:ops@city.example"
            assert now().timestamp() < claims["exp"] <= (now() + timedelta(hours=24)).timestamp()
            assert (message.headers["Urgency"], message.headers["Content-Encoding"]) == ("high", "aes128gcm")
            assert int(message.headers["TTL"]) > 0
        assert await town.parts.pusher.push_due() == 0, "once"
        assert len(service.taken) == 2
        shown = (await phone.get(ME)).json()["items"]
        assert all(each["reached_at"] for each in shown)
        assert "endpoint" not in shown[0]


async def escalate(town: World, case_id: str, recipient: str, role: str, *, held: bool = False) -> None:
    """Note that somebody is told of the case's chain, by its last fact: now, or held back until now."""
    at = now()
    (last,) = await town.parts.db.read(lambda c: list_of_case(c, CaseId(case_id))[-1:])
    notice = Notice(
        seq=last.seq,
        kind="chain",
        recipient=recipient,
        role=role,
        case_id=CaseId(case_id),
        created_at=at - timedelta(hours=held),
        deliver_at=at,
    )
    await town.parts.db.submit(record, Batch(notices=[notice]))


async def test_who_is_above_is_rung_for_what_is_escalated_to_him(town: World, service: PushService) -> None:
    desk = "/api/v1/me/push"
    await town.add("desk", Role.DISPATCHER)
    async with town.sign_in("lin", Role.LEADER) as leader, town.sign_in("sun", Role.SUPERVISOR) as supervisor:
        assert (await leader.get(f"{desk}/key")).json()["public_key"]
        browsers = {"lin": service.subscribe("/send/lin"), "sun": service.subscribe("/send/sun")}
        for who, client in (("lin", leader), ("sun", supervisor)):
            made = await client.post(desk, json=browsers[who].subscription(language="en"))
            assert made.status_code == 201, made.text
        first, second = await send_task(town), await send_task(town, lon=IN_GRID[0] + 0.003, address="中山路 1 号")
        await escalate(town, first["id"], "lin", "leader")
        await escalate(town, first["id"], "sun", "supervisor", held=True)
        await escalate(town, second["id"], "sun", "supervisor", held=True)
        aged = update(outbox).values(deliver_at=now() - timedelta(seconds=10))
        await town.parts.db.write(lambda connection: connection.execute(aged))
        same = update(outbox).where(outbox.c.recipient == "lin").values(created_at=outbox.c.deliver_at)
        await town.parts.db.write(lambda connection: connection.execute(same))
        assert await town.parts.pusher.push_due() == 3
        said = {each.path: browsers[each.path[-3:]].open(each.body) for each in service.wait_for(2)}
        assert said["/send/lin"]["title"] == "Nobody has accepted it"
        assert said["/send/lin"]["url"] == f"/console/?case={first['id']}"
        assert said["/send/sun"]["title"] == "2 cases need a look"
        assert said["/send/sun"]["body"] == f"{first['number']}, {second['number']}"
        assert await town.parts.pusher.push_due() == 0, "once"
        assert len((await leader.get(desk)).json()["items"]) == 1
        (mine,) = (await leader.get(desk)).json()["items"]
        assert (await supervisor.delete(f"{desk}/{mine['id']}")).status_code == 404, "another's is not mine"
        assert (await leader.delete(f"{desk}/{mine['id']}")).status_code == 204


async def test_a_browser_that_has_withdrawn_is_forgotten_and_a_silent_service_is_asked_again(
    town: World, service: PushService
) -> None:
    await town.add("desk", Role.DISPATCHER)
    async with town.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        await subscribe(phone, service.subscribe("/gone"))
        await subscribe(phone, service.subscribe("/busy"))
        service.statuses |= {"/gone": 410, "/busy": 503}
        await send_task(town)
        await let_time_pass(town)
        await town.parts.pusher.push_due()
        assert [each["device"] for each in (await phone.get(ME)).json()["items"]] == [""]
        service.statuses["/busy"] = 201
        tested = (await phone.post(f"{ME}/test")).json()["items"]
        assert [each["outcome"] for each in tested] == ["taken"]


async def test_a_notice_waits_while_no_service_answers(town: World, service: PushService) -> None:
    await town.add("desk", Role.DISPATCHER)
    async with town.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        browser = service.subscribe("/busy")
        await subscribe(phone, browser)
        service.statuses["/busy"] = 503
        await send_task(town)
        await let_time_pass(town)
        assert await town.parts.pusher.push_due() == 0
        assert await town.parts.pusher.push_due() == 0
        assert len(service.taken) == 1, "it is left alone for a while"
        service.statuses.clear()
        town.parts.pusher._resting.clear()
        assert await town.parts.pusher.push_due() == 1
        assert browser.open(service.taken[-1].body)["kind"] == "TaskDispatched"


async def test_who_has_heard_or_has_no_browser_or_no_account_is_not_rung(town: World, service: PushService) -> None:
    await town.add("desk", Role.DISPATCHER)
    async with town.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        await send_task(town)
        await let_time_pass(town)
        assert await town.parts.pusher.push_due() == 0
        await subscribe(phone, service.subscribe("/late"))
        await let_time_pass(town, seconds=7_200)
        assert await town.parts.pusher.push_due() == 0, "an old notice rings nobody"
        await let_time_pass(town)
        heard = update(outbox).values(delivered_at=now())
        await town.parts.db.write(lambda connection: connection.execute(heard))
        assert await town.parts.pusher.push_due() == 0
        undone = update(outbox).values(delivered_at=None)
        await town.parts.db.write(lambda connection: connection.execute(undone))
        async with town.sign_in("root", Role.ADMIN) as admin:
            await admin.patch("/api/v1/users/wang", json={"disabled": True})
        await town.parts.pusher.push_due()
    assert service.taken == []


async def test_the_test_button_says_what_became_of_each_browser(town: World, service: PushService) -> None:
    async with town.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        assert (await phone.post(f"{ME}/test")).json() == {"items": []}
        browser = service.subscribe("/ok")
        made = await subscribe(phone, browser, language="en", device="Android")
        again = await subscribe(phone, browser, language="en", device="Android")
        assert again["id"] == made["id"]
        service.statuses["/refuses"] = 403
        await subscribe(phone, service.subscribe("/refuses"), device="Old")
        told = {each["device"]: each["outcome"] for each in (await phone.post(f"{ME}/test")).json()["items"]}
        assert told == {"Android": "taken", "Old": "refused"}
        said = next(browser.open(each.body) for each in service.taken if each.path == "/ok")
        assert said["title"] == "Test notification"
        assert (await phone.delete(f"{ME}/{made['id']}")).status_code == 204
        assert (await phone.delete(f"{ME}/{made['id']}")).status_code == 404


async def test_another_s_browser_is_not_mine_to_remove(town: World, service: PushService) -> None:
    async with town.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        made = await subscribe(phone, service.subscribe("/wang"))
    async with town.sign_in("li", Role.WORKER, worker_id="W002") as other:
        assert (await other.get(ME)).json()["items"] == []
        assert (await other.delete(f"{ME}/{made['id']}")).status_code == 404
    async with town.sign_in("desk", Role.DISPATCHER) as desk:
        assert (await desk.get(ME)).status_code == 403


@pytest.mark.parametrize(
    ("endpoint", "is_one"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com.evil.example/abc", False),
        ("https://evilfcm.googleapis.com.example/abc", False),
        ("https://notfcm.googleapis.com/abc", False),
        ("https://fcm.googleapis.com:8443/abc", False),
        ("https://user@fcm.googleapis.com/abc", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("http://127.0.0.1:8090/push", True),
        ("http://127.0.0.1:8091/push", False),
        ("https://push.city.example/abc", True),
        ("file:///etc/passwd", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_only_push_services_are_ever_called(endpoint: str, is_one: bool) -> None:
    assert is_push_service(endpoint, ("http://127.0.0.1:8090", "push.city.example")) is is_one


async def test_what_is_no_subscription_is_refused(town: World, service: PushService) -> None:
    async with town.sign_in("wang", Role.WORKER, worker_id=WORKER) as phone:
        good = service.subscribe("/ok").subscription()
        for wrong in (
            {"endpoint": "https://internal.example/admin"},
            {"keys": {"p256dh": encode64(b"\x04" + bytes(64)), "auth": good["keys"]["auth"]}},
            {"keys": {"p256dh": good["keys"]["p256dh"], "auth": encode64(bytes(15))}},
            {"language": "fr"},
        ):
            assert (await phone.post(ME, json=good | wrong)).status_code == 422, wrong


def test_the_key_is_made_once_kept_to_its_owner_and_may_come_from_the_environment(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="sqlite://")
    first = make_sealer(settings).public_key
    assert make_sealer(settings).public_key == first
    assert (tmp_path / "vapid_private_key.pem").stat().st_mode & 0o077 == 0
    given = make_sealer(replace(settings, vapid_private_key=encode64(bytes(31) + b"\x07"))).public_key
    assert given != first
    assert are_keys(given, encode64(bytes(16)))
    assert "AAAA" not in repr(replace(settings, vapid_private_key=encode64(bytes(31) + b"\x07")))
    with pytest.raises(BadSetting, match="WARDLINE_VAPID_PRIVATE_KEY"):
        make_sealer(replace(settings, vapid_private_key="nonsense"))
