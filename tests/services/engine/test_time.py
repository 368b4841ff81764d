"""What time alone brings about: shifts, limits, silence, and the numbers of the days."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.city import Shift, Source
from dispatch.ids import CaseId, MessageId, SourceId, WorkerId
from dispatch.shifts import last_boundary
from services.engine import orders
from services.engine.senders import Senders
from services.engine.state import State
from services.engine.turn import Turn
from services.store import sources
from tests.builders import SHANGHAI, SOURCES, TUESDAY_10, local, make_city, make_codes, make_worker
from tests.parts.town import Town
from tests.services.feeds.asking import read_standard_types

DAY, NIGHT = Shift(id="day", start=time(8), end=time(20)), Shift(id="night", start=time(20), end=time(8))


@pytest.mark.parametrize(
    ("shift", "at", "boundary", "on"),
    [
        (DAY, local(3, 8), local(3, 8), True),
        (DAY, local(3, 7, 59), local(2, 20), False),
        (DAY, local(3, 20), local(3, 20), False),
        (NIGHT, local(3, 19, 59), local(3, 8), False),
        (NIGHT, local(3, 23), local(3, 20), True),
        (NIGHT, local(4, 0), local(3, 20), True),
        (NIGHT, local(4, 7, 59), local(3, 20), True),
        (NIGHT, local(4, 8), local(4, 8), False),
    ],
)
def test_the_last_boundary_of_a_shift(shift: Shift, at: datetime, boundary: datetime, on: bool) -> None:
    assert last_boundary(shift, SHANGHAI, at) == (boundary, on)


@given(st.integers(0, 800 * 86_400).map(lambda s: TUESDAY_10 + timedelta(seconds=s)), st.times(), st.times())
def test_who_is_on_duty_is_within_his_hours(at: datetime, start: time, end: time) -> None:
    shift = Shift(id="s", start=start.replace(tzinfo=None), end=end.replace(tzinfo=None))
    boundary, on = last_boundary(shift, SHANGHAI, at)
    assert at - timedelta(days=2) <= boundary <= at
    wall = at.astimezone(SHANGHAI).time()
    if start == end:
        assert on
    elif start < end:
        assert on == (start <= wall < end)
    else:
        assert on == (wall >= start or wall < end)


def make_state(**shifts: Shift) -> State:
    codes = make_codes(workers=[make_worker("ann", shift="day"), make_worker("nia", shift="night")])
    return State(make_city(codes=msgspec.structs.replace(codes, shifts=shifts or {"day": DAY, "night": NIGHT})))


def change_shifts(state: State, at: datetime) -> list[str]:
    """Return who signs on (+) and off (-) at that time."""
    turn = Turn(state, at)
    orders.change_shifts(turn)
    signs = {"WorkerSignedOn": "+", "WorkerSignedOff": "-"}
    return sorted(signs[entry.kind] + entry.workers[0] for entry in turn.batch.entries)


def test_shifts_follow_each_other_through_the_night() -> None:
    state = make_state()
    assert change_shifts(state, local(3, 10)) == ["+ann"]
    assert change_shifts(state, local(3, 10)) == []
    assert change_shifts(state, local(3, 20)) == ["+nia", "-ann"]
    assert change_shifts(state, local(4, 0)) == []
    assert change_shifts(state, local(4, 8)) == ["+ann", "-nia"]
    assert change_shifts(state, local(9, 9)) == [], "days that were slept through leave the last word"


def test_a_sign_of_his_own_counts_until_the_next_boundary() -> None:
    state = make_state()
    change_shifts(state, local(3, 10))
    orders.sign(Turn(state, local(3, 11)), WorkerId("ann"), on=False)
    assert change_shifts(state, local(3, 12)) == []
    assert change_shifts(state, local(3, 20)) == ["+nia"]
    orders.sign(Turn(state, local(3, 21)), WorkerId("ann"), on=True)
    assert change_shifts(state, local(4, 7)) == []
    assert change_shifts(state, local(4, 8)) == ["-nia"]
    assert change_shifts(state, local(4, 20)) == ["+nia", "-ann"]


def test_a_worker_without_a_shift_signs_for_himself() -> None:
    state = make_state(other=msgspec.structs.replace(DAY, id="other"))
    assert change_shifts(state, local(3, 10)) == []


def test_who_comes_on_duty_tells_his_department() -> None:
    turn = Turn(make_state(), local(3, 10))
    orders.change_shifts(turn)
    assert [(entry.department, entry.workers) for entry in turn.batch.entries] == [("MUN", ("ann",))]


# --- numbers ---------------------------------------------------------------------------------------------


def numbers(state: State, *times: datetime) -> list[str]:
    made = []
    for at in times:
        made.append(state.peek_number(at))
        state.use_number(at)
    return made


def test_numbers_count_from_one_each_local_day() -> None:
    late, midnight = local(3, 23, 59), local(4, 0)
    assert numbers(make_state(), late, late, midnight) == ["260303-00001", "260303-00002", "260304-00001"]


def test_a_clock_that_goes_back_gives_no_number_twice() -> None:
    assert numbers(make_state(), local(4, 0), local(3, 23, 59), local(4, 1)) == [
        "260304-00001",
        "260304-00002",
        "260304-00003",
    ]


def test_a_number_that_was_only_looked_at_is_not_used() -> None:
    state = make_state()
    assert state.peek_number(TUESDAY_10) == state.peek_number(TUESDAY_10)


def test_numbers_go_on_past_the_digits() -> None:
    state = make_state()
    state.set_last_number("260303-99999")
    assert numbers(state, TUESDAY_10, TUESDAY_10) == ["260303-100000", "260303-100001"]


def test_imported_cases_have_numbers_of_their_own() -> None:
    state = make_state()
    state.seq = 41
    assert state.next_import_number() == "H00000042"


# --- senders ---------------------------------------------------------------------------------------------

GATE = Source(id=SourceId("gate"), feed="frigate", kind="gateway", external_id="gate", name_zh="", name_en="")
BOX = msgspec.structs.replace(GATE, id=SourceId("box"))
CAMERA = msgspec.structs.replace(SOURCES[0], id=SourceId("cam2"), external_id="yard", gateway=SourceId("gate"))


def make_senders() -> Senders:
    return Senders(make_codes(sources=[*SOURCES, GATE, CAMERA]))


def test_a_gateway_speaks_for_its_own_children_only() -> None:
    senders = make_senders()
    assert senders.find_child(GATE.id, "yard") == CAMERA
    assert senders.find_child(GATE.id, "cam_1") is None
    assert senders.find_child(SourceId("cam1"), "yard") is None


def test_a_source_made_by_hand_speaks_for_its_whole_feed_and_no_other() -> None:
    senders = make_senders()
    senders.add(BOX)
    assert senders.find_child(BOX.id, "yard") == CAMERA
    assert senders.find_child(BOX.id, "g-1") is None


def test_keys_lead_to_their_source() -> None:
    senders = make_senders()
    senders.add_key("hash", GATE.id)
    senders.add_key("of one that has gone", SourceId("gone"))
    assert senders.find_by_key("hash") == GATE
    assert senders.find_by_key("of one that has gone") is None
    assert senders.find_by_key("") is None


def test_labels_are_of_the_citys_types_in_any_case() -> None:
    senders = make_senders()
    assert senders.kind_of_label("Trash") == senders.kind_of_label("exposed_litter") == "exposed_litter"
    assert senders.kind_of_label("unicorn") == ""
    assert (senders.dwell_s("exposed_litter"), senders.dwell_s("unicorn")) == (60, 0)


def test_a_source_without_a_zone_of_its_own_has_the_citys() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    abroad = msgspec.structs.replace(CAMERA, timezone="Asia/Ho_Chi_Minh")
    senders = Senders(make_codes(sources=[GATE, abroad]), shanghai)
    for each in (senders, senders.renew(make_codes(sources=[GATE, abroad]))):
        origin = each.origin(MessageId("m1"), GATE.id, TUESDAY_10)
        assert origin.zone_of(origin.source) is shanghai
        assert str(origin.zone_of(origin.child("yard"))) == "Asia/Ho_Chi_Minh"


def test_a_label_of_several_types_names_all_of_them_in_the_order_of_the_table() -> None:
    senders = Senders(make_codes(video_types=read_standard_types()))
    assert senders.kinds_of_label("FIELDDETECTION") == ("blocked_fire_lane",)
    assert senders.kinds_of_label("unicorn") == ()


def make_silent(after_s: float = 60.0) -> Senders:
    gas = msgspec.structs.replace(SOURCES[1], silent_after_s=after_s)
    return Senders(make_codes(sources=[gas]))


def test_a_source_is_silent_once_it_was_heard_and_is_no_longer() -> None:
    senders, gas = make_silent(), SourceId("gas1")
    assert senders.list_silent(TUESDAY_10) == []
    assert not senders.hear(gas, TUESDAY_10)
    assert senders.list_silent(TUESDAY_10 + timedelta(seconds=60)) == []
    assert [each.id for each in senders.list_silent(TUESDAY_10 + timedelta(seconds=61))] == [gas]
    senders.lose(gas)
    assert senders.list_silent(TUESDAY_10 + timedelta(seconds=99)) == []
    assert senders.hear(gas, TUESDAY_10 + timedelta(seconds=100))


def test_a_source_is_not_silent_for_the_time_that_we_did_not_listen() -> None:
    senders = make_silent()
    senders.restore(SourceId("gas1"), TUESDAY_10, lost=False)
    senders.listening_since = TUESDAY_10 + timedelta(hours=8)
    assert senders.list_silent(senders.listening_since + timedelta(seconds=60)) == []
    assert len(senders.list_silent(senders.listening_since + timedelta(seconds=61))) == 1


def test_one_that_speaks_only_when_something_happens_is_never_silent() -> None:
    senders = make_silent(0)
    senders.hear(SourceId("gas1"), TUESDAY_10)
    assert senders.list_silent(TUESDAY_10 + timedelta(days=9)) == []


async def test_lost_and_found_are_facts_and_outlive_the_engine(town: Town) -> None:
    await town.send("telemetry", "gas1", {"readings": [{"metric": "CH4", "value": 1}]})

    def later(turn: Turn) -> None:
        turn.state.senders.lose(SourceId("gas1"))
        turn.note_source(SourceId("gas1"))

    await town.desk.order(later)
    again = State(town.city)
    await town.db.read(lambda connection: sources.load(connection, again.senders))
    assert again.senders.lost == {"gas1"}
    await town.send("telemetry", "gas1", {"readings": [{"metric": "CH4", "value": 2}]})
    assert (town.told[-1].kind, town.told[-1].case_id) == ("SourceRestored", CaseId(""))
    fresh = State(town.city)
    await town.db.read(lambda connection: sources.load(connection, fresh.senders))
    assert fresh.senders.lost == set()
