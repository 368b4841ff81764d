"""C06. An event without an end (failure case 6): the camera says `active` and never `inactive`; the power goes between.

camera h1 ── active ──> a case                             kill -9, and again before the timer
                         (its silence is an end after CLEAR_S, counted anew from the start: nobody listened meanwhile)
clock     ── ClearedBySilence, once ──> the case says "silent"; that its source has told an end nobody says
camera h1 ── active ──> it goes on
"""

from pathlib import Path

import pytest

from dispatch.facts import ClearedBySilence, EventAttached, SilenceExcused
from tests.scenarios.crossing import alert, open_crossing

CLEAR_S = 4.0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_c06_silence_is_an_end_by_the_clock_that_no_kill_loses_or_doubles(tmp_path: Path) -> None:
    with open_crossing(tmp_path, clear_after_s=CLEAR_S) as crossing:
        crossing.send("hikvision", alert("crowd", "active", 1))
        crossing.until(lambda found: len(found) == 1)
        for _ in range(2):
            crossing.server.kill()
            crossing.server.start()
        (case,) = crossing.until(lambda found: found[0].silent)
        assert not case.cleared, "no source has said that it is over"
        crossing.server.kill()
        crossing.server.start()
        facts = crossing.facts(case)
        (cleared,) = [fact for fact in facts if isinstance(fact, ClearedBySilence)]
        assert (cleared.after_s, cleared.is_last, cleared.source_id) == (CLEAR_S, True, "h1")
        assert len([fact for fact in facts if isinstance(fact, SilenceExcused)]) <= 2

        crossing.send("hikvision", alert("crowd", "active", 2))
        (again,) = crossing.heard(2)
        assert (again.silent, again.cleared) == (False, False)
        (silent,) = crossing.until(lambda found: found[0].silent)
        assert [type(fact) for fact in crossing.facts(silent)].count(ClearedBySilence) == 2

        crossing.send("hikvision", alert("crowd", "inactive"))
        (over,) = crossing.heard(3)
        assert (over.silent, over.cleared) == (False, True)
        assert isinstance(crossing.facts(over)[-1], EventAttached)
