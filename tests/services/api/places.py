"""Places of the demo city."""

from dispatch.citymap import City

IN_GRID = (106.5470, 29.5560)
"""The middle of the city."""
OUTSIDE = (121.4737, 31.2304)
"""Shanghai."""


def far_apart(city: City, count: int, *, different_streets: bool = False) -> list[tuple[float, float]]:
    """Return points in different grids, far enough from each other that no two are one happening."""
    found: list[tuple[float, float]] = []
    streets: set[str] = set()
    grids = city.list_areas("grid")
    for area in grids[:: max(1, len(grids) // (count * 4))]:
        lon, lat = city.centers[area.code]
        street = city.locate(city.centers[area.code]).street
        if different_streets and street in streets:
            continue
        streets.add(street)
        found.append((lon, lat))
        if len(found) == count:
            return found
    raise AssertionError("the city is too small")
