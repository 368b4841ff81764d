"""What was read and checked of a pack, and the rasters of its areas, in a file that is quick to read again.

The file is no second truth: it is called by everything that it follows from (`key_of`), and whoever finds another name
in it, or a byte that is not as it was written, reads the pack itself. It holds values alone, no code: msgpack, and
shapes as WKB. Who can write it can write the database beside it.
"""

import os
import sys
import zlib
from collections.abc import Sequence
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import numpy as np
import phonenumbers
import shapely
from msgspec import Struct

from dispatch.ids import AreaCode
from gis.raster import Frame, Raster, Rows
from services.city.files import PackFiles
from services.city.pack import CityPack, Ground
from services.city.read import read_model, with_standard

SOURCES = Path(__file__).resolve().parents[2]
CODE = ("gis", "dispatch", "services/city")
"""Folders whose code says what a pack's bytes mean. What is derived by other code than today's is not taken."""
LEVEL = 1
"""Of zlib: cells are long runs, and the file is read more often than it is written."""

_OWN = ("shapes", "water", "green", "reader")
"""Fields of a pack that are no plain values."""
_TYPES = get_type_hints(CityPack)
_NAMES = tuple(each.name for each in fields(CityPack) if each.name not in _OWN)
# Whatever fields a pack has: nothing is to be done here for a new one that is a plain value.
_Plain: Any = msgspec.defstruct("_Plain", [(name, _TYPES[name]) for name in _NAMES], frozen=True)


class _Raster(Struct, frozen=True):
    frame: Frame
    cells: bytes  # int32; deflated (RFC 1950)
    boundary: Rows


class _Ground(Struct, frozen=True):
    name_zh: str
    name_en: str
    shape: bytes


class _Saved(Struct, frozen=True, kw_only=True):
    plain: bytes  # `_Plain`
    shapes: dict[AreaCode, bytes]
    water: tuple[_Ground, ...]
    green: tuple[_Ground, ...]
    rasters: tuple[_Raster, ...]


def key_of(files: PackFiles, sources: Path = SOURCES) -> str:
    """Return the SHA-256 of all that a pack's values follow from: its files, the code, and what the code stands on."""
    digest = sha256()
    libraries = (shapely.__version__, shapely.geos_version_string, msgspec.__version__, phonenumbers.__version__)
    digest.update("\0".join((sys.version, sys.byteorder, *libraries)).encode())
    for path in sorted(path for folder in CODE for path in (sources / folder).rglob("*.py")):
        _add(digest, str(path.relative_to(sources)), path.read_bytes())
    for name, body in sorted(with_standard(files).items()):
        _add(digest, name, body)
    return digest.hexdigest()


def _add(digest: Any, name: str, body: bytes) -> None:
    digest.update(f"{name}\0{len(body)}\0".encode())
    digest.update(body)


def write(file: Path, key: str, pack: CityPack, rasters: Sequence[Raster]) -> None:
    """Keep what was read of a faultless pack, in place of what was kept before. Raises OSError."""
    body = msgspec.msgpack.encode(
        _Saved(
            plain=msgspec.msgpack.encode(_Plain(**{name: getattr(pack, name) for name in _NAMES})),
            shapes=dict(zip(pack.shapes, shapely.to_wkb([*pack.shapes.values()]).tolist(), strict=True)),
            water=_save_ground(pack.water),
            green=_save_ground(pack.green),
            rasters=tuple(_save_raster(each) for each in rasters),
        )
    )
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        beside.touch(mode=0o600)
        beside.write_bytes(_head(key, body) + body)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def read(file: Path, key: str, files: PackFiles) -> tuple[CityPack, tuple[Raster, ...]] | None:
    """Return the pack and the rasters that were kept under this key; None where they were not, or are damaged."""
    try:
        whole = file.read_bytes()
    except OSError:
        return None
    head, end, body = whole.partition(b"\n")
    if head + end != _head(key, body):
        return None
    try:
        return _load(msgspec.msgpack.decode(body, type=_Saved), files)
    except msgspec.DecodeError:
        return None


def _load(saved: _Saved, files: PackFiles) -> tuple[CityPack, tuple[Raster, ...]]:
    codes, shapes = [*saved.shapes], shapely.from_wkb([*saved.shapes.values()]).tolist()
    pack = CityPack(
        **msgspec.structs.asdict(msgspec.msgpack.decode(saved.plain, type=_Plain)),
        shapes=dict(zip(codes, shapes, strict=True)),
        water=_load_ground(saved.water),
        green=_load_ground(saved.green),
        reader=read_model(files),
    )
    return pack, tuple(_load_raster(each) for each in saved.rasters)


def _head(key: str, body: bytes) -> bytes:
    return f"{key} {sha256(body).hexdigest()}\n".encode()


def _save_ground(stretches: Sequence[Ground]) -> tuple[_Ground, ...]:
    return tuple(_Ground(each.name_zh, each.name_en, shapely.to_wkb(each.shape)) for each in stretches)


def _load_ground(saved: Sequence[_Ground]) -> tuple[Ground, ...]:
    return tuple(Ground(each.name_zh, each.name_en, shapely.from_wkb(each.shape)) for each in saved)


def _save_raster(raster: Raster) -> _Raster:
    return _Raster(raster.frame, zlib.compress(raster.cells.tobytes(), LEVEL), raster.boundary)


def _load_raster(saved: _Raster) -> Raster:
    cells = np.frombuffer(zlib.decompress(saved.cells), dtype=np.int32)
    return Raster(saved.frame, cells, saved.boundary)
