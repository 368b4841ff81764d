"""What a partner is told, once, whatever happens on the way; and what lies there when he cannot be told."""

from pathlib import Path

import pytest

from dispatch.case import Stage
from services.observe.clock import now
from services.partners import client
from services.partners.forwarder import BACK_OFF
from services.store.blurs import put_boxes
from services.store.parcels import State
from services.store.pictures import PictureFolder
from services.store.shelf import BucketAway, DiskShelf
from tests.parts.open311_partner import PartnerServer, serve_partner
from tests.services.api.samples import jpeg
from tests.services.partners.conftest import Pair, run_pair


async def test_a_filed_case_is_told_with_what_its_row_says_and_nothing_else(pair: Pair) -> None:
    case = await pair.file("gas smell, call 138 0013 8000 or a.b@c.example")
    (parcel,) = await pair.parcels(State.WAITING)
    assert (parcel.case_id, parcel.reference) == (case.id, case.number)
    assert await pair.send() == 1
    (sent,) = pair.partner.requests.values()
    assert sent["service_code"] == "LEAK"
    assert float(sent["lat"]) == pytest.approx(case.place.point.lat, abs=1e-5) if case.place.point else False
    assert sent["description"].startswith("gas smell, call *** or ***\n[")
    assert case.number in sent["description"]
    assert not {"first_name", "phone", "email"} & set(sent)
    after = await pair.again(case)
    assert after.forwards[0].request_id == "0001"
    assert (await pair.kinds(case)).count("ForwardTaken") == 1


async def test_a_case_that_is_only_told_of_is_sent_to_our_own_people_too(pair: Pair) -> None:
    assert (await pair.file()).stage is Stage.DISPATCHED


@pytest.mark.parametrize("how", ["stored-500", "stored-garbage", "stored-cut", "stored-html", "stored-huge"])
async def test_a_request_whose_answer_was_lost_is_found_and_not_filed_again(pair: Pair, how: str) -> None:
    pair.partner.fails = [how]
    case = await pair.file()
    assert await pair.send() == 0
    (parcel,) = await pair.parcels(State.WAITING)
    assert parcel.doubtful
    assert parcel.tries == 1
    assert await pair.send() == 1
    assert pair.partner.posted == 1
    assert (await pair.again(case)).forwards[0].request_id == "0001"


async def test_a_partner_who_is_slow_is_not_waited_for(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "ASK_WITHIN_S", 0.3)
    pair.partner.fails = ["stored-hang"]
    await pair.file()
    assert await pair.send() == 0
    assert "no answer in 0.3 s" in (await pair.parcels())[0].detail
    monkeypatch.undo()
    assert await pair.send() == 1
    assert len(pair.partner.requests) == 1


@pytest.mark.parametrize("how", ["500", "503"])
async def test_a_partner_who_cannot_now_is_told_later(pair: Pair, how: str) -> None:
    pair.partner.fails = [how, how]
    await pair.file()
    assert [await pair.send() for _ in range(3)] == [0, 0, 1]
    assert len(pair.partner.requests) == 1


class AwayShelf(DiskShelf):
    """A shelf whose bucket does not answer until it is back."""

    is_back = False

    def fetch(self, name: str) -> Path:
        if not self.is_back:
            raise BucketAway("away")
        return super().fetch(name)


async def test_a_request_waits_for_its_pictures_while_their_bucket_is_away(
    tmp_path: Path, partner: PartnerServer
) -> None:
    shelf = AwayShelf(tmp_path)
    async with run_pair(tmp_path, partner, {"sends": ("text", "photos")}) as pair:
        pair.forwarder.pictures = PictureFolder(shelf)
        medium = await pair.forwarder.pictures.store(jpeg(64, 64))
        await pair.file(media=[medium.id])
        assert await pair.send() == 0
        (parcel,) = await pair.parcels(State.WAITING)
        assert (parcel.tries, parcel.doubtful, partner.posted) == (0, False, 0), "nobody is to blame"
        shelf.is_back = True
        assert await pair.send() == 1
        assert b"image/jpeg" in partner.bodies[0]


async def test_a_partner_is_given_no_face_and_no_plate_that_is_blurred(tmp_path: Path, partner: PartnerServer) -> None:
    async with run_pair(tmp_path, partner, {"sends": ("text", "photos")}) as pair:
        pictures = pair.forwarder.pictures
        open_one, other = [await pictures.store(jpeg(size, 64)) for size in (64, 96)]
        boxes = ((0.0, 0.0, 1.0, 0.5),)
        await pair.forwarder.db.write(lambda connection: put_boxes(connection, other.id, boxes, "source:cam", now()))
        await pair.file(media=[open_one.id, other.id])
        assert await pair.send() == 1
        (body,) = partner.bodies
        assert (await pictures.file(open_one.id)).read_bytes() in body
        assert (await pictures.blurred(other.id, boxes)).read_bytes() in body
        assert (await pictures.file(other.id)).read_bytes() not in body


@pytest.mark.parametrize(("how", "reason"), [("400", "refused"), ("403", "key"), ("302", "moved")])
async def test_what_a_partner_refuses_is_dead_at_once_and_says_why(pair: Pair, how: str, reason: str) -> None:
    pair.partner.fails = [how]
    case = await pair.file()
    await pair.send()
    (parcel,) = await pair.parcels(State.DEAD)
    assert (parcel.reason, parcel.detail) == (reason, f"{how}: because of {how}")
    assert (await pair.again(case)).forwards[0].failed == reason
    assert await pair.send() == 0
    assert pair.partner.posted == 1


async def test_after_the_last_try_a_parcel_is_dead(tmp_path: Path) -> None:
    with serve_partner() as partner:
        gone = PartnerServer(url=partner.url)
    async with run_pair(tmp_path, gone) as pair:
        case = await pair.file()
        for _ in BACK_OFF:
            assert await pair.send() == 0
        assert await pair.send() == 1
        (parcel,) = await pair.parcels(State.DEAD)
        assert parcel.reason == "unreachable"
        assert not parcel.doubtful
        assert (await pair.kinds(case)).count("ForwardFailed") == 1


async def test_a_partner_who_cannot_be_searched_is_never_told_twice(tmp_path: Path, partner: PartnerServer) -> None:
    partner.fails = ["stored-500"]
    async with run_pair(tmp_path, partner, searchable=False) as pair:
        await pair.file()
        await pair.send()
        await pair.send()
        (parcel,) = await pair.parcels(State.DEAD)
        assert parcel.reason == "unknown"
        assert partner.posted == 1


async def test_an_address_of_the_citys_own_network_is_only_asked_where_the_pack_says_so(
    tmp_path: Path, partner: PartnerServer
) -> None:
    async with run_pair(tmp_path, partner, internal=False) as pair:
        await pair.file()
        await pair.send()
        assert (await pair.parcels())[0].reason == "address"
        assert not partner.asked


async def test_a_secret_that_is_not_there_is_told_by_name(tmp_path: Path, partner: PartnerServer) -> None:
    async with run_pair(tmp_path, partner, secret="other") as pair:
        await pair.file()
        await pair.send()
        (parcel,) = await pair.parcels(State.DEAD)
        assert parcel.reason == "secret"
        assert "other" in parcel.detail
        assert not partner.asked


async def test_xml_and_tokens_lead_to_a_number_too(tmp_path: Path, partner: PartnerServer) -> None:
    partner.uses_tokens, partner.tokens_wait = True, 1
    async with run_pair(tmp_path, partner, format="xml", jurisdiction="smalltown.example") as pair:
        case = await pair.file()
        assert await pair.send() == 1
        assert (await pair.parcels(State.PROMISED))[0].token == "t0001"
        assert [await pair.send(), await pair.send()] == [0, 1]
        assert (await pair.again(case)).forwards[0].request_id == "0001"
    assert partner.requests["0001"]["jurisdiction_id"] == "smalltown.example"
    assert all(".xml" in each for each in partner.asked)


async def test_a_case_that_is_void_before_it_was_sent_is_never_sent(pair: Pair) -> None:
    case = await pair.file()
    await pair.town.do(case, "void", reason="a test")
    assert await pair.send() == 1
    assert (await pair.parcels())[0].state == State.WITHDRAWN
    assert not pair.partner.asked


async def test_a_partner_who_takes_updates_hears_of_the_end(tmp_path: Path, partner: PartnerServer) -> None:
    async with run_pair(tmp_path, partner, updates="both") as pair:
        case = await pair.file()
        await pair.send()
        await pair.town.do(await pair.again(case), "void", reason="a test")
        await pair.send()
        (told,) = partner.told
        assert (told["service_request_id"], told["status"], told["api_key"]) == (
            "0001",
            "CANCELLED",
            "the-partners-key",
        )
        assert {each.state for each in await pair.parcels()} == {State.TAKEN}


async def test_attributes_are_filled_from_the_case(tmp_path: Path, partner: PartnerServer) -> None:
    async with run_pair(tmp_path, partner, rule={"attributes": {"REF": "no {number} in {grid}"}}) as pair:
        case = await pair.file()
        await pair.send()
        assert partner.requests["0001"]["attribute[REF]"] == f"no {case.number} in {case.place.grid}"


class Died(BaseException):
    """The process is gone: nothing that handles errors sees it. (A KeyboardInterrupt in a task would end the run.)"""


async def test_a_restart_between_the_try_and_its_answer_makes_no_second_request(
    tmp_path: Path, partner: PartnerServer
) -> None:
    """The answer has come and the process ends before it is written: all that the next one knows is the doubt."""
    async with run_pair(tmp_path, partner) as pair:
        await pair.file()

        async def die(*_: object) -> None:
            raise Died

        pair.forwarder._take = die  # type: ignore[method-assign, assignment]
        with pytest.raises(Died):
            await pair.send()
    assert partner.posted == 1
    async with run_pair(tmp_path, partner) as pair:
        assert await pair.send() == 1
        assert partner.posted == 1
        (case,) = pair.town.open_cases()
        assert case.forwards[0].request_id == "0001"
