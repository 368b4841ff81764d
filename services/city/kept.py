"""What was read of a pack and needs no reading again: most edits leave the shapes and roads as they are."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from hashlib import sha256
from typing import TypeVar, cast

from services.city.faults import FaultList

KEPT_MAX = 12
"""Results kept: of two or three versions of the areas, the roads and the ground."""

T = TypeVar("T")


class Kept:
    """Results of reading, by what they were read from. Only faultless ones are kept: faults must be told each time."""

    def __init__(self) -> None:
        self._results: OrderedDict[Hashable, object] = OrderedDict()

    def once(self, key: Hashable, faults: FaultList, read: Callable[[], T]) -> T:
        """Return what was read of `key` before, or read it."""
        if key in self._results:
            self._results.move_to_end(key)
            return cast(T, self._results[key])
        before = faults.count
        result = read()
        if faults.count == before:
            self._results[key] = result
            if len(self._results) > KEPT_MAX:
                self._results.popitem(last=False)
        return result


def key_of_files(files: Mapping[str, bytes], *paths: str) -> tuple[str, ...]:
    """Return what tells these files from others of the same names."""
    return tuple(sha256(files[path]).hexdigest() if path in files else "" for path in paths)
