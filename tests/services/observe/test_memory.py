"""What is not gone through for garbage."""

import gc
from collections.abc import Iterator

import pytest

from services.observe.memory import collecting_no_garbage

MANY = 1_000


@pytest.fixture
def frozen() -> Iterator[int]:
    yield gc.get_freeze_count()
    gc.unfreeze()


def test_no_garbage_is_looked_for_meanwhile_and_afterwards_it_is() -> None:
    with collecting_no_garbage():
        assert not gc.isenabled()
        with collecting_no_garbage():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_stays_is_not_gone_through_afterwards(frozen: int) -> None:
    with collecting_no_garbage(stays=True):
        made = [[n] for n in range(MANY)]
    assert gc.get_freeze_count() >= frozen + len(made)
    assert gc.isenabled()


def test_what_need_not_stay_is(frozen: int) -> None:
    with collecting_no_garbage():
        made = [[n] for n in range(MANY)]
    assert gc.get_freeze_count() == frozen
    assert len(made) == MANY
