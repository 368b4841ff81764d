"""C05. An alarm that flaps (failure case 5, of what says active and inactive): a person has refused it once.

camera h1 ── active, inactive, active, inactive ... ──> one case; refused by the desk
          ── and on it flaps, its posts not counted ──> nothing new
          ── quiet for CLEAR_S, then active ──> a case: that is another time
"""

import time
from pathlib import Path

import pytest

from dispatch.case import Stage, Verdict
from dispatch.health.rules import HealthRules
from tests.scenarios.crossing import alert, open_crossing

CLEAR_S = 6.0
FLAPS = 30
BEGINNINGS, ENDS = FLAPS // 2, HealthRules().flap_count
"""Of a round: each beginning is heard at once; of the ends only the first few, for the others are held back."""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_c05_what_was_refused_does_not_come_back_with_every_flap(tmp_path: Path) -> None:
    with open_crossing(tmp_path, clear_after_s=CLEAR_S) as crossing:
        for n in range(FLAPS):
            crossing.send("hikvision", alert("crowd", "inactive" if n % 2 else "active"))
        (case,) = crossing.heard(BEGINNINGS + ENDS)
        assert case.stage is Stage.REPORTED, "a crowd is always looked at by a person"
        crossing.do(case, "void", reason="a queue at the bus stop", false_alarm=True)
        for n in range(FLAPS):
            crossing.send("hikvision", alert("crowd", "inactive" if n % 2 else "active"))
        (case,) = crossing.heard(2 * BEGINNINGS + ENDS)
        assert (case.stage, case.verdict) == (Stage.VOID, Verdict.REFUSED)
        time.sleep(CLEAR_S + 0.5)  # by the camera's own time, which is what is asked about
        crossing.send("hikvision", alert("crowd", "active"))
        assert [each.stage for each in crossing.until(lambda found: len(found) == 2)] == [Stage.VOID, Stage.REPORTED]
