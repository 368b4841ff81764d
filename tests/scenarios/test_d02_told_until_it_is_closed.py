"""D02. Somebody reports a full bin and wants to be told.

The code comes by real mail. The case is filed, sent, handled and closed; the server is killed before a letter is out,
and started again: one letter tells it all, once. One click ends it, and what comes later is told to nobody.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.parts.mail_server import MailServer, code_of, mail_settings, text_of
from tests.parts.reporting import case_of, close, give, send_report
from tests.parts.wardline import Wardline, run_wardline

LI = "li@home.test"
WITHIN_S = 90.0
"""Twenty seconds until a letter is made, three until it is looked for, and a busy machine."""


@pytest.fixture
def city(tmp_path: Path, mails: MailServer) -> Iterator[Wardline]:
    with run_wardline(tmp_path / "data", env=mail_settings(mails) | {"WARDLINE_DIGEST_MINUTES": "0"}) as running:
        yield running


def test_one_is_told_by_mail_until_it_is_closed_and_no_longer_than_one_wants(city: Wardline, mails: MailServer) -> None:
    number, token = send_report(city)
    with city.sign_in("leader") as leader:
        case_of(leader, number)
        contacts = f"{city.url}/api/v1/reports/{token}/contacts"
        address = {"channel": "email", "address": LI, "language": "en"}
        asked = httpx.post(contacts, json=address, timeout=30).raise_for_status().json()["id"]
        code = code_of(mails.wait_for(1, LI, WITHIN_S)[0])
        httpx.post(f"{contacts}/{asked}/confirm", json={"code": code}, timeout=30).raise_for_status()
        close(leader, number)
        city.kill()
    city.start()

    letter = mails.wait_for(2, LI, WITHIN_S)[-1]
    told = text_of(letter)
    for words in ("It has been taken on", "The worker is on the spot", "It is closed. Thank you"):
        assert words in told
    assert f"http://city.test/report/#/follow/{token}" in told
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.fullmatch(r"<http://city\.test(.*)>", letter["List-Unsubscribe"])
    assert link is not None

    one_click = {"List-Unsubscribe": "One-Click"}
    assert httpx.post(city.url + link[1], data=one_click, timeout=30).status_code == 200
    assert httpx.get(contacts, timeout=30).json()["contacts"] == []
    with city.sign_in("leader") as leader:
        give(leader, case_of(leader, number)["id"], "reopen", reason="it is full again")
    other = "wu@home.test"
    number, token = send_report(city, text="another bin", category="E0102")
    contacts = f"{city.url}/api/v1/reports/{token}/contacts"
    asked = httpx.post(contacts, json=address | {"address": other}, timeout=30).raise_for_status().json()["id"]
    code = code_of(mails.wait_for(1, other, WITHIN_S)[0])
    httpx.post(f"{contacts}/{asked}/confirm", json={"code": code}, timeout=30).raise_for_status()
    with city.sign_in("leader") as leader:
        close(leader, number)
    mails.wait_for(2, other, WITHIN_S)
    assert len(mails.to(LI)) == 2, "told once, and no more after one click"
