"""The six methods and the discovery, in both formats, as the standard has them."""

import functools
import operator
from datetime import timedelta
from typing import Any

import pytest

from dispatch.access import Role
from services.api.open311.formats import format_time
from services.observe.clock import now
from tests.services.api.open311.partner import BEGGING, COVER, LAMP, LAT, LON, V2, Partner, a_request, text_of
from tests.services.api.test_cases import open_case
from tests.services.api.world import World

FIELDS = (
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
)  # fmt: skip


@pytest.mark.parametrize("path", ["/open311/discovery", f"{V2}/discovery"])
async def test_the_discovery_names_an_endpoint_for_each_format(partner: Partner, path: str) -> None:
    answer = await partner.client.get(f"{path}.json")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    found = answer.json()
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    assert found["changeset"] <= format_time(now())
    formats = [each["formats"] for each in found["endpoints"]]
    assert formats == [["text/xml"], ["application/json"]]
    for each in found["endpoints"]:
        assert each["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert each["url"] == "http://wardline.test/open311/v2"
        assert each["type"] == "production"
    xml = await partner.client.get(f"{path}.xml")
    assert b"<endpoints><endpoint><specification>" in xml.content


async def test_services_are_the_categories_in_the_language_that_is_asked_for(partner: Partner) -> None:
    zh = {each["service_code"]: each for each in await partner.get("services")}
    en = {each["service_code"]: each for each in await partner.get("services", locale="en-US")}
    categories = partner.world.parts.city.codes.categories
    assert set(zh) == set(en) == set(categories)
    assert zh[COVER]["service_name"] == categories[COVER].name_zh  # type: ignore[index]
    assert en[COVER]["service_name"] == categories[COVER].name_en  # type: ignore[index]
    assert en[COVER]["metadata"] is True
    assert en[BEGGING]["metadata"] is False
    assert en[COVER]["type"] == "realtime"
    assert en[BEGGING]["type"] == "blackbox"
    assert all(each["description"] and each["group"] for each in [*zh.values(), *en.values()])


async def test_a_locale_that_we_do_not_speak_is_answered_in_ours(partner: Partner) -> None:
    assert await partner.get("services", locale="fr") == await partner.get("services")
    answer = await partner.client.get(f"{V2}/services.json", headers={"Accept-Language": "en-GB,en"})
    assert answer.json() == await partner.get("services", locale="en")


async def test_services_in_xml_say_true_and_false_in_words(partner: Partner) -> None:
    root = await partner.xml("services")
    assert root.tag == "services"
    assert {each.tag for each in root} == {"service"}
    flags = {text_of(each, "service_code"): text_of(each, "metadata") for each in root}
    assert (flags[COVER], flags[BEGGING]) == ("true", "false")


async def test_a_definition_tells_what_is_asked_in_order(partner: Partner) -> None:
    found = await partner.get(f"services/{COVER}", locale="en")
    assert found["service_code"] == COVER
    stop, notice, state = found["attributes"]
    assert (stop["variable"], stop["required"], stop["order"]) == (False, False, 1)
    assert "☎ 119 / 120" in stop["description"]
    assert (notice["variable"], notice["required"], notice["order"]) == (False, False, 2)
    assert (state["variable"], state["required"], state["order"]) == (True, True, 3)
    assert state["datatype"] == "singlevaluelist"
    assert {"key": "missing", "name": "Missing"} in state["values"]
    root = await partner.xml(f"services/{COVER}")
    assert root.tag == "service_definition"
    assert text_of(root, "attributes/attribute/variable") == "false"
    assert len(root.findall("attributes/attribute/values/value/key")) == 4


async def test_a_service_without_questions_has_an_empty_definition(partner: Partner) -> None:
    assert (await partner.get(f"services/{BEGGING}"))["attributes"] == []


async def test_a_request_is_answered_with_its_id_and_found_at_once(partner: Partner) -> None:
    form = a_request(email="wang@city.example", first_name="小明", phone="13812345678")
    answer = await partner.post(**form)
    assert answer.status_code == 200
    (receipt,) = answer.json()
    assert set(receipt) == {"service_request_id", "service_notice"}
    found = await partner.one(receipt["service_request_id"])
    assert found["service_request_id"] == receipt["service_request_id"]
    assert (found["status"], found["service_code"]) == ("open", LAMP)
    assert (found["lat"], found["long"]) == (LAT, LON)
    assert found["description"] == form["description"]
    assert set(found) <= set(FIELDS)
    assert None not in found.values()


async def test_xml_has_every_field_and_empty_elements_where_there_is_nothing(partner: Partner) -> None:
    number = await partner.file(description="灯 <b>坏</b> & 暗 ]]> \x0b\ufffe end")
    root = await partner.xml(f"requests/{number}")
    assert root.tag == "service_requests"
    (request,) = root
    assert request.tag == "request"
    assert tuple(each.tag for each in request) == FIELDS
    assert text_of(request, "description") == "灯 <b>坏</b> & 暗 ]]>  end"
    assert text_of(request, "zipcode") == ""


async def test_a_request_by_xml_is_answered_in_xml(partner: Partner) -> None:
    answer = await partner.post("xml", **a_request())
    assert answer.status_code == 200
    assert answer.text.count("<service_request_id>R-") == 1
    assert "<token>" not in answer.text


async def test_who_asks_for_it_gets_a_token_that_leads_to_the_id(partner: Partner) -> None:
    answer = await partner.post(**a_request(), headers={"Prefer": "respond-async"})
    (receipt,) = answer.json()
    assert "service_request_id" not in receipt
    (found,) = await partner.get(f"tokens/{receipt['token']}")
    assert found["token"] == receipt["token"]
    assert (await partner.one(found["service_request_id"]))["status"] == "open"
    root = await partner.xml(f"tokens/{receipt['token']}")
    assert text_of(root, "request/service_request_id") == found["service_request_id"]
    for token in ("none", receipt["token"][:-1] + "x"):
        assert (await partner.client.get(f"{V2}/tokens/{token}.json")).status_code == 404


async def test_what_is_not_public_is_taken_and_shown_to_nobody(partner: Partner, world: World) -> None:
    answer = await partner.post(**a_request(service_code=BEGGING))
    (receipt,) = answer.json()
    assert set(receipt) == {"service_notice"}
    await partner.read_all()
    assert await partner.ids() == []
    assert await partner.get("servicerequestupdates") == []
    async with world.sign_in("leader", Role.LEADER) as leader:
        (case,) = (await leader.get("/api/v1/cases")).json()["items"]
        assert case["category"]["code"] == BEGGING
        for path in (f"requests/{case['number']}", "requests/R-261127-00001"):
            assert (await partner.client.get(f"{V2}/{path}.json")).status_code == 404


async def test_the_desk_reads_the_answers_and_the_public_does_not(partner: Partner, world: World) -> None:
    number = await partner.file(
        service_code=COVER, description="井盖", **{"attribute[state]": "missing", "attribute[other]": "secret"}
    )
    async with world.sign_in("leader", Role.LEADER) as leader:
        (case,) = (await leader.get("/api/v1/cases", params={"number": number})).json()["items"]
    assert case["text"] == "井盖\n井盖怎么了？ 缺失"
    assert case["feed"] == "open311"
    assert (await partner.one(number))["description"] == "井盖"


async def test_who_reported_is_seen_by_the_staff_alone(partner: Partner, world: World) -> None:
    number = await partner.file(first_name="Ada", last_name="Byron", email="ada@city.example", phone="13812345678")
    async with world.sign_in("acceptor", Role.ACCEPTOR) as acceptor:
        (case,) = (await acceptor.get("/api/v1/cases", params={"number": number})).json()["items"]
        url = f"/api/v1/cases/{case['id']}/reporter"
        masked = (await acceptor.get(url)).json()
        assert (masked["name"], masked["email"]) == ("A" + "*" * 8, "a***@city.example")
        clear = (await acceptor.get(url, params={"clear": "true"})).json()
        assert (clear["name"], clear["phone"]) == ("Ada Byron", "13812345678")
        journal = (await acceptor.get(f"/api/v1/cases/{case['id']}/journal")).text
    told = str(await partner.get("requests", extensions="true")) + journal
    for secret in ("Ada", "Byron", "ada@", "13812345678"):
        assert secret not in told


async def test_contact_data_in_words_are_not_published(partner: Partner) -> None:
    said = "请打 13812345678 或 023-63721234，wang@city.example，车牌渝A12345，身份证 50010319900101123X；编号 20261127"
    number = await partner.file(description=said, address_string="解放碑1号 13912345678")
    found = await partner.one(number)
    assert found["description"] == "请打 *** 或 ***，***，车牌***，身份证 ***；编号 20261127"
    assert found["address"] == "解放碑1号 ***"


async def test_the_same_request_again_is_the_same_one(partner: Partner, world: World) -> None:
    form = a_request()
    first, second = [(await partner.post(**form)).json() for _ in range(2)]
    assert first == second
    other = (await partner.post(**form, headers={"Idempotency-Key": "2"})).json()
    assert other != first
    await partner.read_all()
    async with world.sign_in("leader", Role.LEADER) as leader:
        (case,) = (await leader.get("/api/v1/cases")).json()["items"]
    assert case["events"] == 2


async def test_two_who_tell_of_one_thing_have_two_ids_and_one_case(partner: Partner) -> None:
    first, second = await partner.file(), await partner.file()
    found = {each["service_request_id"]: each for each in await partner.get("requests", extensions="true")}
    assert set(found) == {first, second}
    assert found[first]["extended_attributes"]["duplicate"] is False
    assert found[second]["extended_attributes"]["duplicate"] is True
    assert found[second]["extended_attributes"]["parent_service_request_id"] == first


async def close(client: Any, case_id: str) -> None:
    for command in ("file", "force_close"):
        answer = await client.post(f"/api/v1/cases/{case_id}/commands/{command}", json={"reason": "no longer there"})
        assert answer.status_code == 200, answer.text


async def test_a_request_follows_its_case_to_the_end(partner: Partner, world: World) -> None:
    number = await partner.file()
    async with world.sign_in("leader", Role.LEADER) as leader:
        (case,) = (await leader.get("/api/v1/cases", params={"number": number})).json()["items"]
        before = await partner.one(number, extensions="true")
        assert before["extended_attributes"]["detailed_status"] == "RECEIVED"
        await leader.post(f"/api/v1/cases/{case['id']}/commands/file")
        during = await partner.one(number, extensions="true")
        assert during["extended_attributes"]["detailed_status"] == "IN_PROCESS"
        assert during["agency_responsible"]
        assert during["expected_datetime"] > during["requested_datetime"]
        answer = await leader.post(f"/api/v1/cases/{case['id']}/commands/force_close", json={"reason": "gone"})
        assert answer.status_code == 200, answer.text
        ended = (await leader.get(f"/api/v1/cases/{case['id']}")).json()
    after = await partner.one(number, extensions="true", locale="en")
    assert (after["status"], after["extended_attributes"]["detailed_status"]) == ("closed", "REJECTED")
    assert after["status_notes"] == "It could not be dealt with and has been ended"
    assert after["updated_datetime"] == ended["closed_at"][:19] + "Z"
    assert next(note["type"] for note in after["notes"]) == "opened"
    assert [note["type"] for note in after["notes"]][-1] == "closed"
    assert await partner.ids(status="open") == []
    assert await partner.ids(status="closed") == [number]
    assert await partner.ids(status="open,closed") == [number]


async def test_cases_of_the_city_are_requests_once_they_are_filed(partner: Partner, world: World) -> None:
    async with world.sign_in("leader", Role.LEADER) as leader:
        case = await open_case(leader, text="王小明家门口，13812345678")
        (found,) = await partner.get("requests", extensions="true")
    assert found["service_request_id"] == case["number"]
    assert found["service_code"] == case["category"]["code"]
    assert "王" not in str(found)
    assert found["extended_attributes"]["channel"] == "citizen"
    assert await partner.one(case["number"])


async def test_the_list_is_of_the_last_ninety_days(partner: Partner) -> None:
    number = await partner.file()
    at = now()
    day = timedelta(days=1)
    assert await partner.ids() == [number]
    assert await partner.ids(start_date=format_time(at - day)) == [number]
    assert await partner.ids(start_date=format_time(at - 91 * day)) == [], "90 days from that day on"
    assert await partner.ids(end_date=format_time(at - day)) == []
    assert await partner.ids(end_date=format_time(at + day)) == [number]
    assert await partner.ids(start_date=format_time(at - 200 * day), end_date=format_time(at + day)) == []
    assert await partner.ids(start_date=format_time(at - day), end_date=format_time(at + day)) == [number]
    assert await partner.ids(start_date="", end_date="", status="", service_code="") == [number]


async def test_ids_override_all_else(partner: Partner) -> None:
    first, second = await partner.file(), await partner.file(lat=str(LAT + 0.01))
    wanted = f"{second},none, {first}"
    found = await partner.ids(service_request_id=wanted, status="closed", start_date="2001-01-01T00:00:00Z")
    assert set(found) == {first, second}


async def test_the_list_is_filtered_by_service_and_place(partner: Partner) -> None:
    lamp = await partner.file()
    cover = await partner.file(service_code=COVER, lat=str(LAT + 0.01), **{"attribute[state]": "loose"})
    assert await partner.ids(service_code=COVER) == [cover]
    assert set(await partner.ids(service_code=f"{COVER},{LAMP}")) == {lamp, cover}
    assert await partner.ids(service_code="none") == []
    assert await partner.ids(bbox=f"{LON - 0.001},{LAT - 0.001},{LON + 0.001},{LAT + 0.001}") == [lamp]
    assert await partner.ids(lat=LAT, long=LON, radius=1000) == [lamp]
    assert set(await partner.ids(lat=LAT, long=LON, radius=1200)) == {lamp, cover}
    (found,) = await partner.get("requests", lat=LAT + 0.01, long=LON, radius=50, extensions="true")
    assert found["extended_attributes"]["distance"] < 1


async def test_pages_are_the_whole_list_in_order(partner: Partner) -> None:
    numbers = [await partner.file(lat=str(LAT + n * 0.002)) for n in range(5)]
    pages = [await partner.ids(page=page, page_size=2) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert functools.reduce(operator.iadd, pages, []) == numbers[::-1]
    assert await partner.ids(page=0, page_size=2) == pages[0]
    assert await partner.ids(max_requests=3) == numbers[:1:-1]
    answer = await partner.client.get(f"{V2}/requests.json", params={"page_size": 2})
    following = answer.links["next"]["url"]
    assert [each["service_request_id"] for each in (await partner.client.get(following)).json()] == pages[1]
    last = await partner.client.get(f"{V2}/requests.json", params={"page": 3, "page_size": 2})
    assert "next" not in last.links


async def test_what_has_changed_since_is_found_whatever_its_age(partner: Partner, world: World) -> None:
    changed, same = await partner.file(), await partner.file(lat=str(LAT + 0.01))
    async with world.sign_in("leader", Role.LEADER) as leader:
        (case,) = (await leader.get("/api/v1/cases", params={"number": changed})).json()["items"]
        before = (await partner.one(same))["updated_datetime"]
        assert set(await partner.ids(updated_after=before)) == {changed, same}
        answer = await leader.post(f"/api/v1/cases/{case['id']}/commands/file")
        filed_at = answer.json()["filed_at"]
        assert await partner.ids(updated_after=filed_at) == [changed]
        assert set(await partner.ids(updated_before=filed_at)) == {changed, same}
        moved = await leader.post(f"/api/v1/cases/{case['id']}/commands/force_close", json={"reason": "gone"})
        assert moved.status_code == 200
        assert await partner.ids(updated_before=filed_at) == [same]


async def test_public_answers_may_be_read_by_pages_of_any_origin(partner: Partner) -> None:
    assert (await partner.client.get(f"{V2}/requests.json")).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in (await partner.post(**a_request())).headers
