"""The HTTP doors: what is stored of a request, and what is refused by name."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from starlette.requests import Request
from starlette.responses import Response as Answer

from dispatch.city import Source
from dispatch.ids import MessageId, SourceId
from services.api.problems import refusal_to_answer
from services.api.refusals import REFUSALS
from services.feeds import load_feeds, part_address
from services.intake.doors import Doors

KEYS = {
    f"key-{feed}": Source(id=SourceId(feed), feed=feed, kind="gateway", external_id=feed, name_zh="", name_en="")
    for feed in load_feeds()
}
BODY_MAX = 10_000
BINARY = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "/a", "ce-type": "t"}


class FakeInbox:
    """Keeps what it is given, as one message each."""

    def __init__(self) -> None:
        self.feeds = load_feeds()
        self.bodies: list[bytes] = []

    async def receive(self, feed: str, source: SourceId, body: bytes, received_at: datetime) -> Sequence[MessageId]:
        self.bodies.append(body)
        return [MessageId(f"m{len(self.bodies)}")]


@pytest.fixture
def inbox() -> FakeInbox:
    return FakeInbox()


@pytest.fixture
async def client(inbox: FakeInbox) -> AsyncIterator[AsyncClient]:
    async def find(key: str) -> Source | None:
        return KEYS.get(key)

    def tell(request: Request, error: Exception) -> Answer:
        return refusal_to_answer(request, error, REFUSALS)

    app = Doors(
        inbox,  # type: ignore[arg-type]
        find,
        tell=tell,
        headers=[(b"x-content-type-options", b"nosniff")],
        guard=lambda inner: inner,
        rest=FastAPI(),
        message_max_bytes=BODY_MAX,
    )
    headers = {"Authorization": "Bearer key-cloudevents"}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://door.test", headers=headers) as made:
        yield made


async def send(client: AsyncClient, body: bytes, content_type: str = "", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/api/v1/events", content=body, headers={**BINARY, **named, "Content-Type": content_type})


def stored(inbox: FakeInbox) -> Any:
    return json.loads(inbox.bodies[-1])


async def test_a_binary_event_is_stored_as_a_structured_one(client: AsyncClient, inbox: FakeInbox) -> None:
    answer = await send(client, b'{"text": "a hole"}', "application/json; charset=utf-8", ce_subject="caf%C3%A9%20%7C")
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "message_ids": ["m1"]})
    assert stored(inbox) == {
        "specversion": "1.0",
        "id": "7",
        "source": "/a",
        "type": "t",
        "subject": "café |",
        "datacontenttype": "application/json",
        "data": {"text": "a hole"},
    }


async def test_a_quoted_header_is_unquoted_then_decoded_once(client: AsyncClient, inbox: FakeInbox) -> None:
    await send(client, b"1", "application/json", ce_subject='"a \\"b\\" %2541"')
    assert stored(inbox)["subject"] == 'a "b" %41'


@pytest.mark.parametrize("data", [b"[]", b"null", b"0", b'""'])
async def test_any_json_may_be_the_data(client: AsyncClient, inbox: FakeInbox, data: bytes) -> None:
    assert (await send(client, data, "application/json")).status_code == 202
    assert stored(inbox)["data"] == json.loads(data)


async def test_an_event_needs_no_data(client: AsyncClient, inbox: FakeInbox) -> None:
    assert (await send(client, b"")).status_code == 202
    assert "data" not in stored(inbox)


async def test_other_data_are_kept_as_they_are(client: AsyncClient, inbox: FakeInbox) -> None:
    await send(client, b"\x00\xff", "image/png", ce_data_base64="Zm9v", ce_data="x")
    assert (stored(inbox)["data_base64"], stored(inbox)["datacontenttype"]) == ("AP8=", "image/png")
    assert "data" not in stored(inbox)


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "status"),
    [
        (b"{", "application/json", {}, 400),
        (b"{}", "application/json", {"ce-id": ""}, 400),
        (b"{}", "application/cloudevents-batch+json", {}, 400),
        (b"[7", "application/cloudevents-batch+json", {}, 400),
        (b"{}", "application/json", {"ce-subject": "%C0%A0"}, 400),
        (b"<a/>", "application/cloudevents+xml", {}, 415),
        (b"[]", "application/cloudevents+json", {}, 400),
        (b"", "application/cloudevents+json", {}, 400),
        (b"x" * (BODY_MAX + 1), "application/json", {}, 413),
        (b"{}", "application/json", {"Authorization": ""}, 401),
        (b"{}", "application/json", {"Authorization": "Bearer nobody's"}, 401),
        (b"{}", "application/json", {"Authorization": "Bearer key-frigate"}, 403),
    ],
)
async def test_what_is_wrong_with_the_frame_is_said_at_once(
    client: AsyncClient, inbox: FakeInbox, body: bytes, content_type: str, headers: dict[str, str], status: int
) -> None:
    sent = {**BINARY, "Content-Type": content_type, **headers}
    answer = await client.post("/api/v1/events", content=body, headers=sent)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert inbox.bodies == []


async def test_a_batch_of_none_is_a_batch(client: AsyncClient, inbox: FakeInbox) -> None:
    headers = {"Content-Type": "application/cloudevents-batch+json; charset=UTF-8"}
    answer = await client.post("/api/v1/events", content=b" [ ] ", headers=headers)
    assert (answer.status_code, answer.json(), inbox.bodies) == (202, {"accepted": 0, "message_ids": []}, [])


async def test_a_sender_that_asks_first_is_welcome(client: AsyncClient) -> None:
    asked = await client.options("/api/v1/events", headers={"WebHook-Request-Origin": "sender.example"})
    assert (asked.status_code, asked.headers["webhook-allowed-origin"]) == (200, "sender.example")
    assert asked.headers["webhook-allowed-rate"] == "*"
    assert (await client.options("/api/v1/events")).status_code == 404


async def test_what_the_query_says_is_kept_without_the_key(client: AsyncClient, inbox: FakeInbox) -> None:
    headers = {"Authorization": "Bearer key-chirpstack"}
    await client.post("/api/v1/intake/chirpstack?event=up&key=secret&a=%20b", content=b"{}", headers=headers)
    assert part_address(inbox.bodies[-1]) == ("?event=up&a=+b", b"{}")
    await client.post("/api/v1/intake/chirpstack", content=b"{}", headers=headers)
    assert part_address(inbox.bodies[-1]) == ("?", b"{}")


async def test_only_some_feeds_take_their_key_from_the_address(client: AsyncClient, inbox: FakeInbox) -> None:
    bare = {"Authorization": ""}
    assert (
        await client.post("/api/v1/intake/telemetry?key=key-telemetry", content=b"{}", headers=bare)
    ).status_code == 202
    assert (await client.post("/api/v1/intake/report?key=key-report", content=b"{}", headers=bare)).status_code == 401
    assert (await client.post("/api/v1/intake/nothing", content=b"{}")).status_code == 404
    assert len(inbox.bodies) == 1


async def test_a_door_reads_no_message(client: AsyncClient, inbox: FakeInbox) -> None:
    headers = {"Authorization": "Bearer key-frigate"}
    assert (await client.post("/api/v1/intake/frigate", content=b"{nonsense", headers=headers)).status_code == 202
    assert inbox.bodies == [b"{nonsense"]
    xml = {**headers, "Content-Type": "application/xml"}
    assert (await client.post("/api/v1/intake/frigate", content=b"<a/>", headers=xml)).status_code == 415


XML = b"<EventNotificationAlert><eventType>group</eventType></EventNotificationAlert>"


@pytest.mark.parametrize(
    ("feed", "content_type", "status"),
    [
        ("hikvision", "application/xml; charset=UTF-8", 202),
        ("hikvision", "text/xml", 202),
        ("hikvision", "multipart/form-data; boundary=b", 202),
        ("hikvision", "application/json", 202),
        ("hikvision", "image/jpeg", 415),
        ("dahua", "multipart/x-mixed-replace; boundary=myboundary", 202),
        ("dahua", "application/xml", 415),
        ("onvif", "application/soap+xml; charset=utf-8; action=x", 202),
        ("onvif", "multipart/form-data", 415),
        ("gb28181", "Application/MANSCDP+xml", 202),
        ("cap", "application/cap+xml", 202),
        ("cap", "application/geo+json", 202),
        ("frigate", "text/xml", 415),
    ],
)
async def test_a_door_takes_what_its_feed_declares(
    client: AsyncClient, inbox: FakeInbox, feed: str, content_type: str, status: int
) -> None:
    bare = {"Authorization": "", "Content-Type": content_type}
    key = f"?key=key-{feed}" if inbox.feeds[feed].key_in_query else ""
    if not key:
        bare["Authorization"] = f"Bearer key-{feed}"
    answer = await client.post(f"/api/v1/intake/{feed}{key}", content=XML, headers=bare)
    assert answer.status_code == status, answer.text
    assert [part_address(body)[1] for body in inbox.bodies] == ([XML] if status == 202 else [])


async def test_a_refusal_says_what_the_door_takes(client: AsyncClient) -> None:
    headers = {"Authorization": "Bearer key-dahua", "Content-Type": "application/xml"}
    answer = await client.post("/api/v1/intake/dahua", content=XML, headers=headers)
    assert "multipart/x-mixed-replace" in answer.json()["detail"]
