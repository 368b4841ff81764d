"""A town that gives its gas cases to another system, and that system."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from dispatch.case import Case
from dispatch.partners import ForwardRule, Partner, Updates
from services.partners.follower import Follower
from services.partners.forwarder import Forwarder
from services.partners.secrets import PartnerSecrets
from services.store import parcels
from services.store.parcels import Parcel, State
from services.store.partner_tables import parcels as table
from services.store.partner_tables import partner_state
from services.store.pictures import PictureFolder
from services.store.shelf import DiskShelf
from tests.parts.open311_partner import KEY, PartnerServer, serve_partner
from tests.parts.town import Town, make_town_city, open_database, run_town
from tests.taxonomy import GAS


@dataclass
class Pair:
    """The town and its partner, and what moves between them when a test says so."""

    town: Town
    partner: PartnerServer
    forwarder: Forwarder
    follower: Follower

    async def file(self, text: str = "gas", **more: Any) -> Case:
        case = await self.town.tell(text, **more)
        assert case is not None
        return case

    async def again(self, case: Case) -> Case:
        found = self.town.desk.state.book.find(case.id)
        assert found is not None
        return found

    async def send(self) -> int:
        """Let what waits be due, and send it."""
        await self.town.db.write(
            lambda c: c.execute(update(table).where(table.c.next_at.is_not(None)).values(next_at=table.c.created_at))
        )
        return await self.forwarder.send_due()

    async def follow(self) -> int:
        await self.town.db.write(lambda c: c.execute(update(partner_state).values(polled_at=None)))
        return await self.follower.follow_due()

    async def parcels(self, *states: State) -> list[Parcel]:
        wanted = [state.value for state in states or tuple(State)]
        return await self.town.db.read(
            lambda c: parcels.list_parcels(c, states=wanted, partner="", before=None, limit=100)
        )

    async def kinds(self, case: Case) -> list[str]:
        return await self.town.kinds(case)


def a_partner(url: str, **more: Any) -> Partner:
    values = {"id": "gasworks", "name_zh": "燃气公司", "name_en": "Gasworks", "secret": "gasworks", "internal": True}
    updates = Updates(more.pop("updates", Updates.NONE))
    return Partner(**{**values, "endpoint": url, "updates": updates, **more})


def a_rule(**more: Any) -> ForwardRule:
    values: dict[str, Any] = {"partner": "gasworks", "category": GAS, "service_code": "LEAK"}
    return ForwardRule(**{"sends": ("text", "address"), **values, **more})


@asynccontextmanager
async def run_pair(
    folder: Path, partner: PartnerServer, rule: dict[str, Any] | None = None, **how: Any
) -> AsyncIterator[Pair]:
    """Run the town with its partner; `how` is of the pack's row."""
    secrets = folder / "partner-secrets.toml"
    secrets.write_text(f'[gasworks]\napi_key = "{KEY}"\n')
    row, forwarding = a_partner(partner.url, **how), (a_rule(**(rule or {})),)
    city = make_town_city(partners={row.id: row}, forwarding={GAS: forwarding})
    async with run_town(open_database(folder), city) as town:
        forwarder = Forwarder(town.db, town.desk, PartnerSecrets(str(secrets)), PictureFolder(DiskShelf(folder)))
        yield Pair(town, partner, forwarder, Follower(town.db, town.desk, forwarder))


@pytest.fixture
def partner() -> Iterator[PartnerServer]:
    with serve_partner() as serving:
        yield serving


@pytest.fixture
async def pair(tmp_path: Path, partner: PartnerServer) -> AsyncIterator[Pair]:
    async with run_pair(tmp_path, partner) as running:
        yield running
