"""The import contracts of pyproject.toml hold, and each breach of one is noticed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.files import ROOT

PACKAGES = ("bench", "dispatch", "gis", "services", "simulators")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(root)})


def test_imports_run_one_way() -> None:
    outcome = lint_imports(ROOT)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("dispatch/event.py", "import sqlalchemy", "dispatch and gis do no I/O"),
        ("gis/point.py", "import time", "dispatch and gis do no I/O"),
        ("gis/point.py", "import dispatch.ids", "Imports run one way"),
        ("services/store/types.py", "import services.engine", "Inside services"),
        ("services/feeds/report.py", "import services.feeds.frigate", "No feed knows another feed"),
        ("simulators/breach.py", "import dispatch.event", "Simulators speak to the platform only over the wire"),
        ("services/unplaced/__init__.py", "", "Inside services"),
    ],
)
def test_a_breach_is_noticed(copied: Path, path: str, line: str, contract: str) -> None:
    breached = copied / path
    breached.parent.mkdir(exist_ok=True)
    breached.write_text((breached.read_text() if breached.exists() else "") + f"\n{line}\n")
    outcome = lint_imports(copied)
    assert outcome.returncode != 0
    broken = [line for line in outcome.stdout.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), outcome.stdout
