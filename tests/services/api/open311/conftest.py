"""A partner at a small city."""

from collections.abc import AsyncIterator

import pytest

from tests.services.api.open311.partner import Partner, make_partner
from tests.services.api.world import World


@pytest.fixture
async def partner(world: World) -> AsyncIterator[Partner]:
    async with world.stranger() as client:
        yield await make_partner(world, client)
