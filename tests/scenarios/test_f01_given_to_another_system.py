"""F01. A case is given to another system, and comes back done.

    our town  --POST /requests-->  another Wardline (/open311/v2)
       |  <--GET /requests, /servicerequestupdates--  |
    handled: to be checked by our own people    its own desk closes it

F02. The power goes between the partner's taking and our writing it down.

    [ our server ]  --POST-->  a partner who takes it, and whose answer does not come
          kill -9                 started again: it looks for our mark, and files nothing a second time
"""

import asyncio
import shutil
import time
from pathlib import Path

import httpx
import pytest

from dispatch.case import Stage
from dispatch.partners import ForwardRule, Partner, Updates
from services.partners.follower import Follower
from services.partners.forwarder import Forwarder
from services.partners.secrets import PartnerSecrets
from services.store import parcels
from services.store.parcels import State
from services.store.partner_tables import partner_state
from services.store.pictures import PictureFolder
from services.store.shelf import DiskShelf
from tests.parts.open311_partner import KEY, PartnerServer, serve_partner
from tests.parts.town import make_town_city, open_database, run_town
from tests.parts.wardline import Wardline, run_wardline
from tests.services.api.places import IN_GRID
from tests.taxonomy import GAS

PACK = Path(__file__).resolve().parents[2] / "cities" / "yuzhong"
WITHIN_S = 60.0
LAMP = "P0118"
STEPS: dict[str, dict[str, object]] = {
    "check": {"passed": True},
    "report_handled": {"note": "a new bulb"},
    "arrive": {},
    "accept": {},
    "dispatch": {},
    "file": {},
    "close": {},
}
"""What is done next, whichever of it is allowed: the furthest first."""


@pytest.mark.slow
async def test_f01_a_case_given_to_another_wardline_comes_back_done(tmp_path: Path) -> None:
    with run_wardline(tmp_path / "theirs") as theirs:
        key = await asyncio.to_thread(theirs.add_source, "open311", "neighbour")
        secrets = tmp_path / "secrets.toml"
        secrets.write_text(f'[neighbour]\napi_key = "{key}"\n')
        partner = Partner(
            id="neighbour",
            name_zh="邻市",
            name_en="Neighbour",
            endpoint=f"{theirs.url}/open311/v2",
            secret="neighbour",
            internal=True,
            updates=Updates.READ,
        )
        rule = ForwardRule(partner="neighbour", category=GAS, service_code=LAMP, handles=True, sends=("text",))
        city = make_town_city(partners={"neighbour": partner}, forwarding={GAS: (rule,)})
        async with run_town(open_database(tmp_path), city) as town:
            lon, lat = IN_GRID
            forwarder = Forwarder(town.db, town.desk, PartnerSecrets(str(secrets)), PictureFolder(DiskShelf(tmp_path)))
            follower = Follower(town.db, town.desk, forwarder)
            told = await town.tell("the lamp at the corner is dark, 13800138000", lon=lon, lat=lat)
            assert told is not None
            # It lies in their city and not in ours: our desk files it, and it is theirs to handle.
            case = await town.do(told, "file")
            assert await forwarder.send_due() == 1
            taken = (await town.db.read(lambda c: parcels.list_followed(c, "neighbour", case.opened_at)))[0]
            answer = await asyncio.to_thread(httpx.get, f"{theirs.url}/open311/v2/requests/{taken.request_id}.json")
            (row,) = answer.json()
            assert (row["service_code"], row["status"]) == (LAMP, "open")
            assert "13800138000" not in row["description"]
            await asyncio.to_thread(_finish, theirs)

            async def follow() -> bool:
                await town.db.write(lambda c: c.execute(partner_state.update().values(polled_at=None)))
                await follower.follow_due()
                after = town.desk.state.book.find(case.id)
                return after is not None and after.stage in (Stage.HANDLED, Stage.CHECKING)

            await _until(follow)
            after = town.desk.state.book.find(case.id)
            assert after is not None
            assert (after.forwards[0].meaning, after.forwards[0].request_id) == ("handled", taken.request_id)
            assert (await town.fold())[case.id] == after


def _finish(theirs: Wardline) -> None:
    """Let their people end it, step by step as their desk allows."""
    with theirs.sign_in("admin") as desk:
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            rows = desk.get("/api/v1/cases", params={"category": LAMP, "limit": 5}).json()["items"]
            if rows and rows[0]["stage"] == "closed":
                return
            if rows:
                case = desk.get(f"/api/v1/cases/{rows[0]['id']}").json()
                name = next(name for name in STEPS if name in case["allowed_commands"])
                answer = desk.post(f"/api/v1/cases/{case['id']}/commands/{name}", json=STEPS[name])
                assert answer.status_code == 200, answer.text
            time.sleep(0.1)
        raise AssertionError("their case has not ended")


async def _until(is_so: object) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await is_so():  # type: ignore[operator]
            await asyncio.sleep(0.3)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_f02_a_kill_between_the_partners_taking_and_our_writing_makes_no_second_request(tmp_path: Path) -> None:
    pack, data = tmp_path / "pack", tmp_path / "data"
    shutil.copytree(PACK, pack)
    (data).mkdir()
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f'[other]\napi_key = "{KEY}"\n')
    with serve_partner(fails=["stored-hang"], hang_s=30.0) as partner:
        (pack / "partners.csv").write_text(
            f"id,name_zh,name_en,endpoint,secret,internal\nother,别家,Other,{partner.url},other,true\n"
        )
        (pack / "forwarding.csv").write_text(f"partner,category,service_code,sends\nother,{LAMP},LAMP,text\n")
        env = {"WARDLINE_PARTNER_SECRETS": str(secrets), "WARDLINE_DEMO": "true"}
        with run_wardline(data):
            pass  # the demo city's accounts are in the database then
        server = Wardline(data, ("serve",), env)
        server.run("city", "load", str(pack))
        server.start()
        try:
            lon, lat = IN_GRID
            with server.sign_in("dispatcher") as desk:
                form = {"category": LAMP, "lon": lon, "lat": lat, "text": "dark", "channel": "console"}
                case = desk.post("/api/v1/cases", json=form).json()
            _wait(partner, lambda: partner.posted == 1)
            server.kill()
            server.start()
            with server.sign_in("leader") as desk:
                _wait(partner, lambda: bool(_settled(desk)))
                (parcel,) = _settled(desk)
            assert (parcel["state"], parcel["request_id"]) == (State.TAKEN.value, "0001")
            assert parcel["case_id"] == case["id"]
            assert (partner.posted, len(partner.requests)) == (1, 1)
        finally:
            server.stop()


def _settled(desk: httpx.Client) -> list[dict[str, str]]:
    return list(desk.get("/api/v1/parcels", params={"state": "settled"}).json()["items"])


def _wait(_partner: PartnerServer, is_so: "object") -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.2)
