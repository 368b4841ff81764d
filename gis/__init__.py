"""The map. Pure: shapely and arithmetic; no I/O, no clock. Coordinates are (lon, lat), WGS-84."""
