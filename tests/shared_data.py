"""Recorded data that tests read. It is not part of the repository: where it is absent, its tests skip and say so."""

import os
from pathlib import Path

import pytest

VARIABLE = "WARDLINE_SHARED"


def shared_dir() -> Path:
    """Return the folder: that of WARDLINE_SHARED, else `../shared` beside the repository."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parents[2] / "shared"


def shared_path(*parts: str) -> Path:
    """Return a file or folder, such as `shared_path("data", "cities", "sf")`; skip the test where it is absent."""
    path = shared_dir().joinpath(*parts)
    if not path.exists():
        pytest.skip(f"recorded data is absent: {path} (set {VARIABLE})")
    return path
