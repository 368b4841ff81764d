"""Schemathesis reads our description and asks every route whatever it can think of."""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.responses import HTMLResponse

from dispatch.citymap import City
from services.api.app import ROUTERS, bare_app
from services.api.doors import OPEN
from services.api.wire import shape_of
from tests.services.api.asked import Note, counting
from tests.services.api.places import IN_GRID
from tests.services.api.samples import jpeg
from tests.services.api.server import Running, run_server

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("WARDLINE_EXAMPLES", "8"))
"""For each operation and mode. A long run sets it to some hundreds."""

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

DOCUMENT = bare_app().openapi()
OPERATIONS = sorted((method, path) for path, methods in DOCUMENT["paths"].items() for method in methods)


def _marked(method: str, path: str) -> Any:
    """Return an operation as a parameter; those that ask for no credentials are marked `public`."""
    is_open = DOCUMENT["paths"][path][method]["operationId"] in OPEN
    return pytest.param(method, path, id=f"{method} {path}", marks=[pytest.mark.public] if is_open else [])


@pytest.fixture(scope="module")
def server(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with run_server(city, Path(tmp_path_factory.mktemp("server")), rationed=False) as running:
        yield running


def _report(server: Running) -> str:
    """Report something with a picture; return the receipt's token."""
    form = {"text": "路灯不亮", "category": "P0118", "lon": str(IN_GRID[0]), "lat": str(IN_GRID[1])}
    photos = {"photos": ("a.jpg", jpeg(40, 30), "image/jpeg")}
    answer = requests.post(f"{server.url}/api/v1/reports", data=form, files=photos, timeout=10)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "unfitting"])
@pytest.mark.parametrize(("method", "path"), [_marked(*each) for each in OPERATIONS])
def test_whatever_is_asked_is_answered_as_described(
    server: Running, method: str, path: str, mode: GenerationMode, note: Note
) -> None:
    operation = schemathesis.openapi.from_dict(DOCUMENT)[path][method]
    session = requests.Session()
    # A token that is made up leads nowhere: every second one is of a report that there is.
    report = _report(server) if path.startswith("/api/v1/reports/{token}") else ""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        asked.send()
        if report and asked.sent % 2:
            case.path_parameters["token"] = report
        answer = case.call_and_validate(
            base_url=server.url, session=session, headers=server.headers, checks=CHECKS, allow_redirects=False
        )
        asked.hear(answer.status_code)

    # An operation that takes everything, or nothing, has no unfitting input.
    expected = suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext()
    with session, expected, counting(note) as asked:
        ask()


def is_no_json(route: APIRoute) -> bool:
    """Whether a route answers with nothing, leads elsewhere, or answers with a file or a page."""
    files = (".geojson", ".csv", "/metrics", "/sheet", "/file", "/archive")
    is_file = route.methods == {"GET"} and (route.path.endswith(files) or route.path.endswith("{media_id}"))
    is_page = route.response_class is HTMLResponse
    return is_file or is_page or route.status_code in (204, 302)


def test_every_route_has_a_name_a_sentence_and_a_shape() -> None:
    names = []
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            assert route.operation_id
            assert route.endpoint.__doc__, route.path
            names.append(route.operation_id)
            assert (shape_of(route.endpoint) is None) == is_no_json(route), route.path
    assert len(names) == len(set(names))
    assert set(names) >= OPEN


def test_who_is_a_stranger_reaches_the_open_operations_alone(server: Running) -> None:
    values = {"token": "x" * 43, "token_id": "0" * 64, "feed": "report", "command": "note", "version": "1"}
    fill = defaultdict(lambda: "x", values)
    for method, path in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        answer = requests.request(method, server.url + path.format_map(fill), json={"on_duty": True}, timeout=10)
        if operation["operationId"] in OPEN:
            assert answer.status_code not in (401, 403), path
        else:
            # A body that does not fit is refused before it is asked who sends it; it has no effect either way.
            assert answer.status_code in (401, 415, 422), (method, path, answer.status_code)
