"""What is wrong with a city pack: every fault with its file and line, so that one run tells all there is to mend."""

from collections.abc import Iterable
from typing import NamedTuple

MOST_SHOWN = 500
"""Faults kept of one pack. One wrong column makes a fault in every row; the count goes on, the list does not."""


class Fault(NamedTuple):
    """`line` counts from 1; it is 0 for a fault of the file as a whole."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class PackFaults(Exception):
    """The pack cannot be used. `faults` are in the order of file and line, `count` how many there were in all."""

    def __init__(self, faults: Iterable[Fault], count: int) -> None:
        self.faults = tuple(sorted(faults))
        self.count = count
        super().__init__("\n".join(map(str, self.faults)))


class FaultList:
    """Collects while a pack is read."""

    def __init__(self) -> None:
        self.count = 0
        self._faults: list[Fault] = []

    def add(self, file: str, line: int, message: str) -> None:
        self.count += 1
        if len(self._faults) < MOST_SHOWN:
            self._faults.append(Fault(file, line, message))

    def raise_any(self) -> None:
        """Raise PackFaults if there is a fault."""
        if self.count:
            raise PackFaults(self._faults, self.count)
