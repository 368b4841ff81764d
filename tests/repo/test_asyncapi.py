"""docs/asyncapi.yaml says what the socket says: real frames are valid by it, and it names every kind of frame."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dispatch.access import Actor
from services.live import socket
from services.live.frames import FACTS_PER_FRAME, entry_json, facts_frames
from services.live.hub import TOPICS, Hub, Listener
from services.live.notices import Notifier
from services.store.journal import Entry
from tests.parts.town import open_database, run_town
from tests.repo.files import read
from tests.services.engine.test_notices import risen
from tests.services.live.test_notices import SUN, city_of, listen, people

ENTRY = Entry(
    seq=7,
    at=datetime(2026, 5, 1, 8, 0, tzinfo=UTC),
    kind="CaseOpened",
    case_id="c1",  # type: ignore[arg-type]
    area="",
    department="",
    workers=(),
    data=b'{"number":"1"}',
)


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(read("docs/asyncapi.yaml"))
    return parsed


def check(described: dict[str, Any], schema: str, frame: str) -> None:
    whole = {"$ref": f"#/components/schemas/{schema}", "components": described["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(json.loads(frame))


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    for reference in references(described):
        node = described
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_every_schema_is_a_json_schema(described: dict[str, Any]) -> None:
    for schema in described["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_frame_of_facts_is_as_described(described: dict[str, Any]) -> None:
    texts = [entry_json(ENTRY)] * (FACTS_PER_FRAME + 1)
    for frame in facts_frames(texts):
        check(described, "Facts", frame)
    with pytest.raises(jsonschema.ValidationError):
        check(described, "Facts", facts_frames([entry_json(ENTRY).replace(b'"seq":7', b'"seq":"7"')])[0])


async def test_a_new_version_of_the_city_is_told_as_described(described: dict[str, Any]) -> None:
    hub, listener = Hub(), Listener(Actor(user="ada", role="dispatcher"), frozenset({"cases"}))
    hub.join(listener)
    hub.tell_city(7, areas_changed=True)
    (frame,) = listener.take()
    check(described, "CityChanged", frame)


async def test_notices_are_told_as_described(described: dict[str, Any], tmp_path: Path) -> None:
    async with run_town(open_database(tmp_path), city_of()) as town:
        await people(town)
        listener = listen(town, SUN)
        await risen(town)
        await Notifier(town.db, town.hub).tell_due()
        (frame,) = [each for each in listener.take() if '"notices"' in each]
    check(described, "Notices", frame)


def test_the_first_frame_is_what_the_server_takes(described: dict[str, Any]) -> None:
    schema = described["components"]["schemas"]["Subscribe"]
    assert set(schema["properties"]["topics"]["items"]["enum"]) == TOPICS
    frame = '{"type": "subscribe", "topics": ["cases"], "after": null, "area": null}'
    check(described, "Subscribe", frame)
    assert socket._decoder.decode(frame).topics == {"cases"}


def test_the_page_names_every_frame_and_every_closing_code(described: dict[str, Any]) -> None:
    page = read("docs/live-protocol.md")
    for name in described["components"]["messages"]:
        assert f'"type": "{name}"' in page
    codes = {socket.UNAUTHENTICATED, socket.FORBIDDEN, socket.BAD_REQUEST, socket.RESYNC}
    assert {int(code) for code in re.findall(r"\b(4\d{3})\b", page)} >= codes


def test_a_heartbeat_comes_as_often_as_promised() -> None:
    assert socket.HEARTBEAT_S <= 15
