"""An order in the desk's queue: what is asked of the engine, and who waits for its answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.engine.turn import Turn

R = TypeVar("R")


@dataclass(slots=True)
class Order(Generic[R]):
    run: Callable[[Turn], R]
    future: "asyncio.Future[R]"
    result: R | None = None
    error: Exception | None = None


def answer(order: Order[Any]) -> None:
    if order.future.done():
        return
    if order.error is not None:
        order.future.set_exception(order.error)
    else:
        order.future.set_result(order.result)


def nobodys() -> "asyncio.Future[None]":
    """Return the future of an order that nobody waits for: its error is logged where it happens."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return future


def run_order(order: Order[Any], turn: Turn) -> None:
    """Run it and keep what comes of it; it may be run again, where the turn has come to nothing."""
    order.result = order.error = None
    try:
        order.result = order.run(turn)
    except Exception as error:  # noqa: BLE001 - it is its asker's; the loop goes on
        order.error = error
