"""A database whose commits of the engine fail when a test says so."""

from collections.abc import Callable
from typing import Any

from services.store import journal
from services.store.database import Database


class ShakyDatabase(Database):
    """`before` runs in the writer before the engine's batches are written, `after` once they are durable."""

    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None

    def submit(self, bulk: Any, value: Any, *, patient: bool = False) -> Any:
        if bulk is not journal.record:
            return super().submit(bulk, value, patient=patient)
        return self._loop.create_task(self._submit(bulk, value))  # type: ignore[union-attr]

    async def _submit(self, bulk: Any, value: Any) -> Any:
        if self.before is not None:
            self.before()
        result = await super().submit(bulk, value)
        if self.after is not None:
            self.after()
        return result


def fail_times(times: int, make_error: Callable[[], Exception]) -> Callable[[], None]:
    """Return what raises that often and then no more."""
    left = [times]

    def fail() -> None:
        if left[0] > 0:
            left[0] -= 1
            raise make_error()

    return fail
