"""The house stays tidy: sizes, a core that does no I/O, nothing of anybody's machine, no secret, no loose end."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.repo.files import ROOT, read, texts, tracked, written

FUNCTION_LINES = 70
FILE_LINES = 400
COMPONENT_LINES = 200
REPO_BYTES = 40_000_000
"""All files together: a clone stays a matter of seconds."""
CITY_BYTES = 10_000_000

CORE = ("dispatch/", "gis/")


def functions(path: PurePosixPath) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{path}:{node.lineno} {node.name} has {lines} lines"
        for path in written(".py")
        for node in functions(path)
        if (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


@pytest.mark.parametrize(
    ("suffixes", "most"), [((".py", ".ts", ".mjs", ".css"), FILE_LINES), ((".vue",), COMPONENT_LINES)]
)
def test_no_file_is_longer_than_one_reads(suffixes: tuple[str, ...], most: int) -> None:
    long = [f"{path} has {n} lines" for path in written(*suffixes) if (n := read(path).count("\n")) > most]
    assert not long, "\n".join(long)


def test_the_core_neither_prints_nor_opens() -> None:
    calls = [
        f"{path}:{node.lineno} calls {node.func.id}()"
        for path in written(".py")
        if str(path).startswith(CORE)
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("open", "print", "input", "exec", "eval")
    ]
    assert not calls, "\n".join(calls)


def test_the_core_is_not_async() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in written(".py")
        if str(path).startswith(CORE)
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
    ]
    assert not found


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path)
        for path in written(".py")
        if read(path).strip() and not ast.get_docstring(ast.parse(read(path)), clean=False)
    ]
    assert not silent, "\n".join(silent)


FORBIDDEN: dict[str, re.Pattern[str]] = {
    "a loose end": re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b"),
    "a path of somebody's machine": re.compile(r"(?<![\w.])/(?:work|root|Users)/|/home/\w+/"),
    "an address of a registry": re.compile(
        r"(?:files\.pythonhosted|pypi|registry\.npmjs|npmjs)\.org|deb\.debian\.org|npmmirror|pypi\.tuna|/opt/pypi|find-links"
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a merge left over": re.compile(r"^(?:<<<<<<<|>>>>>>>) ", re.MULTILINE),
}
NAMING_THEM = {"tests/repo/test_tidy.py", "tools/lock.sh"}
"""These must spell what they look for or switch off."""


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    found = []
    for path in texts():
        if str(path) in NAMING_THEM or str(path).startswith("cities/"):
            continue
        found += [f"{path}: {match.group()!r}" for match in FORBIDDEN[what].finditer(read(path))]
    assert not found, "\n".join(found)


def test_locks_pin_every_package_with_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        entries = re.split(r"\n(?=\S)", read(name).strip())
        loose = [
            entry.split()[0] for entry in entries if "==" not in entry.split("\n")[0] or "--hash=sha256:" not in entry
        ]
        assert not loose, f"{name}: {loose}"


def test_the_development_lock_holds_production_s_versions() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==[^\s;\\]+", read(name), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_what_pyproject_asks_for_is_locked() -> None:
    import_names = re.findall(r'^  "([\w.-]+)', read("pyproject.toml").split("[tool.")[0], re.MULTILINE)
    locked = {name.lower() for name in re.findall(r"^([\w.-]+)==", read("requirements-dev.lock"), re.MULTILINE)}
    assert {name.lower() for name in import_names} <= locked


def test_the_repository_stays_small() -> None:
    sizes = {path: (ROOT / path).stat().st_size for path in tracked()}
    assert sum(sizes.values()) < REPO_BYTES
    assert sum(size for path, size in sizes.items() if str(path).startswith("cities/")) < CITY_BYTES
