"""How long what belongs to persons is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.retention import KEEP_DAYS, Field, Keeping, Retention

ENDED = datetime(2026, 3, 1, tzinfo=UTC)
OWN = Retention(
    (
        Keeping(field=Field.PHOTOS, days=30),
        Keeping(field=Field.PHOTOS, category="E02", days=10),
        Keeping(field=Field.PHOTOS, category="E0201", days=400),
    )
)


@pytest.mark.parametrize(("category", "days"), [("E0101", 30), ("E0202", 10), ("E0201", 400), ("E020", 10), ("", 30)])
def test_the_longest_beginning_of_the_category_counts(category: str, days: int) -> None:
    assert OWN.days_of(Field.PHOTOS, category) == days


def test_a_field_without_a_row_is_kept_as_proposed() -> None:
    assert OWN.days_of(Field.CONTACT, "E0101") == KEEP_DAYS[Field.CONTACT]


def test_nothing_is_due_before_its_days_are_over() -> None:
    almost = ENDED + timedelta(days=30) - timedelta(seconds=1)
    assert not OWN.is_due(Field.PHOTOS, "E0101", ENDED, almost)
    assert OWN.is_due(Field.PHOTOS, "E0101", ENDED, ENDED + timedelta(days=30))


def test_what_is_looked_for_is_bounded_by_the_shortest_row() -> None:
    assert OWN.shortest_days() == 10
    assert OWN.shortest_days((Field.WORDS,)) == KEEP_DAYS[Field.WORDS]
    assert OWN.shortest_days((Field.PHOTOS,)) == 10
