"""What is refused, in the standard's own form; whatever is sent, nothing fails and nothing is half done."""

from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from httpx import Response
from sqlalchemy import func, select

from dispatch.citymap import City
from services.api.open311.reading import FIELDS_MAX, FILES_MAX, VALUE_MAX
from services.store.tables import inbox, reports
from tests.services.api.open311.partner import COVER, LAMP, LAT, LON, V2, Partner, a_request, make_key, make_partner
from tests.services.api.places import OUTSIDE
from tests.services.api.samples import jpeg, png_claiming
from tests.services.api.world import World, open_world


def check(answer: Response) -> list[dict[str, Any]]:
    """A refusal is a list of errors in the format of the path, and says nothing of our inside."""
    assert 400 <= answer.status_code < 500, (answer.request.url, answer.status_code, answer.text[:300])
    if answer.headers["content-type"] == "application/json; charset=utf-8":
        found = answer.json()
    else:
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        root = fromstring(answer.content)
        assert root.tag == "errors"
        found = [{"code": int(each[0].text or 0), "description": each[1].text} for each in root]
    assert found
    for fault in found:
        assert set(fault) == {"code", "description"}
        assert fault["code"] == answer.status_code
        assert fault["description"]
    assert "sqlite" not in answer.text.lower()
    return list(found)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("services", 404),
        ("services.yaml", 404),
        ("services.html", 404),
        ("services/none.json", 404),
        ("services/none.xml", 404),
        ("requests/none.json", 404),
        ("requests/none.xml", 404),
        ("tokens/none.json", 404),
        ("nothing.json", 404),
        ("", 404),
        ("requests.json?start_date=yesterday", 400),
        ("requests.json?end_date=2026-02-30T00:00:00Z", 400),
        ("requests.json?start_date=2026-03-02T00:00:00Z&end_date=2026-03-01T00:00:00Z", 400),
        ("requests.json?start_date=0001-01-01T00:00:00Z", 400),
        ("requests.json?start_date=9999-12-31T23:59:59Z", 400),
        ("requests.xml?status=fixed", 400),
        ("requests.json?page=-1", 400),
        ("requests.json?page=1e3", 400),
        ("requests.json?page=" + "9" * 400, 400),
        ("requests.json?page_size=%EF%BC%93", 400),
        ("requests.json?bbox=1,2,3", 400),
        ("requests.json?bbox=3,2,1,4", 400),
        ("requests.json?bbox=nan,nan,nan,nan", 400),
        ("requests.json?lat=29.5", 400),
        ("requests.json?lat=29.5&long=106.5&radius=inf", 400),
        ("requests.json?lat=29.5&long=106.5&radius=-1", 400),
        ("requests.json?service_code=" + ",".join(map(str, range(1_001))), 400),
        ("requests.json?updated_after=%00", 400),
        ("requests/%00.json", 400),
        ("servicerequestupdates.json?start_date=x", 400),
        ("media/R-1/none.jpg", 404),
        ("media/R-1/..%2f..%2fsecret.jpg", 404),
    ],
)
async def test_what_there_is_not_or_cannot_be_read_is_told(partner: Partner, path: str, status: int) -> None:
    answer = await partner.client.get(f"{V2}/{path}")
    check(answer)
    assert answer.status_code == status


async def test_words_are_in_the_language_of_who_asks(partner: Partner) -> None:
    (zh,) = check(await partner.client.get(f"{V2}/services/none.json"))
    (en,) = check(await partner.client.get(f"{V2}/services/none.json?locale=en"))
    assert zh["description"] == "没有这个 service_code"
    assert en["description"] == "No service has that service_code"


@pytest.mark.parametrize(
    "query",
    [
        "start_date=2026-03-01T00:00:00%2B08:00",
        "start_date=2026-03-01T00:00:00+08:00",
        "start_date=2026-03-01",
        "start_date=2026-03-01T00:00:00.123456789Z",
        "page=0&page_size=0",
        "page_size=999999999",
        "unknown=1&callback=alert(1)",
        "service_request_id=%ED%A0%80",
        "service_code=" + "x" * 5_000,
        "status=open&status=closed",
        "lat=&long=&radius=",
        "extensions=maybe",
    ],
)
async def test_what_is_odd_but_clear_is_answered(partner: Partner, query: str) -> None:
    for suffix in ("json", "xml"):
        answer = await partner.client.get(f"{V2}/requests.{suffix}?{query}")
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_are_refused(partner: Partner, method: str) -> None:
    answer = await partner.client.request(method, f"{V2}/requests.json")
    check(answer)
    assert answer.status_code == 405


@pytest.mark.parametrize("key", ["", "wk_none", "x" * 1_000, "\ud800\x00"])
async def test_a_wrong_key_or_none_may_not_file(partner: Partner, key: str) -> None:
    safe = key.encode("utf-8", "replace").decode()
    answer = await partner.client.post(f"{V2}/requests.json", data={**a_request(), "api_key": safe})
    check(answer)
    assert answer.status_code == 403


async def test_the_key_of_a_camera_may_not_file_and_that_of_a_hotline_may(world: World) -> None:
    camera, hotline = await make_key(world, feed="frigate"), await make_key(world, feed="report")
    async with world.stranger() as client:
        for key, status in ((camera, 403), (hotline, 200)):
            answer = await Partner(client, key, world).post(**a_request())
            assert answer.status_code == status


async def test_a_key_past_its_quota_waits_and_others_do_not(partner: Partner, world: World) -> None:
    few = Partner(partner.client, await make_key(world, "few", per_minute=3), world)
    codes = [(await few.post(**a_request())).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    answer = await few.post("xml", **a_request())
    check(answer)
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert (await partner.post(**a_request())).status_code == 200


FITTING = {"service_code": LAMP, "lat": str(LAT), "long": str(LON), "description": "a"}


@pytest.mark.parametrize(
    ("change", "status", "faults"),
    [
        ({"service_code": ""}, 400, 1),
        ({"service_code": "none"}, 404, 1),
        ({"lat": ""}, 400, 1),
        ({"lat": "", "long": ""}, 400, 1),
        ({"lat": "91"}, 400, 1),
        ({"lat": "nan", "long": "nan"}, 400, 1),
        ({"lat": "1e400"}, 400, 1),
        ({"lat": "1_0"}, 400, 1),
        ({"lat": str(OUTSIDE[1]), "long": str(OUTSIDE[0])}, 400, 1),
        ({"address_id": "none"}, 400, 1),
        ({"description": "a" * (VALUE_MAX + 1)}, 400, 1),
        ({"email": "a" * 201, "phone": "1" * 201, "lat": "x"}, 400, 3),
        ({"attribute[lamps]": "many"}, 400, 1),
        ({"attribute[since]": "long ago"}, 400, 1),
        ({"attribute[lamps]": ["1", "2"]}, 400, 1),
        ({"service_code": COVER}, 400, 1),
        ({"service_code": COVER, "attribute[state]": "stolen"}, 400, 1),
        ({"service_code": COVER, "attribute[state][]": ["missing", "broken"]}, 400, 1),
        ({"media": "no base64!"}, 400, 1),
        ({"media": "bm8gcGljdHVyZQ=="}, 400, 1),
        ({"media_url": [f"https://city.example/{n}.jpg" for n in range(FILES_MAX + 1)]}, 400, 1),
        ({f"f{n}": "x" for n in range(FIELDS_MAX)}, 400, 1),
    ],
)
async def test_a_request_that_does_not_fit_is_refused_with_all_that_is_wrong(
    partner: Partner, world: World, change: dict[str, Any], status: int, faults: int
) -> None:
    for suffix in ("json", "xml"):
        answer = await partner.post(suffix, **(FITTING | change))
        assert answer.status_code == status, answer.text
        assert len(check(answer)) == faults
    await nothing_is_stored(world)


async def nothing_is_stored(world: World) -> None:
    for table in (reports, inbox):
        count = await world.parts.db.read(lambda c, t=table: c.scalar(select(func.count()).select_from(t)))  # type: ignore[misc]
        assert count == 0


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"service_code": "E0101"}', "application/json"),
        (b"<request/>", "text/xml"),
        (b"", ""),
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff\xfe%ff%fe=%00&&&===", "application/x-www-form-urlencoded"),
        (b"a=" + b"%" * 100_000, "application/x-www-form-urlencoded"),
        (b"attribute[[[[]]]]=1&attribute[]=2&attribute[a][][]=3", "application/x-www-form-urlencoded"),
        (b"", "multipart/form-data"),
        (b"--x", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="media"\r\n\r\na\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"a", "a/b/c"),
    ],
)
async def test_no_body_makes_it_fail(partner: Partner, world: World, body: bytes, content_type: str) -> None:
    for path in ("requests.json", "requests.xml", "servicerequestupdates.json"):
        for key in ("", partner.key):
            headers = {"Content-Type": content_type} if content_type else {}
            answer = await partner.client.post(f"{V2}/{path}", params={"api_key": key}, content=body, headers=headers)
            check(answer)
    await nothing_is_stored(world)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_of_fifty_megabytes_is_refused_in_the_standards_form(partner: Partner, announced: bool) -> None:
    size = 50_000_000

    async def chunks() -> Any:
        for _ in range(size // 1_000_000):
            yield b"a" * 1_000_000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers |= {"Content-Length": str(size)} if announced else {}
    answer = await partner.client.post(f"{V2}/requests.json", content=chunks(), headers=headers)
    check(answer)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "body", [b"", b"no picture", jpeg(64, 64)[:300], png_claiming(60_000, 60_000), b"<svg onload='alert(1)'/>"]
)
async def test_a_file_that_is_no_picture_is_refused_and_nothing_is_filed(
    partner: Partner, world: World, body: bytes
) -> None:
    answer = await partner.post(**a_request(), files={"media": ("a.jpg", body, "image/jpeg")})
    check(answer)
    await nothing_is_stored(world)


async def test_any_jurisdiction_means_this_city_until_the_operator_names_his(
    partner: Partner, city: City, tmp_path: Path
) -> None:
    assert await partner.get("services", jurisdiction_id="elsewhere.gov")
    own = tmp_path / "own"
    own.mkdir()
    async with open_world(city, own, open311_jurisdictions=("city.example",)) as world, world.stranger() as client:
        named = await make_partner(world, client)
        assert await named.get("services", jurisdiction_id="city.example")
        assert await named.get("services", jurisdiction_id="")
        answer = await client.get(f"{V2}/services.json", params={"jurisdiction_id": "elsewhere.gov"})
        check(answer)
        assert answer.status_code == 404
        check(await named.post(**a_request(jurisdiction_id="elsewhere.gov")))
        assert (await named.post(**a_request(jurisdiction_id="city.example"))).status_code == 200
