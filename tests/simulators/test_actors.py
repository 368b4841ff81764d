"""Actors: what they say is what the feeds read, and the same seed says the same."""

import json
from datetime import UTC, datetime
from io import BytesIO
from random import Random

import httpx
import pytest
from msgspec.structs import replace
from PIL import Image

from dispatch.lexicon import suggest
from gis.point import LonLat
from services.city.build import build_city
from services.city.read import read_pack
from simulators.actors.callers import make_call, run_callers
from simulators.actors.cameras import LONG_DWELL, begin_episode, dwell_of, message_of, run_cameras
from simulators.actors.desk import _check, _file
from simulators.actors.people import compose, desk_message, run_citizens, run_patrols
from simulators.actors.sensors import SERIES, ordinary_value, raised_value, run_sensors
from simulators.actors.workers import Phone, hear_frame
from simulators.clock import now
from simulators.pace import Moment
from simulators.pictures import PAINTERS, draw_after, draw_photo, draw_snapshot
from simulators.sayings import SAYINGS, say
from simulators.scenario import read_scenario
from simulators.stage import Truth
from simulators.wire import Refused, Session, Unreachable, Wire
from simulators.world import SensorLevels
from tests.shared_data import shared_path
from tests.simulators.fakes import PICTURE, Server, small_stage
from tests.simulators.test_city_pack import PACK

DAY = read_scenario("ordinary_day")
HOUR = replace(DAY, hours=1.0, cases=30.0)
AT = datetime(2026, 11, 23, 4, tzinfo=UTC)


# --- cameras ------------------------------------------------------------------------------------------------


def test_a_camera_message_has_the_fields_of_a_recorded_one() -> None:
    path = shared_path("data", "feeds", "frigate", "events_update_stationary_v0.12.json")
    recorded = json.loads(path.read_text(encoding="utf-8"))
    stage = small_stage(Server())
    ours = message_of(begin_episode(stage, Moment(0, None), Random(1)), "update", now().timestamp())
    assert set(ours) == set(recorded)
    assert set(recorded["after"]) <= set(ours["after"])
    for name, value in recorded["after"].items():
        if value is not None and ours["after"][name] is not None:
            assert type(ours["after"][name]) is type(value), name


@pytest.mark.parametrize("speed", [1.0, 30.0, 240.0])
def test_what_a_camera_sees_has_lasted_as_long_as_it_must_at_every_speed(speed: float) -> None:
    stage = small_stage(Server(), speed=speed)
    episode = begin_episode(stage, Moment(0, None), Random(1))
    dwell_s = dwell_of(episode.kind)
    told_at = now().timestamp() + dwell_s / speed  # when `update` is sent
    assert told_at - episode.start_time == pytest.approx(dwell_s, abs=0.5)
    assert now().timestamp() - episode.start_time < dwell_s  # `new` comes before it has lasted


def test_dwells_are_longer_than_the_citys() -> None:
    pack = read_pack(PACK)
    able = {kind for source in pack.sources for kind in source.kinds if source.kind == "camera"}
    short = [row.type for row in pack.video_types if row.type in able and dwell_of(row.type) <= row.dwell_s]
    assert not short, f"must stand in {sorted(LONG_DWELL)}"


async def test_cameras_tell_each_happening_from_new_to_end_with_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.actors.cameras.OPENING_GAP_S", 0.0)
    server = Server()
    stage = small_stage(server, scenario=HOUR)
    await run_cameras(stage)
    messages = server.bodies("/api/v1/intake/frigate")
    of: dict[str, list[str]] = {}
    for message in messages:
        of.setdefault(message["after"]["id"], []).append(message["type"])
    whole = [kinds for kinds in of.values() if kinds.count("update") > 1]
    assert len(whole) == stage.ledger.happenings["frigate"] >= 10
    assert all(kinds[-1] == "end" for kinds in whole)
    pictured = [message for message in messages if "wardline_media" in message["after"]]
    assert pictured
    assert pictured[0]["after"]["wardline_media"] == [PICTURE]
    assert stage.ledger.messages["frigate"] == len(messages)


async def test_passing_cars_are_not_expected_to_be_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.actors.cameras.OPENING_GAP_S", 0.0)
    server = Server()
    stage = small_stage(server, scenario=replace(HOUR, shares=replace(DAY.shares, video=1.0)))
    await run_cameras(stage)
    passing = {
        message["after"]["id"]
        for message in server.bodies("/api/v1/intake/frigate")
        if message["type"] == "update" and message["after"]["frame_time"] - message["after"]["start_time"] < 60
    }
    assert passing


# --- sensors ------------------------------------------------------------------------------------------------


def levels_of_the_city() -> dict[str, SensorLevels]:
    return {
        row.type: SensorLevels(row.type, row.metric, row.unit, row.advisory, row.warning, row.alarm)
        for row in read_pack(PACK).sensor_types
    }


def is_beyond(levels: SensorLevels, value: float, level: float, direction: str) -> bool:
    return {"above": value >= level, "below": value <= level, "equals": value == level}[direction]


def test_a_quiet_day_reaches_no_warning_and_an_exceedance_does() -> None:
    random, types = Random(3), {row.type: row for row in read_pack(PACK).sensor_types}
    levels = levels_of_the_city()
    for kind in SERIES:
        row = types[kind]
        wanted = row.warning if row.warning is not None else row.alarm
        assert wanted is not None
        quiet = [ordinary_value(kind, hour, random) for hour in range(24) for _ in range(20)]
        assert not [value for value in quiet if is_beyond(levels[kind], value, wanted, row.direction)], kind
        raised = [raised_value(levels[kind], grade, random) for grade in (2, 3) for _ in range(20)]
        assert all(is_beyond(levels[kind], value, wanted, row.direction) for value in raised), kind


def test_series_know_how_long_the_city_lets_an_exceedance_persist() -> None:
    types = {row.type: row for row in read_pack(PACK).sensor_types}
    assert {kind: series.persist_s for kind, series in SERIES.items()} == {
        kind: types[kind].persist_s for kind in SERIES
    }


def test_every_sensor_of_the_city_has_a_series() -> None:
    used = {kind for source in read_pack(PACK).sources if source.kind == "sensor" for kind in source.kinds}
    assert used <= set(SERIES)


async def test_sensors_speak_for_themselves_through_their_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.actors.sensors.SHORTEST_PERIOD_S", 0.0)
    server = Server()
    stage = small_stage(server, speed=36_000.0, scenario=replace(HOUR, shares=replace(DAY.shares, sensor=0.0)))
    await run_sensors(stage)
    batches = server.bodies("/api/v1/intake/telemetry")
    assert batches
    (message, *_) = batches[0]
    assert message["source"] == "YZ-GAS-1"
    assert {reading["metric"] for reading in message["readings"]} == {"CH4", "H2S"}
    assert datetime.fromisoformat(message["at"]).tzinfo is not None


# --- people -------------------------------------------------------------------------------------------------


def test_every_saying_is_of_a_category_of_the_city() -> None:
    assert set(SAYINGS) <= {row.code for row in read_pack(PACK).categories}


def test_most_sayings_are_understood_by_the_words_of_their_category() -> None:
    """The simulated people speak as people do, not as the table does; but not so that nothing could be learnt."""
    codes = build_city(read_pack(PACK)).codes
    random, understood, said = Random(5), 0, 0
    for code in SAYINGS:
        for english in (False, True):
            for _ in range(5):
                found = suggest(say(code, ("大坪", "Daping"), random, english=english, slips=0.0), codes)
                understood += bool(found) and found[0].category == code
                said += 1
    assert 0.7 < understood / said < 1.0


def test_no_text_keeps_its_placeholder() -> None:
    for code in SAYINGS:
        for english in (False, True):
            assert "{" not in say(code, ("", ""), Random(1), english=english)


async def test_citizens_report_by_the_public_door_and_some_twice() -> None:
    server = Server()
    stage = small_stage(server, scenario=replace(HOUR, cases=300.0))
    await run_citizens(stage)
    reports = server.bodies("/api/v1/reports")
    assert len(reports) == stage.ledger.happenings["report"] + stage.ledger.done["told twice"]
    assert stage.ledger.done["told twice"] > 0
    as_json = [body for body in reports if isinstance(body, dict)]
    assert {True, False} == {"lon" in body for body in as_json}
    assert all(body["text"] in stage.truths for body in as_json)


async def test_patrols_report_by_category_with_a_picture() -> None:
    server = Server()
    stage = small_stage(server, scenario=replace(HOUR, cases=300.0))
    await run_patrols(stage)
    reports = server.bodies("/api/v1/intake/report")
    assert reports
    assert all(body["category"] in SAYINGS and "lon" in body for body in reports)
    assert sum("media" in body for body in reports) > len(reports) / 2


def test_the_hotline_never_knows_a_position() -> None:
    stage = small_stage(Server())
    said = compose(stage, "hotline", "E0406", Random(2))
    message = desk_message("hotline", said, "k")
    assert "lon" not in message
    assert message["address"]


async def test_the_telephone_rings_and_every_call_ends_before_the_scenario_does() -> None:
    server = Server()
    stage = small_stage(server)
    await run_callers(stage, hurry=2_000.0)
    words = server.bodies("/api/v1/hotline/calls")
    by_call: dict[str, list[str]] = {}
    for word in words:
        by_call.setdefault(word["call_id"], []).append(word["event"])
    assert len(by_call) > 3
    assert all(events[0] == "ringing" and events[-1] == "ended" for events in by_call.values()), by_call
    assert stage.time.elapsed_s() >= stage.scenario.hours * 3600


async def test_the_same_seed_makes_the_same_callers() -> None:
    first, second = Server(), Server()
    for server in (first, second):
        await make_call(small_stage(server), "c1", "13800000001", Random(5), 2_000.0)
    assert first.said == second.said
    assert {word["event"] for _, word in first.said} >= {"ringing", "ended"}


# --- workers and the desk -----------------------------------------------------------------------------------


def phone_of(server: Server) -> Phone:
    wire = Wire("http://fake", transport=httpx.MockTransport(server.take))
    session = Session(wire, "worker2", {"wardline_session": "s", "wardline_csrf": "c"}, {})
    return Phone(session, "W002", LonLat(106.57, 29.56), Random(1))


def test_a_phone_takes_its_tasks_from_the_snapshot_and_from_facts() -> None:
    phone = phone_of(Server())
    assert hear_frame(phone, {"type": "snapshot", "seq": 7, "tasks": [{"id": "a"}]}, None) == 7
    sent = {"seq": 9, "kind": "TaskDispatched", "case_id": "b", "data": {"worker": "W002", "case": {}}}
    other = {"seq": 10, "kind": "TaskDispatched", "case_id": "c", "data": {"worker": "W009", "case": {}}}
    assert hear_frame(phone, {"type": "facts", "facts": [sent, other]}, 7) == 10
    assert list(phone.tasks) == ["a", "b"]
    taken = {"seq": 11, "kind": "TaskWithdrawn", "case_id": "b", "data": {"worker": "W002"}}
    closed = {"seq": 12, "kind": "CaseVoided", "case_id": "a", "data": {}}
    assert hear_frame(phone, {"type": "facts", "facts": [taken, closed]}, 10) == 12
    assert not phone.tasks
    assert hear_frame(phone, {"type": "heartbeat", "seq": 14}, 12) == 14


def test_a_case_sent_back_rings_again() -> None:
    phone = phone_of(Server())
    again = {"seq": 3, "kind": "CaseReworked", "case_id": "a", "data": {"worker": "W002", "reason": "still there"}}
    hear_frame(phone, {"type": "facts", "facts": [again]}, 2)
    assert list(phone.tasks) == ["a"]
    assert phone.rang.is_set()


def case_of(text: str, category: str = "", lon: float | None = 106.57) -> dict[str, object]:
    place = {"lon": lon, "lat": 29.56 if lon else None, "inside": lon is not None}
    return {"id": "a", "text": text, "category": {"code": category}, "place": place}


@pytest.mark.parametrize(
    ("case", "truth", "command", "data"),
    [
        (case_of("clear", "E0406"), Truth("E0406", None), "file", {}),
        (case_of("misread", "E0102"), Truth("E0406", None), "file", {"category": "E0406"}),
        (case_of("somewhere", "E0406", None), Truth("E0406", LonLat(1, 2)), "file", {"lon": 1, "lat": 2}),
        (case_of("nonsense", "E0102"), Truth("", None), "void", None),
        (case_of("unplaced", "E0406", None), None, "void", None),
        (case_of("a camera's", ""), None, "void", None),
    ],
)
async def test_the_acceptor_reads_and_puts_right(
    case: dict[str, object], truth: Truth | None, command: str, data: dict[str, object] | None
) -> None:
    server = Server()
    stage = small_stage(server)
    if truth:
        stage.truths[str(case["text"])] = truth
    session = Session(stage.wire, "acceptor", {}, {})
    await _file(stage, session, case, Random(1))
    ((path, body),) = server.said
    assert path == f"/api/v1/cases/a/commands/{command}"
    if data is not None:
        assert body == data


async def test_bad_work_is_seen_at_the_check_and_good_work_passes() -> None:
    server = Server()
    stage = small_stage(server)
    session = Session(stage.wire, "collector1", {}, {})
    stage.badly_done.add("bad")
    for seed in range(40):
        await _check(stage, session, {"id": "bad"}, Random(seed))
        await _check(stage, session, {"id": "good"}, Random(seed))
    passed = {case: [b["passed"] for p, b in server.said if f"/{case}/" in p] for case in ("bad", "good")}
    assert sum(passed["bad"]) <= 8
    assert sum(passed["good"]) >= 36


# --- the wire -----------------------------------------------------------------------------------------------


async def test_a_busy_server_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.wire.WAIT_S", 0.001)
    answers = iter([httpx.Response(503), httpx.Response(429), httpx.Response(202, json={"accepted": 1})])
    server = Server(answers={"/x": lambda _request: next(answers)})
    wire = Wire("http://fake", transport=httpx.MockTransport(server.take))
    assert await wire.post_key("/x", "k", {}) == {"accepted": 1}
    assert wire.tallies == {"5xx": 1, "4xx": 1, "2xx": 1}


async def test_a_refusal_is_told_with_its_kind_and_not_tried_again() -> None:
    problem = {"type": "urn:wardline:problem:illegal-move", "detail": "not now"}
    server = Server(answers={"/x": lambda _request: httpx.Response(409, json=problem)})
    wire = Wire("http://fake", transport=httpx.MockTransport(server.take))
    with pytest.raises(Refused, match="illegal-move: not now"):
        await wire.post_key("/x", "k", {})
    assert len(server.said) == 1


async def test_a_server_that_is_gone_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.wire.WAIT_S", 0.001)

    def gone(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    wire = Wire("http://fake", transport=httpx.MockTransport(gone))
    with pytest.raises(Unreachable):
        await wire.send("GET", "/x")


# --- pictures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", sorted({*PAINTERS, "exposed_litter"}))
def test_every_kind_can_be_drawn(label: str) -> None:
    picture = Image.open(BytesIO(draw_snapshot("cam-1", label, 0.9, AT, "alley_001", Random(1))))
    assert (picture.format, picture.size) == ("JPEG", (640, 360))


def test_a_place_looks_the_same_before_and_after_but_for_the_thing() -> None:
    before = Image.open(BytesIO(draw_snapshot("cam-1", "car", 0.9, AT, "a", Random(1)))).convert("L")
    after = Image.open(BytesIO(draw_after("cam-1", AT, "a", Random(2), done=True))).convert("L")
    other = Image.open(BytesIO(draw_after("cam-2", AT, "a", Random(2), done=True))).convert("L")

    def differ(a: Image.Image, b: Image.Image) -> float:
        pairs = zip(a.resize((64, 36)).tobytes(), b.resize((64, 36)).tobytes(), strict=True)
        return sum(abs(x - y) for x, y in pairs) / (64 * 36)

    assert 0.5 < differ(before, after) < differ(before, other)


def test_a_citizens_photo_is_askew_and_not_the_cameras() -> None:
    assert draw_photo("p", "E0406", AT, Random(1)) != draw_photo("p", "E0406", AT, Random(2))
