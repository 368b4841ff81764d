"""Bad input gets a clear problem or a place in quarantine; never a 5xx, and nothing of it is half done."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from httpx import AsyncClient, Response

from dispatch.access import Role
from services.api.guard import BODY_BYTES, DEFAULT_BODY_BYTES, PLAIN, body_limit
from services.observe.clock import now
from services.store import sources
from tests.services.api.places import IN_GRID
from tests.services.api.samples import jpeg, png_claiming
from tests.services.api.test_cases import open_case
from tests.services.api.world import World

JSON = {"Content-Type": "application/json"}

WORDS = ("text", "note", "label", "username", "password", "role", "category", "on_duty", "media", "lon", "lat")


def everywhere(value: object) -> bytes:
    """Return an object that has the value in every field that a door knows."""
    return json.dumps(dict.fromkeys(WORDS, value)).encode()


MAY_PASS = {"the same key twice", "unknown fields", "nothing", "half a position", "utf-16"}
"""Bodies that some door may take: JSON may be UTF-16, and a command may need no field."""

BODIES: Mapping[str, bytes] = {
    "nothing": b"",
    "broken": b'{"text": "a"',
    "no json": b"\xff\xfe\x00",
    "a nul": b"\x00",
    "null": b"null",
    "a number": b"12",
    "a string": b'"text"',
    "an array": b"[]",
    "deep": b'{"text":' * 200_000 + b"1" + b"}" * 200_000,
    "deep array": b"[" * 400_000,
    "a huge integer": b'{"lon": ' + b"9" * 10_000 + b"}",
    "a large integer": b'{"lon": 1' + b"0" * 400 + b', "lat": 1, "text": "a"}',
    "NaN": b'{"text": "a", "lon": NaN, "lat": NaN, "passed": NaN, "on_duty": NaN, "days": NaN}',
    "infinity": b'{"text": "a", "lon": Infinity, "lat": -Infinity, "days": Infinity}',
    "off the globe": b'{"text": "a", "lon": 181, "lat": 91}',
    "half a position": b'{"text": "a", "lon": 106.5}',
    "a nul in words": everywhere("a\x00b"),
    "a lone surrogate": everywhere("\ud800"),
    "another lone surrogate": everywhere("\udfff and words"),
    "an object for a word": everywhere({}),
    "a number for a word": everywhere(1),
    "a list for a word": everywhere([None]),
    "unknown fields": b'{"text": "a", "is_admin": true}',
    "long text": b'{"text": "' + b"a" * 5_000 + b'"}',
    "many fields": json.dumps({f"f{n}": n for n in range(20_000)}).encode(),
    "the same key twice": b'{"text": "a", "text": {}}',
    "not utf-8": b'{"text": "\xff\xfe"}',
    "utf-16": '{"text": "a"}'.encode("utf-16"),
}

DOORS = (
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/cases"),
    ("POST", "/api/v1/cases/{case}/commands/note"),
    ("POST", "/api/v1/cases/{case}/commands/check"),
    ("POST", "/api/v1/reports"),
    ("POST", "/api/v1/reports/suggest"),
    ("POST", "/api/v1/media"),
    ("POST", "/api/v1/workers/me/position"),
    ("POST", "/api/v1/workers/me/duty"),
    ("POST", "/api/v1/users"),
    ("PATCH", "/api/v1/users/wang"),
    ("POST", "/api/v1/me/tokens"),
)


def check(answer: Response) -> None:
    """A refusal is a problem that says what was wrong and repeats nothing that came in."""
    assert answer.status_code < 500, (answer.request.url, answer.text[:500])
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["type"].startswith("urn:wardline:problem:")
        assert problem["status"] == answer.status_code
        assert problem["titles"]["zh"]
        assert len(answer.content) < 8_000


@pytest.mark.parametrize("name", BODIES)
async def test_no_body_makes_any_door_fail(world: World, name: str) -> None:
    worker = min(world.parts.city.codes.workers)
    async with (
        world.sign_in("admin", Role.ADMIN) as admin,
        world.sign_in("w", Role.WORKER, worker_id=worker) as phone,
        world.stranger() as stranger,
    ):
        case = await open_case(admin)
        for method, path in DOORS:
            client = phone if "/me/position" in path or "/me/duty" in path else admin
            for who in (client, stranger):
                url = path.format(case=case["id"])
                answer = await who.request(method, url, content=BODIES[name], headers=JSON)
                check(answer)
                assert answer.status_code >= 400 or name in MAY_PASS, (path, answer.text)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "", "multipart/form-data", "a/b/c", "json"])
async def test_a_content_type_that_is_not_taken_is_told(world: World, content_type: str) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin:
        for method, path in DOORS:
            answer = await admin.request(
                method, path.format(case="none"), content=b'{"text": "a"}', headers={"Content-Type": content_type}
            )
            check(answer)
            assert answer.status_code in (400, 404, 415, 422), (path, answer.status_code)
            if path == "/api/v1/cases" and content_type in ("text/plain", "application/xml"):
                assert answer.status_code == 415


PATHS = (
    "/api/v1/cases/%00",
    "/api/v1/cases/a%00b/journal",
    "/api/v1/cases/%ff%fe",
    "/api/v1/cases/" + "9" * 4_000,
    "/api/v1/cases/..%2f..%2fetc%2fpasswd",
    "/api/v1/cases/' OR 1=1 --",
    "/api/v1/cases?q=%00",
    "/api/v1/cases?q=%ff",
    "/api/v1/cases?q=%ed%a0%80",
    "/api/v1/cases?limit=1e3",
    "/api/v1/cases?limit=" + "9" * 4_000,
    "/api/v1/cases?after=" + "A" * 190,
    "/api/v1/cases?after=MjAyNi0wMS0wMVQwMDowMDowMHwx",
    "/api/v1/cases?bbox=1,2,3,4,5",
    "/api/v1/cases?bbox=inf,inf,inf,inf",
    "/api/v1/cases?bbox=" + "1" * 110,
    "/api/v1/cases?opened_from=0000-00-00T00:00:00Z",
    "/api/v1/cases?opened_from=999999999999999999",
    "/api/v1/cases?opened_from=-1",
    "/api/v1/cases?opened_from=2026-01-01",
    "/api/v1/cases?opened_from=2026-01-01T00:00:00",
    "/api/v1/cases?stage=open&stage=closed",
    "/api/v1/cases?category=" + "a," * 1_500,
    "/api/v1/cases/x/journal?after=99999999999999999999",
    "/api/v1/cases/x/journal?after=-1",
    "/api/v1/messages?after=99999999999999999999999",
    "/api/v1/messages?state=eaten",
    "/api/v1/media/..%2f..%2fwardline.sqlite3",
    "/api/v1/media/%00",
    "/api/v1/reports/%2e%2e%2f",
    "/api/v1/reports/" + "%ff" * 30,
    "/api/v1/locate?lon=nan&lat=nan",
    "/api/v1/locate?lon=inf&lat=1",
    "/api/v1/locate?lon=1e400&lat=1",
    "/api/v1/locate?lon=181&lat=0",
    "/api/v1/locate",
    "/api/v1/places?q=" + "%E7%81%BE" * 400,
    "/api/v1/places?q=[]{}()*+?.^$|\\",
    "/api/v1/city/grids.geojson?street=%00",
    "/api/v1/city/grids.geojson?street=none",
    "/api/v1/sources?bbox=a,b,c,d",
    "/api/v1/metrics/overview?from=0001-01-01",
    "/api/v1/metrics/overview?to=9999-12-31",
    "/api/v1/metrics/overview?from=2199-12-31",
    "/api/v1/metrics/overview?district=%ff",
    "/api/v1/metrics/trend?group_by=hour&from=2026-01-01&to=2026-01-02",
    "/api/v1/nothing",
    "/api/v2/cases",
    "/console/%00",
    "/console/..%2f..%2fsecret",
    "/assets/%ff",
    "/basemap/../wardline.sqlite3",
    "/%2e%2e/%2e%2e/etc/passwd",
)


@pytest.mark.parametrize("path", PATHS)
async def test_no_address_makes_the_server_fail(world: World, path: str) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin, world.stranger() as stranger:
        for client in (admin, stranger):
            answer = await client.get(path)
            check(answer)
            assert "sqlite" not in answer.text.lower()


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer " + "a" * 10_000},
        {"Authorization": "Bearer \x7f\x01"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer wk_none"},
        {"Cookie": "wardline_session="},
        {"Cookie": "wardline_session=" + "a" * 10_000},
        {"Cookie": "wardline_session=a\x7f; =; ;;"},
        {"If-Match": "x" * 5_000},
        {"Idempotency-Key": "x" * 5_000},
        {"Idempotency-Key": ""},
        {"Accept-Language": ",;q=,zh" * 500},
        {"Accept": "application/xml"},
        {"Content-Length": "abc"},
        {"X-Forwarded-For": "," * 1_000},
    ],
)
async def test_no_header_makes_the_server_fail(world: World, headers: dict[str, str]) -> None:
    async with world.sign_in("leader", Role.LEADER) as leader, world.stranger() as stranger:
        case = await open_case(leader)
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        for client in (leader, stranger):
            check(await client.get("/api/v1/me", headers=raw))
            check(await client.post(f"/api/v1/cases/{case['id']}/commands/note", json={"note": "a"}, headers=raw))
            check(await client.post("/api/v1/reports", json={"text": "a"}, headers=raw))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not a picture",
        jpeg(64, 64)[:300],
        png_claiming(60_000, 60_000),
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
        b"GIF89a\xff\xff\xff\xff\xff\xff\xff",
        b"BM" + b"\xff" * 60,
        b"RIFF\xff\xff\xff\xffWEBPVP8L" + b"\xff" * 40,
    ],
)
async def test_a_broken_picture_is_refused_by_both_doors(world: World, body: bytes) -> None:
    async with world.sign_in("leader", Role.LEADER) as leader, world.stranger() as citizen:
        one = await leader.post("/api/v1/media", files={"file": ("a.jpg", body, "image/jpeg")})
        two = await citizen.post("/api/v1/reports", data={"text": "a"}, files={"photos": ("a.jpg", body)})
    for answer in (one, two):
        check(answer)
        assert answer.status_code in (413, 422)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n\r\n",
        b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\na\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na\x00b\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"a" * 70_000 + b"\r\n--x--\r\n",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\na\r\n' % n for n in range(500)) + b"--x--",
    ],
)
async def test_a_broken_form_is_refused(world: World, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with world.sign_in("leader", Role.LEADER) as leader, world.stranger() as citizen:
        for client, url in ((leader, "/api/v1/media"), (citizen, "/api/v1/reports")):
            answer = await client.post(url, content=body, headers=headers)
            check(answer)
            assert answer.status_code >= 400


async def test_a_form_without_a_boundary_is_refused(world: World) -> None:
    async with world.stranger() as citizen:
        answer = await citizen.post("/api/v1/reports", content=b"a", headers={"Content-Type": "multipart/form-data"})
    check(answer)
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/api/v1/cases", "/api/v1/session", "/api/v1/nothing", *(p for p, _ in BODY_BYTES)])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_of_fifty_megabytes_is_refused_everywhere(world: World, path: str, announced: bool) -> None:
    is_page = path.startswith(PLAIN)
    url = f"{path}report" if path.endswith("/") and path != f"{PLAIN}/" else path
    size = max(50_000_000, body_limit(url, "application/json") + 1_000_000)

    async def chunks() -> Any:
        for _ in range(size // 1_000_000):
            yield b"a" * 1_000_000

    headers = {"Content-Length": str(size)} if announced else {}
    async with world.sign_in("admin", Role.ADMIN) as admin:
        answer = await admin.post(url, content=chunks(), headers=JSON | headers)
    if path.startswith("/open311/"):  # its errors are of its standard's form (Open311 GeoReport v2)
        assert answer.text.startswith("<?xml")
        assert "<errors>" in answer.text
    elif is_page:
        assert answer.text.startswith("<!doctype html>")
    else:
        check(answer)
    assert answer.status_code in (401, 404, 413, 415)
    if announced or path in ("/api/v1/cases", "/api/v1/session"):
        assert answer.status_code == 413


async def test_a_body_at_the_limit_is_read_and_one_past_it_is_not(world: World) -> None:
    async with world.sign_in("admin", Role.ADMIN) as admin:
        for size, code in ((DEFAULT_BODY_BYTES, 422), (DEFAULT_BODY_BYTES + 1, 413)):
            body = b'{"text": "' + b"a" * (size - 12) + b'"}'
            assert len(body) == size
            assert (await admin.post("/api/v1/cases", content=body, headers=JSON)).status_code == code


async def test_words_have_the_common_limit_at_the_doors_that_take_photographs(world: World) -> None:
    headers = {
        "application/json": JSON,
        "application/x-www-form-urlencoded": {"Content-Type": "application/x-www-form-urlencoded"},
    }
    async with world.stranger() as citizen:
        for path in ("/api/v1/reports", "/report/plain/"):
            for kind in headers.values():
                large = await citizen.post(path, content=b"a" * (DEFAULT_BODY_BYTES + 1), headers=kind)
                assert large.status_code == 413, (path, kind)
        form = {"text": "x" * 5, "lon": "106.57", "lat": "29.56"}
        photos = {"photos": ("a.jpg", b"a" * (DEFAULT_BODY_BYTES + 1), "image/jpeg")}
        answer = await citizen.post("/api/v1/reports", data=form, files=photos)
        assert answer.json()["type"].endswith("bad-picture"), answer.text


async def test_a_failure_of_ours_is_told_without_its_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    async with world.sign_in("leader", Role.LEADER) as leader:
        monkeypatch.setattr(type(world.parts.desk), "open_case", fail)
        answer = await leader.post("/api/v1/cases", json={"text": "a"})
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:wardline:problem:internal"
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


async def test_the_intake_refuses_or_quarantines_and_loses_no_valid_neighbour(world: World) -> None:
    key = await world.parts.db.write(lambda c: sources.add_key(c, "desk-hotline", now()))  # type: ignore[arg-type]
    headers = JSON | {"Authorization": f"Bearer {key}"}
    lon, lat = IN_GRID
    good = {"channel": "hotline", "text": "垃圾满溢", "lon": lon, "lat": lat, "category": "E0504"}
    bad: list[Any] = [{"text": 1}, {"lon": 999, "lat": 0, "text": "a"}, {"observed_at": "2026-01-01T00:00:00"}, 7]
    async with world.stranger() as sender, world.sign_in("leader", Role.LEADER) as leader:
        for name, body in BODIES.items():
            answer = await sender.post("/api/v1/intake/report", content=body, headers=headers)
            check(answer)
            assert answer.status_code in (202, 400), name
        sent = await sender.post("/api/v1/intake/report", json=[bad[0], good, *bad[1:]], headers=headers)
        assert sent.status_code == 202
        assert sent.json()["accepted"] == 5
        assert (await sender.post("/api/v1/intake/none", json=good, headers=headers)).status_code == 404
        assert (await sender.post("/api/v1/intake/report", json=good)).status_code == 401
        wrong = await sender.post("/api/v1/intake/report", json=good, headers={"Authorization": "Bearer no"})
        assert wrong.status_code == 401
        other = await sender.post("/api/v1/intake/frigate", json=good, headers=headers)
        assert other.status_code == 403
        await world.parts.desk.order(lambda turn: None)
        await settle(leader, sent.json()["message_ids"])
        good_id = sent.json()["message_ids"][1]
        assert (await leader.get(f"/api/v1/messages/{good_id}")).json()["state"] == "done"
        for message_id in [*sent.json()["message_ids"][:1], *sent.json()["message_ids"][2:]]:
            row = (await leader.get(f"/api/v1/messages/{message_id}")).json()
            assert row["state"] == "quarantined", row
            assert row["reason"]


async def settle(client: AsyncClient, message_ids: list[str]) -> None:
    """Wait until the engine has read the messages."""
    for message_id in message_ids:
        while (await client.get(f"/api/v1/messages/{message_id}")).json()["state"] == "pending":
            continue
