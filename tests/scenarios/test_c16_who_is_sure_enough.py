"""C16. Who is sure enough is filed by itself; the others wait, and what is said of them is each camera's precision.

camera c1 (bin, 0.93)  ──> filed and sent
camera c4 (bin, 0.93)  ──> its row asks for 0.95: waits
camera c1 (fire, 0.40) ──> below the category's: waits
desk: confirms one, refuses the other ──> board: 1 of 1, 0 of 1; each figure opens its cases; a restart changes nothing
"""

import time
from pathlib import Path

import pytest

from dispatch.case import Case, Stage, Verdict
from tests.scenarios.crossing import Crossing, open_crossing

AUTOFILE = "category,type,feed,kind,source,threshold,enabled\n,overflowing_bin,,,c4,0.95,true\n"


def tell(crossing: Crossing, camera: str, label: str, score: float) -> Case:
    known = {case.id for case in crossing.list_cases()}
    now_s = time.time()
    seen = {"id": f"{camera}-{label}", "top_score": score, "start_time": now_s - 3_600, "frame_time": now_s}
    crossing.see(camera, "new", label, seen)
    found = crossing.until(lambda cases: len(cases) > len(known))
    return next(case for case in found if case.id not in known)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_c16_who_is_sure_is_filed_by_itself_and_what_people_say_is_the_precision(tmp_path: Path) -> None:
    with open_crossing(tmp_path, autofile=AUTOFILE) as crossing:
        held = tell(crossing, "c4", "overflowing_bin", 0.93)
        assert (held.stage, held.waiting) == (Stage.REPORTED, "wait.threshold")
        fire = tell(crossing, "c1", "open_burning", 0.4)
        assert (fire.stage, fire.waiting) == (Stage.REPORTED, "wait.confidence")
        crossing.do(held, "file")
        crossing.do(fire, "void", reason="steam", false_alarm=True)
        filed, refused = crossing.list_cases()
        assert (filed.verdict, refused.verdict) == (Verdict.CONFIRMED, Verdict.REFUSED)
        sure = tell(crossing, "c1", "illegal_parasol", 0.93)
        assert sure.stage in (Stage.DISPATCHED, Stage.FILED)
        assert sure.verdict is Verdict.NONE

        told = crossing.ask("metrics/precision")
        crossing.server.kill()
        crossing.server.start()
        assert crossing.ask("metrics/precision") == told
        rows = {(row["source"], row["kind"]): row for row in told["items"]}
        assert set(rows) == {("c4", "overflowing_bin"), ("c1", "open_burning")}
        right, wrong = rows["c4", "overflowing_bin"], rows["c1", "open_burning"]
        assert [right["figures"][name]["value"] for name in ("confirmed", "refused", "precision")] == [1, 0, 1.0]
        assert [wrong["figures"][name]["value"] for name in ("confirmed", "refused", "precision")] == [0, 1, 0.0]
        assert 0 < right["low"] < 1
        assert right["high"] == 1.0
        for row, case in ((right, filed), (wrong, refused)):
            behind = crossing.ask(row["figures"]["precision"]["link"].removeprefix("/api/v1/"))["items"]
            assert [each["id"] for each in behind] == [case.id]
