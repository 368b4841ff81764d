"""Who is banned, as the citizen's door asks with every report: kept in memory, and read again once a second."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from services.store.abuse import BANS_MAX, Ban, BanKind, Sender, list_bans
from services.store.database import Database

READ_EVERY_S = 1.0
"""After so long a ban of another process holds here too; one of this process holds at once."""


class Bans:
    """The bans of the city. They are few, and reports may be a thousand a second."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._own: Mapping[tuple[str, str], Sequence[Ban]] = {}
        """By kind and digest."""
        self._networks: Sequence[tuple[IPv4Network | IPv6Network, Ban]] = ()
        self._read_s = self._changed_s = float("-inf")
        self._gate = asyncio.Lock()

    def change(self) -> None:
        """Say that a ban was made or lifted: what has been read before is worth nothing."""
        self._changed_s = self._clock_s()

    async def find(self, db: Database, sender: Sender, at: datetime) -> Ban | None:
        """Return the ban that holds a sender now, the first made of several, None where none does."""
        if not self._is_fresh():
            async with self._gate:
                if not self._is_fresh():
                    await self._read(db)
        holding = [each for each in self._list_of(sender) if each.until is None or each.until > at]
        return min(holding, key=lambda ban: ban.created_at, default=None)

    def _is_fresh(self) -> bool:
        return self._changed_s < self._read_s > self._clock_s() - READ_EVERY_S

    async def _read(self, db: Database) -> None:
        began_s = self._clock_s()
        own: dict[tuple[str, str], list[Ban]] = {}
        networks = []
        for ban in await db.read(lambda connection: list_bans(connection, BANS_MAX)):
            if ban.kind == BanKind.NETWORK:
                networks.append((ip_network(ban.value), ban))
            else:
                own.setdefault((ban.kind, ban.value), []).append(ban)
        self._own, self._networks, self._read_s = own, networks, began_s

    def _list_of(self, sender: Sender) -> list[Ban]:
        known = ((BanKind.PHONE, sender.phone), (BanKind.EMAIL, sender.email), (BanKind.DEVICE, sender.device))
        found = [ban for kind, value in known if value for ban in self._own.get((kind.value, value), ())]
        return found + self._list_around(sender.address) if self._networks else found

    def _list_around(self, address: str) -> list[Ban]:
        try:
            own = ip_address(address.partition("/")[0])
        except ValueError:
            return []
        return [ban for network, ban in self._networks if own in network]
