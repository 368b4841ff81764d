"""Open311 GeoReport v2 at `/open311/v2`: the interface that partner systems and apps of the world know.

The standard has formats, errors and names of its own, so it stands beside the API and not in it.
Standard: https://wiki.open311.org/GeoReport_v2/ (frozen).
"""
