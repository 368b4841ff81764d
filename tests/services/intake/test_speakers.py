"""Who speaks in an MQTT message."""

from types import MappingProxyType

import pytest

from dispatch.city import Codes, Source
from dispatch.ids import SourceId
from services.engine.senders import Senders
from services.feeds import load_feeds
from services.intake.speakers import Speakers


def source(id_: str, feed: str, kind: str, external_id: str, gateway: str = "") -> Source:
    return Source(
        id=SourceId(id_),
        feed=feed,
        kind=kind,
        external_id=external_id,
        name_zh=id_,
        name_en=id_,
        gateway=SourceId(gateway),
    )


PACK = (
    source("gw-north", "frigate", "gateway", "nvr-north"),
    source("gw-south", "frigate", "gateway", "nvr-south"),
    source("cam-1", "frigate", "camera", "gate_1", "gw-north"),
    source("cam-2", "frigate", "camera", "gate_2", "gw-south"),
    source("gas-gw", "telemetry", "gateway", "gas"),
    source("gas-1", "telemetry", "sensor", "0001", "gas-gw"),
)
CODES = Codes(
    areas=MappingProxyType({}),
    categories=MappingProxyType({}),
    departments=MappingProxyType({}),
    shifts=MappingProxyType({}),
    workers=MappingProxyType({}),
    sources={each.id: each for each in PACK},
    video_types=MappingProxyType({}),
    sensor_types=MappingProxyType({}),
    duties=(),
)


@pytest.fixture
def speakers() -> Speakers:
    senders = Senders(CODES)
    senders.add(source("report:added", "report", "gateway", "added"))
    return Speakers(load_feeds(), CODES.sources.values(), lambda: senders)


@pytest.mark.parametrize(
    ("feed", "names", "body", "who"),
    [
        ("frigate", ("frigate",), b'{"type": "new", "after": {"camera": "gate_2"}}', "gw-south"),
        ("frigate", ("nvr-north",), b"{}", "gw-north"),
        ("frigate", ("cam-1",), b"{}", "gw-north"),
        ("frigate", ("frigate",), b'{"type": "new", "after": {"camera": "unheard"}}', "frigate:frigate"),
        ("frigate", ("frigate",), b"\xff not JSON", "frigate:frigate"),
        ("telemetry", ("0001",), b"{}", "gas-gw"),
        ("telemetry", ("unheard",), b"{}", "gas-gw"),  # the feed has one gateway only
        ("telemetry", ("cam-1",), b"{}", "gas-gw"),  # a camera's name means nothing in another feed
        ("report", ("hotline",), b"{}", "report:hotline"),  # as `wardline source add report hotline` will call it
        ("report", ("added",), b"{}", "report:added"),
    ],
)
def test_a_message_speaks_for(speakers: Speakers, feed: str, names: tuple[str, ...], body: bytes, who: str) -> None:
    assert speakers.find(feed, names, body) == who
