"""Times that cannot be right are no reason not to hear a device: its feed tells them as they are, the engine judges."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.feeds import Unreadable
from services.feeds._common import check_past, check_time, parse_time
from services.feeds.cloudevents import FEED as CLOUDEVENTS
from services.feeds.hikvision import FEED as HIKVISION
from services.feeds.telemetry import FEED as TELEMETRY
from tests.services.feeds.asking import RECEIVED_AT, make_origin, told

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize("year", [1970, 2031])
def test_a_camera_whose_clock_was_never_set_is_heard(year: int) -> None:
    body = (
        "<EventNotificationAlert><eventType>trash</eventType><eventState>active</eventState>"
        f"<dateTime>{year}-01-01T00:00:00</dateTime></EventNotificationAlert>"
    )
    (event,) = told(HIKVISION, body.encode(), make_origin("hikvision"))
    assert event.observed_at.year == year
    assert event.received_at == RECEIVED_AT


def test_a_sensor_and_a_partner_of_another_year_are_heard() -> None:
    body = json.dumps({"source": "gate", "readings": [{"metric": "CH4", "value": 1, "at": "1999-01-01T00:00:00Z"}]})
    (reading,) = TELEMETRY.translate(body.encode(), make_origin("telemetry"))
    assert reading.observed_at.year == 1999  # type: ignore[union-attr]
    cloud = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "time": "2031-01-01T00:00:00Z", "data": {}}
    (event,) = told(CLOUDEVENTS, json.dumps(cloud).encode(), make_origin("cloudevents"))
    assert event.observed_at.year == 2031


def test_a_record_of_the_past_has_no_clock_to_be_judged_by() -> None:
    for at in (datetime(1970, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)):
        with pytest.raises(Unreadable, match="cannot be right"):
            check_past(at, RECEIVED_AT)
    assert check_past(datetime(2026, 3, 3, 12, tzinfo=UTC), RECEIVED_AT) == RECEIVED_AT


def test_a_time_without_a_zone_is_refused_where_the_format_asks_for_one() -> None:
    with pytest.raises(Unreadable, match="has no zone"):
        check_time(datetime(2026, 3, 3), RECEIVED_AT)  # noqa: DTZ001 - what is refused


def test_of_the_hour_that_comes_twice_the_one_near_the_receipt_is_meant() -> None:
    written = parse_time("2026-10-25 01:30:00", LONDON)
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert check_time(written, first) == first
    assert check_time(written, second) == second
    assert check_time(parse_time("2026-10-25 03:30:00", LONDON), second) == datetime(2026, 10, 25, 3, 30, tzinfo=UTC)


def test_the_hour_that_is_left_out_is_read_as_so_much_later() -> None:
    written = parse_time("2026-03-29 01:30:00", LONDON)
    assert check_time(written, datetime(2026, 3, 29, 0, 30, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
