"""The simulators' only clock, and city time that runs faster than the wall's."""

import asyncio
from datetime import UTC, datetime
from time import monotonic


def now() -> datetime:
    """Return the time of day, in UTC."""
    return datetime.now(UTC)


class CityTime:
    """City seconds since the start: `speed` of them pass in one second on the wall."""

    def __init__(self, speed: float) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self.speed = speed
        self._started = monotonic()

    def elapsed_s(self) -> float:
        """City seconds since the start."""
        return (monotonic() - self._started) * self.speed

    async def sleep(self, city_s: float) -> None:
        """Wait for so many city seconds; 0 or less gives way once."""
        await asyncio.sleep(max(0.0, city_s) / self.speed)

    async def sleep_until(self, city_s: float) -> None:
        """Wait until so many city seconds have passed since the start."""
        await self.sleep(city_s - self.elapsed_s())
