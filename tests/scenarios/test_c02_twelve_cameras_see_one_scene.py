"""C02. One scene before many cameras (failure case 2): twelve cameras around a crossing see the same gathering.

c1 ... c12 ── open, and update each second for twenty seconds ──> one case with twelve camera's words; its first at once
c7         ── (meanwhile) worse: a fight breaks out? another category ──> a case of its own
"""

import time
from pathlib import Path

import pytest

from dispatch.facts import EventAttached
from tests.scenarios.crossing import CAMERAS, Crossing, open_crossing

SECONDS = 20
FAR_AWAY = {"lon": 106.5251, "lat": 29.5031}


def tell(crossing: Crossing, camera: str, second: int, began_s: float, label: str = "overflowing_bin") -> None:
    seen = {"id": f"{camera}-{label}", "start_time": began_s - 700, "frame_time": began_s + second}
    crossing.see(camera, "new" if second == 0 else "update", label, seen)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_c02_twelve_cameras_and_twenty_seconds_are_one_case(tmp_path: Path) -> None:
    began_s = time.time() - SECONDS - 5
    with open_crossing(tmp_path) as crossing:
        tell(crossing, CAMERAS[0], 0, began_s)
        crossing.until(lambda found: len(found) == 1)
        for second in range(SECONDS):
            for camera in CAMERAS[0 if second else 1 :]:
                tell(crossing, camera, second, began_s)
        (case,) = crossing.heard(SECONDS * len(CAMERAS))
        facts = crossing.facts(case)
        attached = [fact for fact in facts if isinstance(fact, EventAttached)]
        assert {fact.source_id for fact in attached} == set(CAMERAS)
        assert {each.source_id for each in case.sightings} == set(CAMERAS)
        names = [type(fact).__name__ for fact in facts]
        assert names.count("TaskDispatched") + names.count("CaseQueued") == 1
        grounds = {fact.because[0].rule for fact in attached}
        assert "known.episode" in grounds
        assert grounds <= {"known.episode", "known.near", "known.views"}

        tell(crossing, CAMERAS[6], 0, began_s, "open_burning")
        assert len(crossing.heard(SECONDS * len(CAMERAS) + 1)) == 2, "another kind of thing is another case"
