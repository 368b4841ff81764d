"""How long a person needs at the keys, by count and not by clock: the keystroke-level model.

S. K. Card, T. P. Moran, A. Newell, "The keystroke-level model for user performance time with interactive systems",
Communications of the ACM 23 (7), 1980. A task's time is the sum of its operators:

K  a key: 0.28 s (their average typist who is no secretary), 0.20 s who is skilled. A key that is held counts as one.
M  a thought: 1.35 s. Here one before every field that is gone to, every text and every choice that is made.
R  what the system lets one wait: a second for each answer that the next key needs. The page's own delay before it asks
   is in that (at most 450 ms); what the server takes is measured elsewhere (docs/benchmarks.md).

There is no pointer here (no P, no H): only keys go out, and how many it takes to reach a field is found by pressing
Tab. So a page that grows a stop more needs a key more, and its test says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from playwright.async_api import Keyboard, Locator, expect

AVERAGE_S, SKILLED_S = 0.28, 0.20
THOUGHT_S = 1.35
ANSWER_S = 1.0
PINYIN_KEYS = 4
"""For a Chinese character by an input method: a syllable has three letters on average, and a key chooses the word."""


def count_keys(text: str) -> int:
    """Return how many keys a text takes: a letter is one, a capital two, a Chinese character PINYIN_KEYS."""
    return sum(PINYIN_KEYS if ord(each) > 0x2E80 else 1 + each.isupper() for each in text)


@dataclass(frozen=True)
class Step:
    """What was done with how many keys after how many thoughts, and how many answers were waited for."""

    why: str
    keys: int = 0
    thoughts: int = 0
    answers: int = 0


@dataclass
class Hands:
    """Two hands on a keyboard that count what they do."""

    keyboard: Keyboard
    steps: list[Step] = field(default_factory=list)

    async def press(self, chord: str, why: str, *, thoughts: int = 1) -> None:
        """Press a key, or several that are held ("Control+Enter" counts as two)."""
        await self.keyboard.press(chord)
        self.steps.append(Step(why, chord.count("+") + 1, thoughts))

    async def go_to(self, field: Locator, why: str, *, most: int, thoughts: int = 1) -> None:
        """Press Tab until the field has the focus."""
        for keys in range(most + 1):
            if await field.evaluate_all("all => all.some(each => each === document.activeElement)"):
                self.steps.append(Step(why, keys, thoughts))
                return
            await self.keyboard.press("Tab")
        raise AssertionError(f"{why}: not reached by {most} Tabs")

    async def write(self, text: str, why: str) -> None:
        await self.keyboard.type(text)
        self.steps.append(Step(why, count_keys(text), 1))

    async def hear(self, words: str, why: str) -> None:
        """Write down what somebody says while he says it: it takes as long as he speaks, and none of our keys."""
        await self.keyboard.type(words)
        self.steps.append(Step(why))

    async def wait_for(self, answer: Locator, why: str) -> None:
        """Wait until the page shows an answer."""
        await expect(answer).to_be_visible()
        self.steps.append(Step(why, answers=1))

    @property
    def keys(self) -> int:
        return sum(step.keys for step in self.steps)

    def modelled_s(self, key_s: float) -> float:
        return sum(step.keys * key_s + step.thoughts * THOUGHT_S + step.answers * ANSWER_S for step in self.steps)

    def table(self, title: str) -> str:
        """Return what was counted, for who wants to see it (`pytest -rP`)."""
        rows = [f"{step.why:<44}{step.keys:>5} K{step.thoughts:>4} M{step.answers:>4} R" for step in self.steps]
        total = _total(self.steps)
        times = ", ".join(f"{self.modelled_s(key_s):.1f} s at {key_s} s a key" for key_s in (AVERAGE_S, SKILLED_S))
        return "\n".join(
            [title, *rows, f"{total.why:<44}{total.keys:>5} K{total.thoughts:>4} M{total.answers:>4} R", times]
        )


def _total(steps: Sequence[Step]) -> Step:
    return Step(
        "together",
        sum(step.keys for step in steps),
        sum(step.thoughts for step in steps),
        sum(step.answers for step in steps),
    )
