"""The documents are true: what they name exists, what exists is named, and generated pages are fresh."""

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import Field, fields
from pathlib import Path, PurePosixPath

import pytest

from docs.generate import PAGES, list_stale, render
from services.feeds import load_feeds
from services.jobs.schedule import JOBS
from services.settings import MediaBucket, Oidc, Settings
from tests.repo.files import ROOT, read, tracked, written

PAGES_OF_PEOPLE = [path for path in tracked() if path.suffix == ".md"]


# --- links and names ---------------------------------------------------------------------------------------


def links(path: PurePosixPath) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", read(path)):
        if not re.match(r"[a-z]+:|#", target):
            yield target.split("#")[0]


@pytest.mark.parametrize("page", PAGES_OF_PEOPLE, ids=str)
def test_every_link_leads_to_a_file(page: PurePosixPath) -> None:
    lost = [target for target in links(page) if not (ROOT / page.parent / target).exists()]
    assert not lost


@pytest.mark.parametrize("page", [page for page in PAGES_OF_PEOPLE if "adr" not in page.parts], ids=str)
def test_every_path_that_a_page_names_exists(page: PurePosixPath) -> None:
    tops = r"(?:gis|dispatch|services|simulators|frontend|cities|bench|tests|docs|deploy|tools)"
    named = re.findall(rf"`({tops}/[\w./-]+)`", read(page))
    made = ("docs/generated/", "frontend/dist", "tests/services/feeds/samples")
    lost = [name for name in named if not (ROOT / name).exists() and not name.startswith(made)]
    assert not lost


def test_decisions_are_numbered_without_a_gap_and_all_listed() -> None:
    pages = sorted(path.name for path in (ROOT / "docs/adr").glob("0*.md"))
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    assert re.findall(r"\]\((0\d{3}[^)]+)\)", read("docs/adr/README.md")) == pages
    for name in pages:
        assert read(f"docs/adr/{name}").startswith(f"# {name[:4]}. ")


def test_every_decision_says_why_what_it_costs_and_who_keeps_it() -> None:
    for path in sorted((ROOT / "docs/adr").glob("0*.md")):
        text = path.read_text(encoding="utf-8")
        for part in ("Context", "Decision", "Consequences", "Alternatives", "Kept by"):
            assert f"**{part}.**" in text, f"{path.name} lacks {part}"


# --- settings ----------------------------------------------------------------------------------------------

SETTING = re.compile(r"WARDLINE_[A-Z][A-Z0-9_]*[A-Z0-9]")
ROW = re.compile(r"^\| `(WARDLINE_\w+)` \|(?: (.*?) \|)? (.+) \|$", re.MULTILINE)


def test_every_setting_is_described_and_every_described_one_exists() -> None:
    code = {
        name
        for path in written(".py", ".sh", ".ts", ".mjs", ".yml")
        if path.parts[0] != "deploy"
        for name in SETTING.findall(read(path))
    }
    described = {row[0] for row in ROW.findall(read("docs/settings.md"))}
    of_compose = {
        "WARDLINE_DATABASE_PASSWORD",
        "WARDLINE_BROKER_PASSWORD",
        "WARDLINE_PUBLISHED",
        "WARDLINE_BROKER_PUBLISHED",
    }
    assert code - of_compose - described == set(), "in the code, not in docs/settings.md"
    assert described - code == set(), "in docs/settings.md, not in the code"


def test_the_defaults_are_those_of_the_page() -> None:
    settings = Settings.from_env({})
    told = {name: default.strip("`") for name, default, _ in ROW.findall(read("docs/settings.md")) if default}
    for field in fields(Settings):
        default = told.get(f"WARDLINE_{field.name.upper()}")
        value = getattr(settings, field.name)
        if default is None or field.name == "database_url":
            continue
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        if isinstance(value, Path):
            shown = os.path.relpath(value, ROOT if field.name == "front_dir" else Path.cwd())
        assert shown == default, field.name


def test_every_field_of_the_settings_has_a_row() -> None:
    described = {row[0] for row in ROW.findall(read("docs/settings.md"))}
    own = {f"WARDLINE_{field.name.upper()}" for field in fields(Settings) if field.name not in ("oidc", "media")}
    assert (
        own | {f"WARDLINE_{prefix}{field.name.upper()}" for field in fields(Oidc) for prefix in ("OIDC_",)} <= described
    )


BUCKET = {
    "bucket": "MEDIA_S3",
    "prefix": "MEDIA_S3",
    "endpoint": "MEDIA_S3_ENDPOINT",
    "region": "MEDIA_S3_REGION",
    "cache_bytes": "MEDIA_CACHE_BYTES",
}


@pytest.mark.parametrize("setting", fields(MediaBucket), ids=lambda setting: str(setting.name))
def test_every_setting_of_the_bucket_has_a_row_with_its_default(setting: Field[object]) -> None:
    told = {name: default.strip("`") for name, default, _ in ROW.findall(read("docs/settings.md"))}
    assert told[f"WARDLINE_{BUCKET[setting.name]}"] == str(setting.default)


# --- generated pages ---------------------------------------------------------------------------------------


def test_generated_pages_are_fresh() -> None:
    assert not list_stale(), "run `make docs`"


MATRICES = ("access.md", "facts.md", "stages.md")
"""Their empty cells speak."""


@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith(".md") and name not in MATRICES])
def test_no_row_of_a_generated_page_is_without_words(name: str) -> None:
    head, *rows = [line for line in render(name).splitlines() if line.startswith("| ")]
    labels = [cell.strip() for cell in head.strip("|").split("|")]
    optional = {"labels", "refusals", "MQTT topics", "how a device is pointed at Wardline"}
    for row in rows:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip("|"))]
        empty = [label for label, cell in zip(labels, cells, strict=True) if not cell and label not in optional]
        assert not empty, row


def test_every_feed_and_job_is_on_its_page() -> None:
    assert all(f"`{name}`" in read("docs/generated/feeds.md") for name in load_feeds())
    assert all(f"`{job.name}`" in read("docs/generated/jobs.md") for job in JOBS)


# --- the city pack -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["categories", "video_types", "sensor_types"])
def test_every_column_of_the_standard_tables_is_described(table: str) -> None:
    with (ROOT / f"cities/standard/{table}.csv").open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    words = read("docs/city-pack.md") + read("cities/standard/README.md")
    assert [column for column in columns if f"`{column}`" not in words] == []


# --- commands ----------------------------------------------------------------------------------------------


def commands_of(page: str) -> set[str]:
    """Return the words after `make` in code of a page."""
    text = read(page)
    blocks = re.findall(r"^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    code = blocks + re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE))
    return {name for text in code for name in re.findall(r"^\s*make ([a-z-]+)", text, re.MULTILINE)}


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "docs/benchmarks.md", "docs/how-to/add-a-feed.md"]
)
def test_the_make_commands_of_a_page_are_those_of_the_makefile(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", read("Makefile"), re.MULTILINE))
    assert commands_of(page) <= targets


def test_ci_runs_what_the_readme_says() -> None:
    assert "make test" in read(".ci/run")
    assert {"run", "test", "check", "bench"} <= commands_of("README.md")


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    text = read("Makefile")
    phony = set(re.findall(r"^\.PHONY: ([a-z-]+)$", text, re.MULTILINE))
    assert phony - set(re.findall(r"^([a-z-]+):.*## \S", text, re.MULTILINE)) == set()
