"""Where the basemap lies: one PMTiles file, made from the city pack by `python -m simulators.basemap`."""

from pathlib import Path

from services.settings import Settings

BASEMAP_URL = "/basemap/city.pmtiles"

SHIPPED = Path(__file__).resolve().parents[2] / "cities"
"""The packs that come with the product, each with its basemap."""


def find_basemap(settings: Settings, city_id: str) -> Path | None:
    """Return the city's basemap: the one in the data folder, else the one that its pack ships with."""
    places = (settings.data_dir / "basemap" / "city.pmtiles", SHIPPED / city_id / "basemap.pmtiles")
    return next((path for path in places if path.is_file()), None)
