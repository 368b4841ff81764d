"""Recorded data that is not part of this repository: `WARDLINE_SHARED`, else the folder `shared` beside the repository."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def find_shared() -> Path | None:
    """Return the folder, None where it is absent."""
    folder = Path(os.environ.get("WARDLINE_SHARED") or ROOT.parent / "shared")
    return folder if folder.is_dir() else None


def shared(*parts: str) -> Path:
    """Return a file or folder of the recorded data; skips the test, saying so, where it is absent."""
    folder = find_shared()
    path = folder.joinpath(*parts) if folder else None
    if path is None or not path.exists():
        pytest.skip(f"recorded data {'/'.join(parts)} is absent (WARDLINE_SHARED names its folder)")
    return path
