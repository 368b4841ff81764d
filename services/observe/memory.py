"""Memory that was needed in passing goes back to the machine."""

import ctypes
from collections.abc import Callable


def _find_trim() -> Callable[[int], int]:
    """Return glibc's `malloc_trim`; where there is another library of C, something that does nothing."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return lambda _keep: 0
    return trim


_trim = _find_trim()


def give_back() -> None:
    """Give back what a large piece of work has left behind: of a city that was built, some 75 MB."""
    _trim(0)
