"""The city out of a folder or out of the database: for commands and for the start, outside of an event loop."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from dispatch.citymap import City
from services.city import saved
from services.city.build import build_city
from services.city.files import PackFiles
from services.city.pack import CityPack, collect_files
from services.city.read import read_pack
from services.engine.renewal import changes_limits
from services.observe import clock
from services.observe.memory import collecting_no_garbage
from services.store import packs, sweeps
from services.store.database import Database

KEPT_FILE = "city.kept"
"""In the data folder. It may be removed at any time."""

log = structlog.get_logger(__name__)


class NoCity(RuntimeError):
    """No city pack has been loaded into this database."""


@collecting_no_garbage()
def load_pack(db: Database, folder: Path) -> tuple[CityPack, int]:
    """Read a city pack and store it whole; return it and its version. For commands, outside of an event loop.

    :raises PackFaults: naming every fault; nothing is stored then.
    """
    files = collect_files(folder)
    pack = read_pack(files)
    with db.engine.begin() as connection:
        version = _save(connection, pack, files)
    return pack, version


def _save(connection: Connection, pack: CityPack, files: Mapping[str, bytes]) -> int:
    """Store the pack; where it may change limits, note that the open cases are to be gone through."""
    before, at = packs.find_newest_version(connection), clock.now()
    version = packs.save(connection, pack.profile.id, files, pack.categories, at)
    is_new = before is not None and version != before.version
    if before is not None and is_new and changes_limits(packs.read_files(connection, before.version), files):
        sweeps.begin(connection, version, at)
    return version


@collecting_no_garbage()
def ensure_city(db: Database, folder: Path, data_dir: Path | None = None) -> City:
    """Return the city of a pack's folder, which becomes the newest version unless it was loaded last.

    What was edited on the settings screen since stays: the folder has nothing new to say.
    """
    files = collect_files(folder)
    with db.engine.connect() as connection:
        loaded = packs.find_last_loaded(connection)
    if loaded is not None and loaded.digest == packs.digest_of(files):
        return read_city(db, data_dir)
    pack = read_pack(files)
    with db.engine.begin() as connection:
        _save(connection, pack, files)
    return _make_city(files, data_dir, pack)


@collecting_no_garbage()
def read_city(db: Database, data_dir: Path | None = None) -> City:
    """Return the city of the newest pack. What is read of it is kept in the data folder for the next time.

    :raises NoCity: if there is none.
    """
    with db.engine.connect() as connection:
        files = packs.find_newest(connection)
    if files is None:
        raise NoCity("no city pack is loaded: wardline city load DIR")
    return _make_city(files, data_dir)


def _make_city(files: PackFiles, data_dir: Path | None, pack: CityPack | None = None) -> City:
    """Build the city of what is kept of these files, or of the pack that they are, and keep that."""
    if data_dir is None:
        pack = pack or read_pack(files)
        return build_city(pack, today(pack))
    file, key = data_dir / KEPT_FILE, saved.key_of(files)
    found = saved.read(file, key, files)
    if found is not None:
        pack, rasters = found
        return build_city(pack, today(pack), rasters=rasters)
    pack = pack or read_pack(files)
    city = build_city(pack, today(pack))
    try:
        saved.write(file, key, pack, [index.raster for index in city.indexes])
    except OSError as error:
        log.warning("what was read of the city is not kept: the next start reads it anew", error=str(error))
    return city


def today(pack: CityPack) -> date:
    """Return the city's own date."""
    return clock.now().astimezone(ZoneInfo(pack.profile.timezone)).date()
