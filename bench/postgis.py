"""A PostGIS of the benchmark's own: a cluster in a temporary folder, spoken to through its socket, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import shapely

from gis.areas import AreaShape

ACCOUNT = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this account."""

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # nothing is written while it is measured
    "jit": "off",  # it would only slow such short statements
    "shared_buffers": "256MB",
}

SINGLE = "SELECT code FROM area WHERE ST_Contains(shape, ST_SetSRID(ST_MakePoint($1, $2), 4326))"

BATCH = """
SELECT area.code
FROM unnest($1::float8[], $2::float8[]) WITH ORDINALITY AS point(lon, lat, place)
LEFT JOIN area ON ST_Contains(area.shape, ST_SetSRID(ST_MakePoint(point.lon, point.lat), 4326))
ORDER BY point.place
"""


def find_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL that has PostGIS, or None."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parts[-2])):
        if Path(f"/usr/share/postgresql/{folder.parts[-2]}/extension/postgis.control").exists():
            return folder
    return None


@asynccontextmanager
async def run_postgis(programs: Path, areas: Mapping[str, AreaShape]) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a running PostGIS that holds `areas` in table `area(code, shape)`, indexed and analysed."""
    folder = Path(tempfile.mkdtemp(prefix="wardline-postgis-"))
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    data = str(folder / "data")
    _run(programs, folder, "initdb", "-D", data, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    options = " ".join(
        f"-c {name}='{value}'" for name, value in {**SETTINGS, "unix_socket_directories": folder}.items()
    )
    try:
        _run(programs, folder, "pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            connection = await asyncpg.connect(host=str(folder), user=ACCOUNT, database="postgres")
            await _fill(connection, areas)
            yield connection
            await connection.close()
        finally:
            _run(programs, folder, "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _fill(connection: asyncpg.Connection, areas: Mapping[str, AreaShape]) -> None:
    await connection.execute("CREATE EXTENSION postgis")
    await connection.execute("CREATE TABLE area (code text PRIMARY KEY, shape geometry NOT NULL)")
    rows = [(code, shapely.to_wkb(shape, hex=True)) for code, shape in areas.items()]
    await connection.executemany("INSERT INTO area VALUES ($1, ST_SetSRID($2::text::geometry, 4326))", rows)
    await connection.execute("CREATE INDEX ON area USING gist (shape)")
    await connection.execute("VACUUM ANALYZE area")


def _run(programs: Path, folder: Path, program: str, *arguments: str) -> None:
    """Run a PostgreSQL program to its end, not as root. Its output stays in files: a server must not inherit a pipe."""
    command = [str(programs / program), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", ACCOUNT, "--", *command]
    with (folder / f"{program}.out").open("ab") as out:
        subprocess.run(command, check=True, cwd=folder, stdout=out, stderr=out)
