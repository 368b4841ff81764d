"""Where the basemap lies: a PMTiles file made from the city pack (`make basemap`), beside the data it belongs to."""

from pathlib import Path

from services.settings import Settings

BASEMAP_URL = "/basemap/city.pmtiles"


def basemap_folder(settings: Settings) -> Path:
    return settings.data_dir / "basemap"


def has_basemap(settings: Settings) -> bool:
    return (basemap_folder(settings) / "city.pmtiles").is_file()
