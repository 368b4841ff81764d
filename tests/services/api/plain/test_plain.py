"""The citizen's page without scripts: the form and its steps, the receipt, and how it stands."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.access import Role
from dispatch.ids import CategoryCode
from services.api.limits import RateLimit
from services.api.plain.words import WORDS
from services.store.tables import reporters, reports
from tests.services.api.places import IN_GRID, OUTSIDE
from tests.services.api.plain.page import PlainPage, open_page
from tests.services.api.public.town import tools_of
from tests.services.api.samples import jpeg
from tests.services.api.test_report_help import COVER, CROWD, GAS, LAMP, a_lamp, case_of
from tests.services.api.test_reports import follow
from tests.services.api.world import World

SPOT = f"{IN_GRID[0]},{IN_GRID[1]},40,Here"
LITTER: dict[str, Any] = {"text": "litter in the road", "category": "E0102", "place": SPOT}


async def stored(world: World) -> int:
    return len(await world.parts.db.read(lambda connection: connection.execute(select(reports)).all()))


def number_of(page: PlainPage) -> str:
    found = re.search(r"R-\d{6}-\d{5}", page.text)
    assert found is not None, page.text
    return found[0]


def token_of(page: PlainPage) -> str:
    return page.response.url.path.rpartition("/")[2]


# --- the form --------------------------------------------------------------------------------------------------------


async def test_words_and_a_place_are_a_report_with_a_number_and_a_link(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        page = await open_page(citizen)
        done = await page.send(text="灯坏了", address="解放碑", name="王小明", phone="13812345678")
        assert (done.status, done.heading) == (200, "We have it. Thank you!")
        token = token_of(done)
        await follow(citizen, token)
        case = await case_of(leader, {"number": number_of(done)})
        assert case["text"] == "灯坏了"
        assert case["reporter"] is True
        assert "王" not in done.text
        again = await open_page(citizen, f"/report/plain/follow/{token}?lang=zh")
        assert again.heading == "上报进展"
        assert number_of(again) == number_of(done)
        assert f"/report/plain/follow/{token}" in again.text
    assert len(await world.parts.db.read(lambda connection: connection.execute(select(reporters)).all())) == 1


async def test_what_is_missing_is_told_at_its_field_and_the_words_are_kept(world: World) -> None:
    async with world.stranger() as citizen:
        page = await (await open_page(citizen)).send(phone="call me", name="<b>Ann & Co</b>")
        assert (page.status, page.faults) == (422, ["text", "address", "phone"])
        assert page.value("name") == "<b>Ann & Co</b>"
        assert "<b>Ann" not in page.text
        for field in page.faults:
            assert f'id="{field}-fault"' in page.text
            assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', page.text)
    assert await stored(world) == 0


async def test_one_form_is_one_report_however_often_it_is_sent(world: World) -> None:
    async with world.stranger() as citizen:
        page = await open_page(citizen)
        answers = await asyncio.gather(*(page.post({"text": "x", "address": "y"}, follow=False) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {303}
        assert len({answer.headers["location"] for answer in answers}) == 1
        assert await stored(world) == 1
        # Back in the browser, other words: not silently dropped, and not silently filed either.
        other = await page.send(text="another", address="y")
        assert other.faults == ["send"]
        assert other.value("key") != page.value("key")
        assert (await other.send()).heading == "We have it. Thank you!"
    assert await stored(world) == 2


async def test_a_place_is_found_by_its_name(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        page = await (await open_page(citizen)).send(press="find", text="灯坏了", query="解放碑")
        assert page.value("text") == "灯坏了"
        places = [value for name, value in page.forms[0].choices if name == "place"]
        assert len(places) > 1
        done = await page.send(place=places[0])
        await follow(citizen, token_of(done))
        case = await case_of(leader, {"number": number_of(done)})
        assert f"{case['place']['lon']:.4f}" == f"{float(places[0].split(',')[0]):.4f}"
        none = await (await open_page(citizen)).send(press="find", query="nowhere at all")
        assert "Nothing is called “nowhere at all”" in none.text


async def test_what_was_looked_for_and_not_chosen_is_a_place_in_words(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        done = await (await open_page(citizen)).send(text="灯坏了", query="解放碑步行街")
        await follow(citizen, token_of(done))
        assert (await case_of(leader, {"number": number_of(done)}))["place"]["address"] == "解放碑步行街"


async def test_a_place_outside_the_city_is_told(world: World) -> None:
    async with world.stranger() as citizen:
        page = await (await open_page(citizen)).send(text="x", place=f"{OUTSIDE[0]},{OUTSIDE[1]},,")
        assert page.faults == ["query"]


async def test_words_suggest_a_category(world: World) -> None:
    async with world.stranger() as citizen:
        page = await (await open_page(citizen)).send(press="suggest", text="井盖破损", address="y")
        suggested = [value for name, value in page.forms[0].choices if name == "category"]
        assert suggested[-1] == ""
        assert all("井盖" in world.parts.city.codes.categories[CategoryCode(code)].name_zh for code in suggested[:-1])
        assert len(suggested) > 1
        assert "city hotline" not in page.text
        beside = await (await open_page(citizen)).send(press="suggest", text="How do I apply for a pension?")
        assert "the city hotline knows who helps" in beside.text
        none = await (await open_page(citizen)).send(press="suggest", text="", address="y")
        assert [name for name, _ in none.forms[0].choices if name == "category"] == []


# --- photographs -----------------------------------------------------------------------------------------------------


async def test_photographs_survive_a_fault_and_reach_the_desk(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        page = await (await open_page(citizen)).send(address="y", photos=[jpeg(64, 48), jpeg(48, 64)])
        assert page.faults == ["text"]
        kept = [value for name, value in page.forms[0].choices if name == "kept"]
        assert len(kept) == 2
        done = await page.send(text="x", kept=kept[:1])  # the second one is unticked
        assert done.heading == "We have it. Thank you!"
        await follow(citizen, token_of(done))
        media = (await case_of(leader, {"number": number_of(done)}))["media"]
        assert media == [kept[0].partition(".")[0]]
        (url,) = set(re.findall(r'src="(/api/v1/reports/[^"?]+)', done.text))
        assert (await citizen.get(url)).headers["content-type"] == "image/jpeg"


async def test_a_picture_that_one_has_not_sent_cannot_be_attached(world: World) -> None:
    async with world.stranger() as citizen:
        page = await (await open_page(citizen)).send(address="y", photos=[jpeg(64, 48)])
        (kept,) = [value for name, value in page.forms[0].choices if name == "kept"]
        forged = f"{'0' * 40}.{kept.partition('.')[2]}"
        done = await page.send(text="x", kept=[forged, kept.partition(".")[0], "."])
        assert "/photos/" not in done.text


async def test_bad_and_too_many_photographs_are_told_and_nothing_else_is_lost(world: World) -> None:
    async with world.stranger() as citizen:
        page = await (await open_page(citizen)).send(text="x", address="y", photos=[b"no picture", jpeg(8, 8)])
        assert page.faults == ["photos"]
        assert len([name for name, _ in page.forms[0].choices if name == "kept"]) == 1
        more = await page.send(photos=[jpeg(8, n) for n in range(9, 13)])
        assert more.faults == ["photos"]
        assert len([name for name, _ in more.forms[0].choices if name == "kept"]) == 4
        assert (await more.send()).heading == "We have it. Thank you!"
    assert await stored(world) == 1


# --- steps between ---------------------------------------------------------------------------------------------------


async def test_who_smells_gas_reads_whom_to_call_before_anything_else(world: World) -> None:
    async with world.stranger() as citizen:
        stop = await (await open_page(citizen)).send(
            category=GAS, photos=[jpeg(8, 8)]
        )  # no place yet: danger goes first
        assert stop.heading == "Stop for a moment"
        assert 'href="tel:119"' in stop.text
        form = await stop.send()
        assert form.faults == ["address"]
        assert form.value("kept")
        done = await form.send(address="y")
        assert done.heading == "We have it. Thank you!"
        assert await stored(world) == 1
        other = await (await stop.send(form=1, press="change")).send(text="x", address="y")
        assert other.faults == ["send"], "the key was used"


async def test_nobody_goes_past_a_stop_that_is_final(world: World) -> None:
    async with world.stranger() as citizen:
        stop = await (await open_page(citizen)).send(category=CROWD, address="y", passed="police")
        assert 'href="tel:110"' in stop.text
        assert len(stop.forms) == 1
        form = await stop.send(press="change")
        assert form.value("category") == ""
        assert form.value("address") == "y"
    assert await stored(world) == 0


async def test_a_category_asks_its_questions_once_it_is_known(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        page = await (await open_page(citizen)).send(category=COVER, address="y")
        asked = await page.send()  # past the stop
        assert (asked.status, asked.faults) == (200, [])
        assert ("answer.state", "missing") in asked.forms[0].choices
        wrong = await asked.send()
        assert (wrong.status, wrong.faults) == (422, ["q-state"])
        unfit = await wrong.send(answer__state="eaten")
        assert unfit.faults == ["q-state"]
        done = await unfit.send(answer__state="missing")
        await follow(citizen, token_of(done))
        assert "What is wrong with the cover? Missing" in (await case_of(leader, {"number": number_of(done)}))["text"]


async def test_an_open_case_near_by_can_be_joined_or_not(world: World) -> None:
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        first = await (await open_page(citizen)).send(LITTER)
        await follow(citizen, token_of(first))
        number = (await case_of(leader, {"number": number_of(first)}))["number"]
        offer = await (await open_page(citizen)).send(LITTER)
        assert offer.heading == "It may be known already"
        assert ("same_as", number) in offer.forms[0].choices
        joined = await offer.send(same_as=number)
        await follow(citizen, token_of(joined))
        case = await case_of(leader, {"number": number_of(joined)})
        assert (case["number"], case["events"]) == (number, 2)
        assert number_of(joined) != number_of(first)
        other = await (await (await open_page(citizen)).send(LITTER)).send(same_as="")
        assert other.heading == "We have it. Thank you!"


async def test_a_sticker_opens_the_form_with_its_part(world: World) -> None:
    lamp, point = a_lamp(world.parts.city)
    async with world.stranger() as citizen, world.sign_in("leader", Role.LEADER) as leader:
        page = await open_page(citizen, f"/report/plain/?lang=en&component={lamp}")
        assert (page.value("component"), page.value("category")) == (lamp, LAMP)
        asked = await page.send()
        assert "About how many lamps are out?" in asked.text
        done = await asked.send(answer__lamps="2")
        await follow(citizen, token_of(done))
        case = await case_of(leader, {"number": number_of(done)})
        assert case["place"]["component"] == lamp
        assert "About how many lamps are out? 2" in case["text"]
        near = f"/report/plain/?lang=en&lon={point.lon}&lat={point.lat}&category={LAMP}"
        choices = (await open_page(citizen, near)).forms[0].choices
        assert ("component", lamp) in choices
        unknown = await (await open_page(citizen, "/report/plain/?component=none")).send(text="x", component="none")
        assert unknown.faults == ["address"]


# --- languages, limits, safety ---------------------------------------------------------------------------------------


def test_both_languages_say_the_same_things() -> None:
    zh, en = WORDS["zh"], WORDS["en"]
    assert zh.keys() == en.keys()
    for key in zh:
        assert sorted(re.findall(r"{\w+}", zh[key])) == sorted(re.findall(r"{\w+}", en[key])), key


async def test_the_language_is_the_pages_or_the_browsers(world: World) -> None:
    async with world.stranger() as citizen:
        for header, query, language in (
            ("zh-CN,en;q=0.8", "", "zh-CN"),
            ("en-GB,zh;q=0.8", "", "en"),
            ("en", "?lang=zh", "zh-CN"),
            ("de", "", "zh-CN"),
        ):
            answer = await citizen.get(f"/report/plain/{query}", headers={"Accept-Language": header})
            assert f'<html lang="{language}">' in answer.text


async def test_no_page_lets_a_script_in_or_its_link_out(world: World) -> None:
    async with world.stranger() as citizen:
        form = await open_page(citizen)
        done = await form.send(text="x", address="y")
        missing = await citizen.get("/report/plain/follow/none")
        assert missing.status_code == 404
        for answer in (form.response, done.response, missing):
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "script" not in policy
            assert "<script" not in answer.text
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == "no-store"
        assert (await citizen.get("/report/plain/plain.css")).headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("field", ["text", "address", "name", "query"])
async def test_what_is_typed_is_never_markup(world: World, field: str) -> None:
    evil = '"><script>alert(1)</script>{{ 7 * 7 }}'
    async with world.stranger() as citizen:
        page = await (await open_page(citizen)).send({field: evil}, press="find")
        assert "<script" not in page.text
        assert "49" not in page.value(field)
        assert page.value(field) == evil


async def test_the_door_is_rationed_as_the_api_is_and_the_words_are_kept(world: World) -> None:
    async with world.stranger() as citizen:
        for _ in range(30):
            assert (await citizen.post("/api/v1/reports", json={"text": "x"})).status_code == 201
            citizen.cookies.clear()  # another browser of the same network
        page = await (await open_page(citizen)).send(text="my words", address="y")
        assert page.status == 429
        assert page.value("text") == "my words"
        assert "Too many requests" in page.text
        tools_of(world).questions = RateLimit(burst=2, per_minute=1)  # however fast this machine is
        for _ in range(3):
            last = await citizen.post("/report/plain/", data={"text": "x"})
        assert last.status_code == 429
        assert int(last.headers["retry-after"]) > 0


FORM_TYPES = ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json")
HOSTILE = (
    b"",
    b"\xff\xfe",
    b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n' + b"a" * 70_000 + b"\r\n--x--\r\n",
    b'--x\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\na\r\n--x--\r\n',
    b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\na\r\n' % n for n in range(500)) + b"--x--\r\n",
)


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
async def test_what_is_no_form_gets_a_page_that_says_so(world: World, body: bytes) -> None:
    async with world.stranger() as citizen:
        for content_type in FORM_TYPES:
            answer = await citizen.post("/report/plain/", content=body, headers={"Content-Type": content_type})
            assert answer.status_code in (400, 415, 422), answer.text
            assert answer.headers["content-type"].startswith("text/html")


async def test_fields_that_do_not_fit_are_told_not_crashed_on(world: World) -> None:
    async with world.stranger() as citizen:
        wrong: tuple[dict[str, Any], ...] = (
            {"place": "nan,1,,"},
            {"place": "999,1,,"},
            {"place": "x"},
            {"category": "E9999"},
            {"same_as": "no such case", "address": "y"},
            {"text": "a" * 4_500},
            {"key": "k\u00e9y", "address": "y"},
        )
        for changes in wrong:
            page = await (await open_page(citizen)).send({"text": "x"} | changes)
            assert page.status in (400, 422), changes
            assert page.faults, changes
        nul = await (await open_page(citizen)).send(text="a\x00b", address="\ud800".encode("utf-8", "replace").decode())
        assert nul.heading == "We have it. Thank you!"


async def test_the_full_page_leads_on_with_what_its_address_says(world: World) -> None:
    front = world.parts.settings.front_dir / "report"
    async with world.stranger() as citizen:
        assert (await citizen.get("/report/")).status_code == 404
        front.mkdir(parents=True)
        (front / "index.html").write_text('<a href="/report/plain/">x</a>', encoding="utf-8")
        assert (await citizen.get("/report/")).text == '<a href="/report/plain/">x</a>'
        carried = await citizen.get('/report/?component=1&address="><script>')
        assert '<a href="/report/plain/?component=1&amp;address=' in carried.text
        assert "<script>" not in carried.text
