"""What the simulators did, to be held against what the server says it saw."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Ledger:
    """`happenings` counts what should become one case each, by feed; `sent` messages; `done` acts of people."""

    happenings: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def expect_case(self, feed: str) -> None:
        self.happenings[feed] += 1

    def sent(self, feed: str, count: int = 1) -> None:
        self.messages[feed] += count

    def did(self, act: str) -> None:
        self.done[act] += 1

    def refuse(self, kind: str) -> None:
        self.refused[kind] += 1
