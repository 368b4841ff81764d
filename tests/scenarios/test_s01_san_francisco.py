"""S01. Another city, with its own recorded past: San Francisco's 311 cases land where the city itself put them.

    boundaries (195 census tracts in 41 neighbourhoods) --> city pack --> `wardline city load`
    4,984 labelled cases (CSV as it was published) --> `wardline import events --map` --> its summary

Nothing of it is Yuzhong's: codes, categories, zone, alphabet.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from services.store.case_rows import read_case
from services.store.database import Database
from services.store.tables import cases, measures
from tests.cities_from_data import SF_LABELLED_CASES, slug, write_sf_pack
from tests.parts.wardline import Wardline
from tests.shared_data import shared_path

MAP = """\
[columns]
id = "CaseID"
opened_at = "Opened"
closed_at = "Closed"
lon = "Long"
lat = "Lat"
address = "Address"
area = "C.Neighborhood"
category = "Category"
text = "Request.Details"

[times]
format = "%Y-%m-%d %H:%M:%S"
timezone = "America/Los_Angeles"

[values.category]
"""


@pytest.mark.shared
def test_s01_each_case_lands_in_the_neighbourhood_that_the_city_recorded(tmp_path: Path) -> None:
    recorded = shared_path("data", "cities", "sf")
    file = recorded / "cases_sample_geo_labelled.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    plan = tmp_path / "map.toml"
    names = sorted({row["Category"] for row in rows})
    plan.write_text(MAP + "".join(f'"{name}" = "{slug(name)}"\n' for name in names), encoding="utf-8")
    city = Wardline(tmp_path / "data")
    city.run("city", "load", str(write_sf_pack(recorded, tmp_path / "pack")))

    summary = city.run("import", "events", str(file), "--feed", "history", "--map", str(plan))

    assert f"{SF_LABELLED_CASES} records: {SF_LABELLED_CASES} read, 0 in quarantine." in summary
    assert f"{SF_LABELLED_CASES} of {SF_LABELLED_CASES} lie in the area that the file records." in summary
    _check_cases(city, rows)
    again = city.run("import", "events", str(file), "--feed", "history", "--map", str(plan))
    assert f"{SF_LABELLED_CASES} of {SF_LABELLED_CASES}" in again
    assert len(_read_cases(city)) == SF_LABELLED_CASES, "the same file again is no new case"


def _read_cases(city: Wardline) -> list[bytes]:
    db = Database(f"sqlite:///{city.data_dir / 'wardline.sqlite3'}")
    with db.engine.connect() as connection:
        return list(connection.scalars(select(cases.c.doc)))


def _check_cases(city: Wardline, rows: list[dict[str, str]]) -> None:
    found = [read_case(doc) for doc in _read_cases(city)]
    assert Counter(case.category for case in found) == Counter(slug(row["Category"]) for row in rows)
    # "NA" is a case that was open when the data were published: a person must say what is to become of it.
    assert sum(case.closed_at is None for case in found) == sum(row["Closed"] == "NA" for row in rows)
    assert all(case.closed_at is None or case.closed_at >= case.opened_at for case in found)
    db = Database(f"sqlite:///{city.data_dir / 'wardline.sqlite3'}")
    with db.engine.connect() as connection:
        sums = Counter[str]()
        for counter, n in connection.execute(select(measures.c.counter, measures.c.n)):
            sums[counter] += n
    assert sums["reported"] == SF_LABELLED_CASES
    assert sums["closed"] == sum(case.closed_at is not None for case in found)
