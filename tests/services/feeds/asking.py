"""What a feed is told of where a message came from, in tests."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.city import Source, VideoType
from dispatch.event import Event
from dispatch.ids import CategoryCode, MessageId, SourceId
from services.engine.senders import Senders
from services.feeds import Feed, Origin
from tests.builders import make_codes

RECEIVED_AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


def make_origin(feed: str = "frigate", received_at: datetime = RECEIVED_AT, known: Sequence[str] = ()) -> Origin:
    """Return an origin of the small city's senders, with a gateway made by hand that may speak for any of its feed.

    `known` are external ids of its feed that the city knows; each is its source's id too.
    """
    senders = Senders(make_codes())
    for name in known:
        senders.add(Source(id=SourceId(name), feed=feed, kind="sensor", external_id=name, name_zh=name, name_en=name))
    gate = Source(
        id=SourceId("gate"), feed=feed, kind="gateway", external_id="gate", name_zh="网关", name_en="Gate", point=None
    )
    senders.add(gate)
    return senders.origin(MessageId("m1"), gate.id, received_at)


def make_street_origin(
    feed: str,
    *,
    received_at: datetime = RECEIVED_AT,
    zone: str = "Asia/Shanghai",
    children: Sequence[Source] = (),
    kinds: tuple[str, ...] = (),
) -> Origin:
    """Return an origin in a city with the standard table of video types: a gateway with `kinds`, and its cameras."""
    gate = Source(
        id=SourceId("gate"),
        feed=feed,
        kind="gateway",
        external_id="gate",
        name_zh="网关",
        name_en="Gate",
        kinds=kinds,
    )
    senders = Senders(make_codes(sources=[gate, *children], video_types=read_standard_types()), ZoneInfo(zone))
    return senders.origin(MessageId("m1"), gate.id, received_at)


def make_camera(feed: str, external_id: str, **changes: Any) -> Source:
    """Return a camera behind the gateway of `make_street_origin`, with the external id as its id."""
    return Source(
        id=SourceId(f"cam-{external_id}"),
        feed=feed,
        kind="camera",
        external_id=external_id,
        gateway=SourceId("gate"),
        name_zh="摄像机",
        name_en="Camera",
        **changes,
    )


@cache
def read_standard_types() -> tuple[VideoType, ...]:
    """Return the rows of cities/standard/video_types.csv."""
    with (Path(__file__).parents[3] / "cities/standard/video_types.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            VideoType(
                type=row["type"],
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                category=CategoryCode(row["category"]),
                priority=row["priority"],
                dwell_s=float(row["dwell_s"]),
                labels=tuple(row["labels"].split("|")),
            )
            for row in csv.DictReader(file)
        )


def told(feed: Feed, body: bytes, origin: Origin) -> list[Event]:
    """Return the events of all messages of a body."""
    said = [each for part in feed.split(body) for each in feed.translate(part, origin)]
    return [each for each in said if isinstance(each, Event)]
