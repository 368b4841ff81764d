"""A folder, or the same files as bytes, to a CityPack."""

from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import TypeVar

from dispatch.category import Category
from dispatch.city import Source
from dispatch.citymap import LEVELS
from dispatch.ids import CategoryCode
from dispatch.meaning import BadModel, Model
from gis.components import Component
from services.city.cells import Rows
from services.city.faults import FaultList
from services.city.files import PackFiles, Reader
from services.city.kept import Kept, key_of_files
from services.city.pack import (
    AREA_FILES,
    BASEMAP_FILE,
    CLASSIFIER_FILE,
    STANDARD_DIR,
    STANDARD_FILES,
    CityPack,
    Ground,
    Profile,
    collect_files,
)
from services.city.read_areas import AreaTable, read_areas, read_ground, read_roads
from services.city.read_calendar import check_calendars, read_calendar
from services.city.read_codes import current_categories, read_categories, read_sensor_types, read_video_types
from services.city.read_escalations import check_escalations, read_escalations, read_notice_rules
from services.city.read_filing import check_autofile, check_same, read_autofile, read_same
from services.city.read_moderation import read_moderation
from services.city.read_partners import check_forwarding, read_forwarding, read_partners
from services.city.read_profile import read_profile
from services.city.read_questions import read_questions
from services.city.read_retention import read_retention
from services.city.read_sensing import check_sensing, read_sensing
from services.city.read_tables import (
    read_components,
    read_departments,
    read_duties,
    read_places,
    read_sources,
    read_templates,
    read_workers,
)
from services.city.read_webhooks import read_webhooks
from services.city.references import (
    check_components,
    check_departments,
    check_duties,
    check_positions,
    check_sources,
    check_templates,
    check_types,
    check_workers,
)

PMTILES_MAGIC = b"PMTiles"

T = TypeVar("T")


def read_pack(source: Path | PackFiles, kept: Kept | None = None) -> CityPack:
    """Return the pack of a folder or of its files. Raises PackFaults with every fault of every file.

    Whoever reads many versions gives `kept`: what their files have in common is then read once.
    """
    kept = kept or Kept()
    files = collect_files(source) if isinstance(source, Path) else source
    faults = FaultList()
    reader = Reader(with_standard(files), faults)
    profile = read_profile(reader)
    reader = Reader(reader.files, faults, profile.datum if profile else "wgs84")
    area_codes = profile.area_codes if profile else "own"
    key = ("areas", area_codes, reader.datum, *key_of_files(reader.files, *AREA_FILES.values()))
    areas = kept.once(key, faults, lambda: read_areas(reader, area_codes))
    if not files.get(BASEMAP_FILE, PMTILES_MAGIC).startswith(PMTILES_MAGIC):
        faults.add(BASEMAP_FILE, 0, "not a PMTiles archive")
    return _read_rest(reader, profile, areas, kept)


def with_standard(files: PackFiles) -> dict[str, bytes]:
    """Return the files with the standard tables that they lack."""
    missing = {name: (STANDARD_DIR / name).read_bytes() for name in STANDARD_FILES if name not in files}
    return {**missing, **files}


def read_model(files: PackFiles) -> Model | None:
    """Return what reads people's words; None where the pack has nothing. Raises BadModel."""
    body = files.get(CLASSIFIER_FILE)
    return None if body is None else Model.read(body)


def _read_shapes(reader: Reader, kept: Kept, file: str, read: Callable[[], T]) -> T:
    return kept.once((file, reader.datum, *key_of_files(reader.files, file)), reader.faults, read)


def _read_ground(reader: Reader, kept: Kept, file: str) -> tuple[Ground, ...]:
    return _read_shapes(reader, kept, file, lambda: read_ground(reader, file))


def _read_model(reader: Reader, kept: Kept) -> Model | None:
    key = (CLASSIFIER_FILE, *key_of_files(reader.files, CLASSIFIER_FILE))
    return kept.once(key, reader.faults, lambda: _read_classifier(reader))


def _read_classifier(reader: Reader) -> Model | None:
    try:
        return read_model(reader.files)
    except BadModel as error:
        reader.faults.add(CLASSIFIER_FILE, 0, str(error))
        return None


def _read_rest(reader: Reader, profile: Profile | None, table: AreaTable, kept: Kept) -> CityPack:
    """Read on whatever is wrong so far, so that one run tells all; only then is it seen whether there is a pack."""
    times = read_calendar(reader)
    categories = read_categories(reader)
    video_types, sensor_types = read_video_types(reader), read_sensor_types(reader)
    departments, workers, duties = read_departments(reader), read_workers(reader), read_duties(reader)
    sensing, templates = read_sensing(reader, sensor_types), read_templates(reader)
    components, sources = read_components(reader), read_sources(reader)
    same, autofile = read_same(reader), read_autofile(reader)
    places, roads = read_places(reader), _read_shapes(reader, kept, "roads.geojson", lambda: read_roads(reader))
    water, green = (_read_ground(reader, kept, file) for file in ("water.geojson", "green.geojson"))
    current = current_categories(categories, profile.scheme if profile else "", None)
    if profile and not current:
        reader.faults.add("categories.csv", 0, f"no category of the scheme {profile.scheme!r}")
    ids, leads = {each.id for _, each in departments}, {each.id for _, each in departments if each.lead}
    check_departments(ids, workers, duties, components)
    webhooks, questions = read_webhooks(reader), read_questions(reader, current)
    retention = read_retention(reader, current)
    partners, forwarding, moderation = read_partners(reader), read_forwarding(reader), read_moderation(reader)
    check_forwarding(forwarding, partners, current, table.areas, ids)
    escalations, notice_rules = read_escalations(reader), read_notice_rules(reader)
    check_escalations(escalations, ids, leads)
    check_workers(workers, times.shifts if times else None, table.areas)
    check_duties(duties, current, table.areas)
    if times:
        check_calendars(times, current, ids, table.areas)
    check_templates(templates, current)
    check_same(same, current)
    kinds = {kind.type for _, kind in video_types} | {kind.type for _, kind in sensor_types}
    check_types(chain(video_types, sensor_types), current)
    check_sources(sources, kinds, {component.id for _, component in components})
    check_sensing(sensing, _values(sources), table.areas)
    check_autofile(autofile, current, kinds, sources)
    _check_places(components, sources, current, table, profile)
    reader.faults.raise_any()
    assert profile is not None, "what could not be read is a fault"
    assert times is not None, "what could not be read is a fault"
    return CityPack(
        profile=profile,
        working_times=times.working,
        shifts=times.shifts,
        levels=tuple(level for level in LEVELS if table.codes_of(level)),
        areas=table.areas,
        shapes=table.shapes,
        places=places,
        roads=roads,
        water=water,
        green=green,
        components=_values(components),
        escalations=_values(escalations),
        notice_rules=notice_rules,
        webhooks=webhooks,
        questions=questions,
        departments=_values(departments),
        workers=_values(workers),
        duties=_values(duties),
        sources=_values(sources),
        categories=categories,
        video_types=_values(video_types),
        sensor_types=_values(sensor_types),
        sensing=_values(sensing),
        templates=_values(templates),
        partners=_values(partners),
        forwarding=_values(forwarding),
        moderation=moderation,
        reader=_read_model(reader, kept),
        same=_values(same),
        autofile=_values(autofile),
        retention=retention,
    )


def _check_places(
    components: Rows[Component],
    sources: Rows[Source],
    categories: Mapping[CategoryCode, Category],
    table: AreaTable,
    profile: Profile | None,
) -> None:
    """Note what is wrong with where the parts and the sources are."""
    with_digits = profile is not None and profile.area_codes == "gb30428"
    check_components(components, categories, set(table.codes_of("district")) if with_digits else ())
    placed = chain(((row, each.point) for row, each in components), ((row, each.point) for row, each in sources))
    check_positions(placed, table.areas, table.shapes)


def _values(rows: Rows[T]) -> tuple[T, ...]:
    return tuple(value for _, value in rows)
