"""A town for each test of the engine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.parts.town import Town, open_database, run_town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with run_town(open_database(tmp_path)) as running:
        yield running
