"""One page may stand in the frame of another site, and no other."""

from pathlib import Path

import pytest

from dispatch.citymap import City
from services.settings import BadSetting, Settings
from tests.services.api.world import open_world

PAGE = "<!doctype html><title>report</title>"


@pytest.mark.parametrize(
    ("origins", "policy"),
    [
        (("*",), "frame-ancestors *"),
        (("https://news.example", "https://city.example:8443"), "frame-ancestors https://news.example https://city.ex"),
        ((), "frame-ancestors 'none'"),
    ],
)
async def test_the_map_may_be_framed_by_whom_the_setting_says(
    city: City, tmp_path: Path, origins: tuple[str, ...], policy: str
) -> None:
    (tmp_path / "front" / "report").mkdir(parents=True)
    (tmp_path / "front" / "report" / "index.html").write_text(PAGE, encoding="utf-8")
    async with open_world(city, tmp_path, embed_origins=origins) as world, world.stranger() as client:
        answer = await client.get("/report/embed", params={"category": "E0102"})
        assert answer.status_code == 200
        assert answer.text == PAGE
        assert policy in answer.headers["content-security-policy"]
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "x-frame-options" not in answer.headers
        for other in ("/report/", "/report/list", "/report/embedded", "/api/v1/public/cases", "/console/"):
            found = await client.get(other)
            assert found.headers["x-frame-options"] == "DENY", other
            assert "frame-ancestors 'none'" in found.headers["content-security-policy"], other


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ("*",)),
        ("*", ("*",)),
        ("none", ()),
        ("https://a.example http://b.example:81/", ("https://a.example", "http://b.example:81")),
    ],
)
def test_origins_are_read_from_the_setting(text: str, origins: tuple[str, ...]) -> None:
    assert Settings.from_env({"WARDLINE_EMBED_ORIGINS": text}).embed_origins == origins


@pytest.mark.parametrize(
    "text", ["city.example", "https://a.example/path", "https://a.example;script-src", "ftp://a.b"]
)
def test_what_is_no_origin_stops_the_start(text: str) -> None:
    with pytest.raises(BadSetting, match="WARDLINE_EMBED_ORIGINS"):
        Settings.from_env({"WARDLINE_EMBED_ORIGINS": text})
