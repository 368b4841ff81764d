"""K03. A partner copies files into the drop; the power goes, again and again.

    partner  --rename-->  drop/cloudevents/partner/*.json  -->  [ server ]  -->  done/
                                                                   ^
                                                                kill -9, KILLS times

Every file is a message once, whenever it was read, stored or moved; none is lost and none is refused.
"""

import asyncio
import json
import random
import sqlite3
from pathlib import Path

import pytest

from bench.city import PACK, list_happenings
from services.city.build import build_city
from services.city.read import read_pack
from tests.parts.wardline import run_wardline

KILLS = 3
FILES = 60
PAUSE_S = 0.12
"""Between two files: so that every kill finds some that lie there and some that are being taken."""


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_k03_every_file_is_one_message_whenever_it_is_killed(tmp_path: Path) -> None:
    chance = random.Random(20261127)
    drop = tmp_path / "drop"
    folder = drop / "cloudevents" / "partner"
    folder.mkdir(parents=True)
    env = {"WARDLINE_DEMO": "true", "WARDLINE_DROP_DIR": str(drop)}
    with run_wardline(tmp_path / "data"):
        pass  # the demo city's pack and accounts are in the database then
    with run_wardline(tmp_path / "data", ("serve",), env) as server:
        await asyncio.to_thread(server.add_source, "cloudevents", "partner")
        # A source that another process has made is known from the next start on.
        server.stop()
        server.start()
        copying = asyncio.create_task(_copy(folder))
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(1.5, 3.5))
            server.kill()
            await asyncio.to_thread(server.start)
        await copying
        async with asyncio.timeout(120):
            while list(folder.glob("*.json")) or _count(server.data_dir, "pending"):
                await asyncio.sleep(0.2)
        server.stop()
    assert sorted(each.name for each in (folder / "done").iterdir()) == sorted(f"f{n}.json" for n in range(FILES))
    assert not (folder / "failed").exists()
    assert _count(tmp_path / "data", "done") == FILES
    with sqlite3.connect(tmp_path / "data" / "wardline.sqlite3") as connection:
        (opened,) = connection.execute("SELECT count(*) FROM journal WHERE kind = 'CaseOpened'").fetchone()
    assert opened == FILES, "no two are one happening, and none happened twice"


def _count(data_dir: Path, state: str) -> int:
    with sqlite3.connect(data_dir / "wardline.sqlite3") as connection:
        query = "SELECT count(*) FROM inbox WHERE source_id = 'cloudevents:partner' AND state = ?"
        count: int = connection.execute(query, (state,)).fetchone()[0]
        return count


async def _copy(folder: Path) -> None:
    """Write files as a careful partner does: under another name, then renamed."""
    happenings = list_happenings(build_city(read_pack(PACK)))
    for n, (category, point) in zip(range(FILES), happenings, strict=False):
        data = {"category": category, "text": f"f{n}", "lon": point.lon, "lat": point.lat, "confidence": 0.99}
        event = {"specversion": "1.0", "type": "t", "source": "k03", "id": f"f{n}", "data": data}
        (folder / f"f{n}.json.part").write_text(json.dumps(event), encoding="utf-8")
        (folder / f"f{n}.json.part").rename(folder / f"f{n}.json")
        await asyncio.sleep(PAUSE_S)
