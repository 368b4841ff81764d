"""What a worker did without a signal keeps the time at which he did it."""

from datetime import timedelta
from typing import Any

import pytest

from dispatch.case import Stage
from dispatch.moves.sending import LATEST_REPORT, SLACK
from dispatch.refusals import BadField
from tests.builders import make_case
from tests.dispatch.asking import ANN, AT, at_stage, give

TOLD_LATER: tuple[tuple[str, Stage, dict[str, Any]], ...] = (
    ("accept", Stage.DISPATCHED, {}),
    ("decline", Stage.DISPATCHED, {"reason": "too far"}),
    ("depart", Stage.ACCEPTED, {}),
    ("arrive", Stage.ACCEPTED, {}),
    ("report_handled", Stage.ARRIVED, {"note": "done"}),
)


@pytest.mark.parametrize(("name", "stage", "data"), TOLD_LATER)
def test_his_own_time_stands_beside_the_time_at_which_it_was_told(
    name: str, stage: Stage, data: dict[str, Any]
) -> None:
    then = AT - timedelta(minutes=25)
    first = give(name, at_stage(stage), ANN, happened_at=then, **data)[0]
    assert first.at == AT
    assert first.data.happened_at == then  # type: ignore[attr-defined]


@pytest.mark.parametrize("wrong", [SLACK + timedelta(seconds=1), -LATEST_REPORT - timedelta(seconds=1)])
def test_a_time_to_come_or_long_gone_is_refused(wrong: timedelta) -> None:
    with pytest.raises(BadField, match="happened_at"):
        give("accept", make_case(), ANN, happened_at=AT + wrong)


def test_what_is_told_at_once_has_the_one_time() -> None:
    assert give("accept", make_case(), ANN)[0].data.happened_at is None  # type: ignore[attr-defined]


def test_pictures_from_before_the_work_are_kept_apart() -> None:
    handled = give("report_handled", at_stage(Stage.ARRIVED), ANN, media=["m2"], before=["m1"])[0].data
    assert (handled.before, handled.media) == (("m1",), ("m2",))  # type: ignore[attr-defined]
