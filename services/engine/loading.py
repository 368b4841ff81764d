"""The city out of a folder or out of the database: for commands and for the start, outside of an event loop."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from dispatch.citymap import City
from services.city.build import build_city
from services.city.pack import CityPack, collect_files
from services.city.read import read_pack
from services.engine.renewal import changes_limits
from services.observe import clock
from services.store import packs, sweeps
from services.store.database import Database


class NoCity(RuntimeError):
    """No city pack has been loaded into this database."""


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


def ensure_city(db: Database, folder: Path) -> City:
    """Return the city of a pack's folder, which becomes the newest version unless it was loaded last.

    What was edited on the settings screen since stays: the folder has nothing new to say.
    """
    files = collect_files(folder)
    with db.engine.connect() as connection:
        loaded = packs.find_last_loaded(connection)
    if loaded is not None and loaded.digest == packs.digest_of(files):
        return read_city(db)
    pack = read_pack(files)
    with db.engine.begin() as connection:
        _save(connection, pack, files)
    return build_city(pack, today(pack))


def read_city(db: Database) -> City:
    """Return the city of the newest pack.

    :raises NoCity: if there is none.
    """
    with db.engine.connect() as connection:
        files = packs.find_newest(connection)
    if files is None:
        raise NoCity("no city pack is loaded: wardline city load DIR")
    pack = read_pack(files)
    return build_city(pack, today(pack))


def today(pack: CityPack) -> date:
    """Return the city's own date."""
    return clock.now().astimezone(ZoneInfo(pack.profile.timezone)).date()
