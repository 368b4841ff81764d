"""Others judge the interface: the standard's own schemas and description, and a client that knows nothing of us."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from georeport import GeoReport
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import response_schema_conformance

from dispatch.citymap import City
from tests.services.api.open311 import shapes
from tests.services.api.open311.partner import BEGGING, COVER, LAMP, LAT, LON, a_request
from tests.services.api.samples import jpeg
from tests.services.api.server import Running, run_server
from tests.shared_data import shared_path

pytestmark = pytest.mark.slow

DESK = "desk-hotline"
"""A source of the demo city whose key may file."""
EXAMPLES = int(os.environ.get("WARDLINE_EXAMPLES", "8"))
READ_S = 10.0


@dataclass(frozen=True)
class Site:
    """A server with some requests, and the key to file more."""

    root: str
    key: str

    def get(self, path: str, **query: Any) -> Any:
        answer = requests.get(f"{self.root}/{path}", params=query, timeout=READ_S)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, suffix: str = "json", *, headers: Any = None, files: Any = None, **form: Any) -> requests.Response:
        data = {"api_key": self.key, **form}
        return requests.post(f"{self.root}/requests.{suffix}", data=data, files=files, headers=headers, timeout=READ_S)


@pytest.fixture(scope="module")
def site(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with run_server(city, Path(tmp_path_factory.mktemp("open311"))) as running:
        key = requests.post(f"{running.url}/api/v1/sources/{DESK}/key", headers=running.headers, timeout=READ_S)
        site = Site(f"{running.url}/open311/v2", key.json()["key"])
        _fill(site, running)
        yield site


def _fill(site: Site, running: Running) -> None:
    for n, service in enumerate((LAMP, LAMP, COVER, BEGGING)):
        form = a_request(service_code=service, lat=str(LAT + n * 0.002), **{"attribute[state]": "broken"})
        answer = site.post(**form, files={"media": ("a.jpg", jpeg(64, 64), "image/jpeg")} if n == 0 else None)
        assert answer.status_code == 200, answer.text
    number = site.get("requests.json")[0]["service_request_id"]
    case = _find_case(running, number)
    filed = requests.post(
        f"{running.url}/api/v1/cases/{case['id']}/commands/file", headers=running.headers, timeout=READ_S
    )
    assert filed.status_code == 200, filed.text


def _find_case(running: Running, number: str) -> Any:
    """Return the case of a request once the desk has read it."""
    for _ in range(200):
        found = requests.get(
            f"{running.url}/api/v1/cases", params={"number": number}, headers=running.headers, timeout=READ_S
        )
        if items := found.json()["items"]:
            return items[0]
        time.sleep(0.02)
    raise AssertionError("the desk has not read the request")


def judge(schema: Any, value: Any, registry: Registry[Any] | None = None) -> None:
    validator = Draft4Validator(schema, format_checker=FormatChecker(), registry=registry or Registry())
    assert [error.message for error in validator.iter_errors(value)] == []


def ask_all(site: Site) -> Iterator[tuple[str, Any]]:
    """Yield the name of a schema and an answer, for each kind of answer."""
    yield "services", site.get("services.json")
    for code in (COVER, LAMP, BEGGING):
        yield "service-definition", site.get(f"services/{code}.json", locale="en")
    found = site.get("requests.json")
    assert len(found) >= 3
    assert any("expected_datetime" in each and "agency_responsible" in each for each in found)
    yield "requests", found
    yield "requests", site.get(f"requests/{found[0]['service_request_id']}.json")
    yield "requests", site.get("requests.json", service_code="none")


OURS = {"services": shapes.SERVICES, "service-definition": shapes.DEFINITION, "requests": shapes.REQUESTS}


def test_answers_have_the_shapes_of_the_standards_text(site: Site) -> None:
    for name, answer in ask_all(site):
        judge(OURS[name], answer)
    judge(shapes.RECEIPTS, site.post(**a_request()).json())
    later = site.post(**a_request(), headers={"Prefer": "respond-async"}).json()
    judge(shapes.RECEIPTS, later)
    judge(shapes.TOKENS, site.get(f"tokens/{later[0]['token']}.json"))
    for refused in (
        site.post(service_code="none"),
        site.post(api_key="no"),
        requests.get(f"{site.root}/x.json", timeout=READ_S),
    ):
        assert refused.status_code in (400, 403, 404)
        judge(shapes.ERRORS, refused.json())


@pytest.mark.shared
def test_answers_fit_the_projects_own_json_schemas(site: Site) -> None:
    folder = shared_path("standards", "open311", "georeport-v2")
    schemas = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    resources = [(name, Resource.from_contents(schema, DRAFT4)) for name, schema in schemas.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    for name, answer in ask_all(site):
        judge(schemas[f"{name}.json"], answer, registry)


@pytest.mark.shared
@pytest.mark.parametrize("suffix", ["json", "xml"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfitting"])
def test_schemathesis_finds_nothing_by_the_official_description(site: Site, mode: GenerationMode, suffix: str) -> None:
    document = yaml.safe_load(shared_path("standards", "open311", "georeport_v2-1.yaml").read_text(encoding="utf-8"))
    session = requests.Session()
    schema = schemathesis.openapi.from_dict(document)

    def check(path: str, method: str) -> None:
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=schema[path][method].as_strategy(generation_mode=mode))
        def ask(case: Case[Any]) -> None:
            case.path_parameters["response_format"] = suffix
            checks = [not_a_server_error, response_schema_conformance][: 2 if suffix == "json" else 1]
            case.call_and_validate(base_url=site.root, session=session, params={"api_key": site.key}, checks=checks)

        ask()

    with session:
        for path, methods in document["paths"].items():
            for method in methods:
                check(path, method)


@pytest.mark.parametrize("output", ["json", "xml"])
def test_a_client_that_knows_nothing_of_us_reads_all(site: Site, output: str) -> None:
    client = GeoReport(site.root, jurisdiction="city.example", output_format=output)
    services = {each["service_code"]: each for each in client.get_service_list()}
    assert str(services[COVER]["metadata"]).lower() == "true"
    definition = client.get_service_definition(COVER)
    assert definition["service_code"] == COVER
    listed = client.get_service_requests(service_code=COVER, status="open")
    found = listed[0] if isinstance(listed, list) else listed
    single = client.get_service_request(found["service_request_id"])
    assert COVER in str(single)
    assert str(LON) in str(single)
