"""The pages and feeds that need no script: both languages, links that lead on, and nothing that runs."""

from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from dispatch.citymap import City
from services.api.public.words import STAGES, WORDS
from services.api.timeline import PLAIN, RECEIVED
from tests.services.api.places import IN_GRID, far_apart
from tests.services.api.public.town import LAMP, LITTER, forget_answers, read_all, tell
from tests.services.api.world import World

ATOM = "{http://www.w3.org/2005/Atom}"


def test_every_word_and_every_stage_is_there_in_both_languages() -> None:
    assert all(names.zh and names.en for names in (*WORDS.values(), *STAGES.values()))
    assert {stage for stage, _, _ in PLAIN.values()} | {RECEIVED[0]} <= set(STAGES)


@pytest.mark.parametrize(("language", "words"), [("zh", "城市问题公示"), ("en", "Problems in the city")])
async def test_the_list_is_read_without_script_in_both_languages(world: World, language: str, words: str) -> None:
    async with world.stranger() as citizen:
        await tell(citizen, *IN_GRID)
        await read_all(world)
        by_choice = await citizen.get("/report/list", params={"lang": language})
        by_browser = await citizen.get("/report/list", headers={"Accept-Language": language})
    for answer in (by_choice, by_browser):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert words in answer.text
        assert "<script" not in answer.text
        assert answer.text.count('<li><a href="/report/case/') == 1
        assert 'rel="alternate" type="application/atom+xml"' in answer.text


async def test_the_list_goes_on_where_its_page_ends_and_keeps_what_was_asked(world: World, city: City) -> None:
    async with world.stranger() as citizen:
        for lon, lat in far_apart(city, 3):
            await tell(citizen, lon, lat)
        await tell(citizen, *IN_GRID, category=LAMP)
        await read_all(world)
        page = (await citizen.get("/report/list", params={"category": LITTER, "utm_source": "poster"})).text
        assert page.count('<li><a href="/report/case/') == 3
        assert f'value="{LITTER}" selected' in page


async def test_words_that_look_like_markup_are_words(world: World) -> None:
    evil = '"><script>alert(1)</script>'
    async with world.stranger() as citizen:
        for query in ({"category": evil}, {"area": evil}, {"after": evil}, {"lang": evil}):
            answer = await citizen.get("/report/list", params=query)
            assert "<script" not in answer.text
        assert "<script" not in (await citizen.get(f"/report/case/{evil}")).text


@pytest.mark.parametrize("kind", ["atom", "rss"])
async def test_a_feed_tells_of_cases_under_ids_that_stay(world: World, kind: str) -> None:
    async with world.stranger() as citizen:
        await tell(citizen, *IN_GRID)
        await read_all(world)
        first = await citizen.get(f"/report/feed.{kind}", params={"lang": "en"})
        again = await citizen.get(f"/report/feed.{kind}", params={"lang": "zh"})
    assert first.status_code == 200
    assert first.headers["content-type"].startswith(f"application/{kind}+xml")
    (number,) = ids(fromstring(first.content))
    assert ids(fromstring(again.content)) == [number]
    assert number.startswith("urn:wardline:")
    assert "/report/case/" in first.text


def ids(root: Element) -> list[str]:
    found = root.findall(f"{ATOM}entry/{ATOM}id") or root.findall("channel/item/guid")
    return [each.text or "" for each in found]


async def test_who_has_the_feed_already_is_told_so_until_something_happens(world: World, city: City) -> None:
    first, second = far_apart(city, 2)
    async with world.stranger() as citizen:
        await tell(citizen, *first)
        await read_all(world)
        answer = await citizen.get("/report/feed.atom")
        tag, modified = answer.headers["etag"], answer.headers["last-modified"]
        for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"x", W/{tag}'}, {"If-Modified-Since": modified}):
            known = await citizen.get("/report/feed.atom", headers=headers)
            assert known.status_code == 304, headers
            assert known.content == b""
            assert known.headers["etag"] == tag
        for headers in ({"If-None-Match": '"other"'}, {"If-Modified-Since": "yesterday"}):
            assert (await citizen.get("/report/feed.atom", headers=headers)).status_code == 200
        await tell(citizen, *second)
        await read_all(world)
        assert (await citizen.get("/report/feed.atom", headers={"If-None-Match": tag})).status_code == 200


async def test_an_empty_feed_is_a_feed_and_stays_the_same(world: World) -> None:
    async with world.stranger() as citizen:
        first, second = [await citizen.get("/report/feed.atom", params={"category": LAMP}) for _ in range(2)]
        assert first.content == second.content
        assert fromstring(first.content).find(f"{ATOM}updated") is not None
        assert (await citizen.get("/report/feed.json")).status_code == 404
        assert (await citizen.get("/report/feed.atom", params={"area": "nowhere"})).status_code == 422


async def test_a_feed_of_a_street_tells_of_that_street_alone(world: World, city: City) -> None:
    first, second = far_apart(city, 2, different_streets=True)
    async with world.stranger() as citizen:
        await tell(citizen, *first)
        await tell(citizen, *second)
        await read_all(world)
        rows = (await citizen.get("/api/v1/public/cases")).json()["items"]
        street = rows[0]["place"]["street"]
        forget_answers(world)
        found = ids(fromstring((await citizen.get("/report/feed.atom", params={"area": street})).content))
        assert [each.rpartition(":")[2] for each in found] == [rows[0]["number"]]


@pytest.mark.parametrize("kind", ["atom", "rss"])
async def test_a_feed_of_one_case_tells_its_steps_and_of_no_other(world: World, city: City, kind: str) -> None:
    first, second = far_apart(city, 2)
    async with world.stranger() as citizen:
        receipt = await tell(citizen, *first)
        await tell(citizen, *second)
        await read_all(world)
        rows = (await citizen.get("/api/v1/public/cases")).json()["items"]
        number = rows[0]["number"]
        view = (await citizen.get(f"/api/v1/public/cases/{number}")).json()
        feed = await citizen.get(f"/report/feed.{kind}", params={"case": number, "lang": "zh"})
        page = (await citizen.get(f"/report/case/{number}", params={"lang": "zh"})).text
        assert feed.status_code == 200, feed.text
        found = ids(fromstring(feed.content))
        assert len(found) == len(set(found)) == len(view["timeline"])
        assert all(f":case:{number}:" in each for each in found)
        assert view["timeline"][-1]["zh"] in feed.text
        assert rows[1]["number"] not in feed.text
        assert f"/report/feed.{kind}?case={number}&amp;lang=zh" in page
        tag = {"If-None-Match": feed.headers["etag"]}
        again = await citizen.get(f"/report/feed.{kind}", params={"case": number, "lang": "zh"}, headers=tag)
        assert again.status_code == 304
        for none in ("nothing", receipt["number"], "<script>"):
            assert (await citizen.get(f"/report/feed.{kind}", params={"case": none})).status_code == 404
