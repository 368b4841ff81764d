"""Pictures of requests: as files, in base64, or by their address, and who may see them."""

from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from dispatch.access import Role
from dispatch.citymap import City
from tests.services.api.open311.hosts import serve_pictures
from tests.services.api.open311.partner import BEGGING, V2, Partner, a_request, make_partner, text_of
from tests.services.api.open311.test_refusals import check
from tests.services.api.samples import jpeg
from tests.services.api.world import World, open_world


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Maker of the telephone"
    return jpeg(640, 480, exif)


async def urls_of(partner: Partner, number: str) -> list[str]:
    found = await partner.one(number, extensions="true")
    urls: list[str] = found["extended_attributes"]["media_urls"]
    assert found.get("media_url") == (urls[0] if urls else None)
    return urls


@pytest.mark.parametrize("name", ["media", "photo1", "file_1"])
async def test_a_picture_as_a_file_is_published_without_what_its_sender_wrote_in_it(
    partner: Partner, name: str
) -> None:
    answer = await partner.post(**a_request(), files={name: ("a.jpg", with_exif(), "image/jpeg")})
    assert answer.status_code == 200, answer.text
    number = answer.json()[0]["service_request_id"]
    (url,) = await urls_of(partner, number)
    picture = await partner.client.get(url)
    assert picture.headers["content-type"] == "image/jpeg"
    assert b"Maker" not in picture.content
    assert Image.open(BytesIO(picture.content)).size == (640, 480)
    root = await partner.xml(f"requests/{number}", extensions="true")
    assert text_of(root, "request/media_url") == url
    assert text_of(root, "request/extended_attributes/media_urls/media_url") == url


@pytest.mark.parametrize("head", ["", "data:image/jpeg;base64,"])
async def test_a_picture_in_base64_is_taken(partner: Partner, head: str) -> None:
    number = await partner.file(media=head + b64encode(jpeg(64, 64)).decode())
    assert len(await urls_of(partner, number)) == 1


async def test_several_pictures_are_kept_in_order(partner: Partner) -> None:
    files = [("photo1", ("1.jpg", jpeg(64, 64))), ("photo2", ("2.jpg", jpeg(32, 64))), ("photo3", ("3.jpg", b""))]
    answer = await partner.post(**a_request(), files=files[:2])
    number = answer.json()[0]["service_request_id"]
    sizes = []
    for url in await urls_of(partner, number):
        sizes.append(Image.open(BytesIO((await partner.client.get(url)).content)).size)
    assert sizes == [(64, 64), (32, 64)]


async def test_the_desk_sees_the_pictures_and_takes_them_down_by_turning_the_request_down(
    partner: Partner, world: World
) -> None:
    answer = await partner.post(**a_request(), files={"media": ("a.jpg", jpeg(64, 64))})
    number = answer.json()[0]["service_request_id"]
    await partner.read_all()
    (url,) = await urls_of(partner, number)
    async with world.sign_in("leader", Role.LEADER) as leader:
        (case,) = (await leader.get("/api/v1/cases", params={"number": number})).json()["items"]
        assert len(case["media"]) == 1
        assert (await leader.get(f"/api/v1/media/{case['media'][0]}")).status_code == 200
        answer = await leader.post(f"/api/v1/cases/{case['id']}/commands/void", json={"reason": "no such thing"})
        assert answer.status_code == 200, answer.text
    assert await urls_of(partner, number) == []
    check(await partner.client.get(url))


async def test_what_the_desk_blurs_is_unreadable_for_the_public(partner: Partner, world: World) -> None:
    answer = await partner.post(**a_request(), files={"media": ("a.jpg", jpeg(640, 480))})
    number = answer.json()[0]["service_request_id"]
    await partner.read_all()
    (url,) = await urls_of(partner, number)
    clear = (await partner.client.get(url)).content
    async with world.sign_in("leader", Role.LEADER) as leader:
        (case,) = (await leader.get("/api/v1/cases", params={"number": number})).json()["items"]
        path = f"/api/v1/media/{case['media'][0]}"
        assert (await leader.put(f"{path}/blur", json={"boxes": [[0, 0, 0.5, 1]]})).status_code == 200
        assert (await leader.get(path)).content == clear
    assert (await partner.client.get(url)).content != clear


async def test_pictures_of_what_is_not_public_are_shown_to_nobody(partner: Partner, world: World) -> None:
    public = await partner.file()
    await partner.post(**a_request(service_code=BEGGING), files={"media": ("a.jpg", jpeg(48, 48))})
    await partner.read_all()
    async with world.sign_in("leader", Role.LEADER) as leader:
        (case,) = (await leader.get("/api/v1/cases", params={"category": BEGGING})).json()["items"]
    for number in (public, "R-261127-00002", case["number"]):
        assert (await partner.client.get(f"{V2}/media/{number}/{case['media'][0]}.jpg")).status_code == 404


async def test_an_address_of_our_own_network_is_not_asked(partner: Partner) -> None:
    with serve_pictures() as (host, asked):
        for url in (f"http://{host}/a.jpg", "file:///etc/passwd", "http://[::1]/a.jpg", "http://10.0.0.1/a.jpg"):
            answer = await partner.post(**a_request(media_url=url))
            check(answer)
            assert answer.status_code == 400
        assert asked == []


async def test_a_picture_is_fetched_from_a_host_that_the_operator_trusts(city: City, tmp_path: Path) -> None:
    with serve_pictures() as (host, asked):
        async with open_world(city, tmp_path, open311_media_hosts=(host,)) as world, world.stranger() as client:
            partner = await make_partner(world, client)
            number = await partner.file(media_url=[f"http://{host}/a.jpg", f"http://{host}/moved"])
            assert asked == ["/a.jpg", "/moved", "/a.jpg"]
            assert len(await urls_of(partner, number)) == 1, "the same picture by two addresses"
            for path in ("page.html", "none.jpg", "huge.jpg", "loop"):
                number = await partner.file(media_url=f"http://{host}/{path}")
                assert await urls_of(partner, number) == []
            answer = await partner.post(**a_request(media_url=f"http://{host}/inside"))
            check(answer)
            assert answer.status_code == 400, "it redirects to an address that nobody has named"


async def test_a_request_whose_picture_does_not_come_is_taken_and_says_so(partner: Partner, world: World) -> None:
    number = await partner.file(description="灯坏了", media_url="http://no-such-host.invalid/a.jpg")
    async with world.sign_in("leader", Role.LEADER) as leader:
        (case,) = (await leader.get("/api/v1/cases", params={"number": number})).json()["items"]
    assert case["text"] == "灯坏了\nmedia_url: http://no-such-host.invalid/a.jpg"
    assert "no-such-host" not in str(await partner.one(number))
