"""C01. Repeats of one ongoing thing (failure case 1): a parked car, said again every minute of a day.

camera c1 ── update x 1,435 ──> one case, filed and sent for once, that counts what it is told
desk      ── "it may stand there" (void)
camera c1 ── update x 60, then a new number for the same box ──> nothing new
          ── a car beside it ──> a case
"""

import time
from pathlib import Path

import pytest

from dispatch.case import Stage
from tests.scenarios.crossing import Crossing, Seen, open_crossing

DAY_MIN = 24 * 60
DWELL_MIN = 5
BOX = [400.0, 300.0, 520.0, 380.0]


def park(crossing: Crossing, minute: int, began_s: float, **more: object) -> None:
    seen: Seen = {"id": "car-1", "box": BOX, "start_time": began_s, "frame_time": began_s + 60 * minute, **more}
    crossing.see("c1", "update", "car", seen)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_c01_a_car_parked_for_a_day_is_one_case_and_stays_refused(tmp_path: Path) -> None:
    began_s = time.time() - DAY_MIN * 60 - 4_000
    with open_crossing(tmp_path) as crossing:
        for minute in range(DAY_MIN):
            park(crossing, minute, began_s)
        (case,) = crossing.heard(DAY_MIN - DWELL_MIN)
        assert case.events == DAY_MIN - DWELL_MIN
        names = [type(fact).__name__ for fact in crossing.facts(case)]
        assert names.count("CaseFiled") == 1
        assert names.count("TaskDispatched") + names.count("CaseQueued") == 1, "nobody is rung again by a repeat"

        crossing.do(case, "void", reason="it may stand there")
        for minute in range(DAY_MIN, DAY_MIN + 60):
            park(crossing, minute, began_s)
        now_s = began_s + (DAY_MIN + 60) * 60
        again: Seen = {"id": "car-1b", "box": [each + 2 for each in BOX], "start_time": now_s - 600}
        crossing.see("c1", "new", "car", {**again, "frame_time": now_s})
        (case,) = crossing.heard(DAY_MIN - DWELL_MIN + 61)
        assert case.stage is Stage.VOID

        beside: Seen = {"id": "car-2", "box": [700.0, 300.0, 820.0, 380.0], "start_time": now_s - 600}
        crossing.see("c1", "new", "car", {**beside, "frame_time": now_s + 1})
        assert [each.stage is Stage.VOID for each in crossing.heard(DAY_MIN - DWELL_MIN + 62)] == [True, False]
