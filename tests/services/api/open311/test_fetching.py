"""Which addresses this server asks, and what it makes of the answers."""

from collections.abc import Sequence

import pytest

from services.api.open311.fetching import MediaFetcher, NotFetched
from services.partners.reach import NotAllowed, is_public
from tests.services.api.open311.hosts import PICTURE, serve_pictures


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "", "x", "1.1.1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_world_is_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"])
def test_an_address_of_the_world_is_known(address: str) -> None:
    assert is_public(address)


def answering(*addresses: str) -> tuple[MediaFetcher, list[str]]:
    """Return a fetcher for which every host has these addresses, and the hosts that it looks up."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(f"{host}:{port}")
        if not addresses:
            raise OSError("no such host")
        return addresses

    return MediaFetcher(resolve=resolve), asked


@pytest.mark.parametrize(
    "url",
    [
        "", "a.jpg", "//city.example/a.jpg", "ftp://city.example/a.jpg", "file:///etc/passwd", "gopher://x/", "http://",
        "http://city.example:22/", "http://city.example:99999/", "http://user:pw@city.example/", "http://[::1",
        "http://" + "a" * 2_001, "http://" + "ü" * 80 + ".example/", "javascript:alert(1)", "data:,",
    ],
)  # fmt: skip
async def test_what_is_no_address_of_a_web_server_is_not_even_looked_up(url: str) -> None:
    fetcher, asked = answering("1.1.1.1")
    with pytest.raises(NotAllowed):
        await fetcher.fetch(url)
    assert asked == []


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("1.1.1.1", "10.0.0.1"), ("::1", "1.1.1.1")])
async def test_a_host_with_one_address_of_our_network_is_not_asked(addresses: tuple[str, ...]) -> None:
    fetcher, asked = answering(*addresses)
    with pytest.raises(NotAllowed):
        await fetcher.fetch("http://city.example/a.jpg")
    assert asked == ["city.example:80"], "it is looked up once"


async def test_a_host_that_there_is_not_gives_nothing() -> None:
    fetcher, _ = answering()
    with pytest.raises(NotFetched):
        await fetcher.fetch("https://city.example/a.jpg")


async def test_the_connection_goes_to_the_address_that_was_looked_at_and_names_the_host() -> None:
    with serve_pictures() as (host, asked):
        port = host.rpartition(":")[2]
        names: list[str] = []

        async def resolve(name: str, _port: int) -> Sequence[str]:
            names.append(name)
            return ["127.0.0.1"] if len(names) == 1 else ["10.0.0.1"]

        fetcher = MediaFetcher((f"pictures.example:{port}",), resolve)
        assert await fetcher.fetch(f"http://pictures.example:{port}/a.jpg") == PICTURE
        assert (names, asked) == (["pictures.example"], ["/a.jpg"])


@pytest.mark.parametrize("path", ["page.html", "none.jpg", "huge.jpg", "loop"])
async def test_what_is_no_picture_or_too_much_is_not_taken(path: str) -> None:
    with serve_pictures() as (host, asked):
        with pytest.raises(NotFetched):
            await MediaFetcher((host,)).fetch(f"http://{host}/{path}")
        assert len(asked) <= 4


async def test_a_redirect_is_followed_by_the_same_rules() -> None:
    with serve_pictures() as (host, _):
        fetcher = MediaFetcher((host,))
        assert await fetcher.fetch(f"http://{host}/moved") == PICTURE
        with pytest.raises(NotAllowed):
            await fetcher.fetch(f"http://{host}/inside")
