"""What is blurred for a detector's box: more than the box, never less, and all where the box makes no sense."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.blurs import BLURS_MAX, MARGIN, MARGIN_MIN, WHOLE, Blur, blur_around, join_blurs

SHARES = st.floats(0, 1)


def test_the_box_is_blurred_with_a_margin_of_its_own_size() -> None:
    assert blur_around(0.4, 0.4, 0.6, 0.5) == pytest.approx((0.35, 0.375, 0.3, 0.15))
    assert MARGIN == 0.25


def test_a_box_far_away_has_a_margin_of_the_picture_s() -> None:
    assert blur_around(0.5, 0.5, 0.502, 0.501) == pytest.approx((0.49, 0.49, 0.022, 0.021))
    assert blur_around(0.5, 0.5, 0.5, 0.5) == pytest.approx((0.49, 0.49, 2 * MARGIN_MIN, 2 * MARGIN_MIN))


def test_what_lies_beyond_the_edge_is_cut_off() -> None:
    assert blur_around(-0.05, 0.9, 0.15, 1.05) == pytest.approx((0, 0.8625, 0.2, 0.1375))


def test_a_box_of_nought_is_none() -> None:
    assert blur_around(0, 0, 0, 0) is None


@pytest.mark.parametrize(
    "edges",
    [(0.6, 0.1, 0.4, 0.2), (0.1, 0.6, 0.2, 0.4), (100, 200, 300, 400), (nan, 0, 1, 1), (0, 0, inf, 1), (-1, 0, 0, 1),
     (1.01, 0.1, 1.04, 0.2), (-0.2, 0.1, 0.1, 0.2), (0.9, 0.9, 1.06, 1.0)],
)  # fmt: skip
def test_of_a_box_that_cannot_be_one_of_this_picture_all_is_blurred(edges: tuple[float, ...]) -> None:
    assert blur_around(*edges) == WHOLE


@given(SHARES, SHARES, SHARES, SHARES)
def test_all_of_a_box_is_blurred_and_nothing_outside_the_picture(a: float, b: float, c: float, d: float) -> None:
    left, right, top, bottom = *sorted((a, b)), *sorted((c, d))
    blur = blur_around(left, top, right, bottom)
    if blur is None:
        assert (left, top, right, bottom) == (0, 0, 0, 0)
        return
    x, y, width, height = blur
    assert 0 <= x <= left
    assert right <= x + width + 1e-9 <= 1 + 2e-9
    assert 0 <= y <= top
    assert bottom <= y + height + 1e-9 <= 1 + 2e-9
    assert min(width, height) > 0


def test_each_box_counts_once_and_of_a_crowd_all_is_blurred() -> None:
    box: Blur = (0.1, 0.1, 0.2, 0.2)
    assert join_blurs([box, (0.2, 0.1, 0.2, 0.2), box]) == (box, (0.2, 0.1, 0.2, 0.2))
    assert join_blurs([box, WHOLE]) == (WHOLE,)
    assert join_blurs([(n / 100, 0.0, 0.01, 0.01) for n in range(BLURS_MAX + 1)]) == (WHOLE,)
    assert join_blurs([]) == ()
