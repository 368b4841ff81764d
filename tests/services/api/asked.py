"""How many inputs the tests of hostile input have really sent: each notes its own, and the run's end adds them up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Note = Callable[[str, object], None]
INPUTS = "hostile inputs"
"""The property of a test that says how many it has sent. Properties come back from the workers of a divided run."""
TURNED_AWAY = "inputs turned away"
"""Of these, how many were answered "too often" (429): they reached a limit, not what lies behind it."""


class Asked:
    """What was sent so far."""

    def __init__(self) -> None:
        self.sent = 0
        self.turned_away = 0

    def send(self) -> None:
        self.sent += 1

    def hear(self, status: int) -> None:
        self.turned_away += status == 429


@contextmanager
def counting(note: Note) -> Iterator[Asked]:
    """Count what is sent, and note it whether the test passes or not. `note` is the fixture of that name."""
    asked = Asked()
    try:
        yield asked
    finally:
        note(INPUTS, asked.sent)
        note(TURNED_AWAY, asked.turned_away)
