"""Mail over real SMTP, short messages over real HTTP: what is handed over, and what is made of a refusal."""

from collections.abc import Awaitable, Callable, Iterator
from email.utils import parsedate_to_datetime

import httpx
import pytest

from services.notify.letter import Channel, Letter, Outcome
from services.notify.providers import make_providers
from services.notify.sms import SmsProvider
from services.notify.smtp import SmtpProvider
from services.settings import BadSetting, Settings
from tests.parts.mail_server import SENDER, MailServer, run_mail_server, text_of
from tests.parts.processes import find_free_port
from tests.parts.sms_gateway import SECRET, Gateway, run_gateway

END = f"<https://city.test/api/v1/unsubscribe/{'x' * 80}>"
"""Longer than a line: it must not be encoded."""
MAIL = Letter(
    id="l1",
    channel=Channel.EMAIL,
    to="li@home.test",
    language="zh",
    subject="路灯 & more",
    text="已处置完毕\n",
    html="<p>已处置完毕 &amp; done</p>",
    headers={"List-Unsubscribe": END},
)
SHORT = Letter(id="l2", channel=Channel.SMS, to="+8613800000000", language="zh", text="验证码 123456")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with run_mail_server() as running:
        yield running


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with run_gateway() as running:
        yield running


async def test_a_mail_arrives_in_both_forms_with_its_own_id(server: MailServer) -> None:
    report = await SmtpProvider(server.url, SENDER).send(MAIL)
    assert report.outcome is Outcome.TAKEN
    (mail,) = server.to("li@home.test")
    assert (mail["Subject"], mail["From"], mail["Message-ID"]) == ("路灯 & more", SENDER, "<l1@city.test>")
    assert f"List-Unsubscribe: {END}\r\n".encode() in server.raw[0]
    assert text_of(mail).strip() == "已处置完毕"
    assert "&amp; done" in text_of(mail, "html")
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None


async def test_what_passes_is_tried_again_and_what_does_not_is_refused(server: MailServer) -> None:
    provider = SmtpProvider(server.url, SENDER)
    server.replies = ["451 4.7.1 greylisted", "554 5.7.1 spam"]
    later, refused = await provider.send(MAIL), await provider.send(MAIL)
    assert (later.outcome, refused.outcome) == (Outcome.LATER, Outcome.REFUSED)
    server.refused = {"li@home.test"}
    gone = await provider.send(MAIL)
    assert gone.outcome is Outcome.REFUSED
    assert "550" in gone.detail
    assert "li@home.test" not in later.detail + refused.detail + gone.detail
    assert server.mails == []


async def test_a_server_that_is_away_is_asked_again() -> None:
    provider = SmtpProvider(f"smtp://127.0.0.1:{find_free_port()}", SENDER)
    assert (await provider.send(MAIL)).outcome is Outcome.LATER


async def test_a_server_without_tls_is_not_spoken_to_where_tls_is_asked_for(server: MailServer) -> None:
    report = await SmtpProvider(f"{server.url}?starttls=always", SENDER).send(MAIL)
    assert report.outcome is Outcome.LATER
    assert server.mails == []


async def test_a_header_cannot_be_smuggled_into_a_mail(server: MailServer) -> None:
    hostile = Letter(id="l3", channel=Channel.EMAIL, to="a@b.test\r\nBcc: c@d.test", language="en", text="x")
    assert (await SmtpProvider(server.url, SENDER).send(hostile)).outcome is Outcome.REFUSED
    assert server.mails == []


def kept(client: httpx.AsyncClient) -> Callable[[], Awaitable[httpx.AsyncClient]]:
    async def ask() -> httpx.AsyncClient:
        return client

    return ask


async def test_a_short_message_is_signed_and_sent_once(gateway: Gateway) -> None:
    async with httpx.AsyncClient() as client:
        provider = SmsProvider(gateway.url, SECRET, kept(client))
        assert [(await provider.send(SHORT)).outcome for _ in range(2)] == [Outcome.TAKEN] * 2
        said = {"id": "l2", "to": "+8613800000000", "text": "验证码 123456", "language": "zh"}
        assert list(gateway.taken.values()) == [said]
        assert (await SmsProvider(gateway.url, SECRET + "!", kept(client)).send(SHORT)).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(500, Outcome.LATER), (429, Outcome.LATER), (302, Outcome.LATER), (400, Outcome.REFUSED), (404, Outcome.REFUSED)],
)
async def test_a_gateway_s_answer_says_whether_it_is_tried_again(
    gateway: Gateway, status: int, outcome: Outcome
) -> None:
    gateway.statuses = [status]
    async with httpx.AsyncClient() as client:
        report = await SmsProvider(gateway.url, SECRET, kept(client)).send(SHORT)
    assert (report.outcome, report.detail) == (outcome, f"HTTP {status}")


async def test_a_gateway_that_is_away_is_asked_again() -> None:
    async with httpx.AsyncClient() as client:
        provider = SmsProvider(f"http://127.0.0.1:{find_free_port()}", SECRET, kept(client))
        assert (await provider.send(SHORT)).outcome is Outcome.LATER


PUBLIC = {"WARDLINE_PUBLIC_URL": "https://city.test"}
MAIL_SET = {"WARDLINE_SMTP_URL": "smtp://127.0.0.1:25", "WARDLINE_MAIL_FROM": SENDER}
SMS_SET = {"WARDLINE_SMS_URL": "https://sms.test/send", "WARDLINE_SMS_SECRET": SECRET}


async def test_there_is_a_way_out_for_each_that_is_set_up() -> None:
    async with httpx.AsyncClient() as client:
        assert dict(make_providers(Settings.from_env({}), kept(client))) == {}
        assert list(make_providers(Settings.from_env(PUBLIC | MAIL_SET), kept(client))) == [Channel.EMAIL]
        assert list(make_providers(Settings.from_env(PUBLIC | SMS_SET), kept(client))) == [Channel.SMS]


@pytest.mark.parametrize(
    "env",
    [
        MAIL_SET,
        PUBLIC | {"WARDLINE_SMTP_URL": "smtp://127.0.0.1"},
        PUBLIC | MAIL_SET | {"WARDLINE_SMTP_URL": "http://127.0.0.1"},
        PUBLIC | MAIL_SET | {"WARDLINE_SMTP_URL": "smtp://127.0.0.1?starttls=perhaps"},
        PUBLIC | MAIL_SET | {"WARDLINE_MAIL_FROM": "nobody"},
        PUBLIC | SMS_SET | {"WARDLINE_SMS_SECRET": "short"},
        PUBLIC | SMS_SET | {"WARDLINE_SMS_URL": "sms.test"},
    ],
)
async def test_what_is_set_up_half_stops_the_start(env: dict[str, str]) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(BadSetting, match="WARDLINE_"):
            make_providers(Settings.from_env(env), kept(client))
