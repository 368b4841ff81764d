"""The files of this repository, as git knows them."""

import subprocess
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]

CODE_SUFFIXES = frozenset({".css", ".html", ".js", ".mjs", ".py", ".sh", ".ts", ".vue"})
DATA_SUFFIXES = frozenset({".cfg", ".conf", ".csv", ".geojson", ".ini", ".json", ".lock", ".toml", ".yaml", ".yml"})
TEXT_SUFFIXES = CODE_SUFFIXES | DATA_SUFFIXES | {".md", ".mmd", ".txt"}
TEXT_NAMES = frozenset({"Dockerfile", "LICENSE", "Makefile", "NOTICE", "run"})

GENERATED = (
    "cities/",
    "docs/generated/",
    "frontend/package-lock.json",
    "frontend/src/api/schema.d.ts",
    "requirements",
    "services/store/migrations/versions/",
)
"""Path beginnings of what programs write: held to no length."""


@cache
def tracked() -> tuple[PurePosixPath, ...]:
    """Return every file that is committed or about to be."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return tuple(PurePosixPath(name) for name in listed.split("\0") if name and (ROOT / name).is_file())


def written(*suffixes: str) -> list[PurePosixPath]:
    """Return the files with these suffixes that people write."""
    return [path for path in tracked() if path.suffix in suffixes and not str(path).startswith(GENERATED)]


def texts() -> list[PurePosixPath]:
    return [path for path in tracked() if path.suffix in TEXT_SUFFIXES or path.name in TEXT_NAMES]


def read(path: PurePosixPath | str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
