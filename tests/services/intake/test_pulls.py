"""Cameras and recorders that are pulled: real connections, real Digest, and everything that goes wrong with them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.city import Source
from services.intake.pulls.credentials import BadSecrets, Credential, Credentials
from services.intake.pulls.puller import PROTOCOLS, address_of
from services.intake.pulls.streams import DAHUA, HIKVISION
from services.intake.receive import Unwanted
from tests.parts.devices import PASSWORD, USERNAME, Asked, begin, never, part, run_device, say
from tests.services.intake.pulling import FAST, Heard, make_source, run_puller, until, write_secrets

QUIET = replace(FAST, quiet_s=0.3)
HEARTBEAT = (
    b"<EventNotificationAlert><dateTime>2026-05-01T08:00:00+08:00</dateTime><eventType>videoloss</eventType>"
    b"<eventState>inactive</eventState></EventNotificationAlert>"
)
JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


def alert(n: int, more: str = "") -> bytes:
    return (
        f"<EventNotificationAlert><channelID>{n}</channelID><eventType>fielddetection</eventType>"
        f"<eventState>active</eventState>{more}</EventNotificationAlert>"
    ).encode()


def dahua(text: str) -> bytes:
    return part(text.encode(), "text/plain", boundary="myboundary")


async def test_an_alert_stream_is_read_behind_its_sign_in(tmp_path: Path) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        for piece in (part(HEARTBEAT), part(alert(1)), part(HEARTBEAT), part(alert(2))):
            writer.write(piece)
        await never()

    async with run_device(stream) as device:
        source = make_source("hikvision", device.url)
        heard = Heard(source)
        async with run_puller(heard, write_secrets(tmp_path)) as puller:
            await until(lambda: len(heard.messages) == 2)
            state = puller.states[source.id]
            assert (state.state, state.connections, state.last_error) == ("connected", 1, "")
            await until(lambda: puller.states[source.id].received == 2)
            assert heard.bodies == [alert(1), alert(2)]
            assert heard.heartbeats == [HEARTBEAT, HEARTBEAT]
            assert [asked.target for asked in device.asked] == ["/ISAPI/Event/notification/alertStream"]
            assert device.open_connections == 1
        await until(lambda: device.open_connections == 0)


async def test_a_dahua_stream_keeps_what_people_have_typed_and_outlives_a_part_that_was_cut_off(tmp_path: Path) -> None:
    typed = 'Code=CrossLineDetection;action=Start;index=15;data={\n "Name": "Tor; {A=1}", "UTC": 1564472601}'
    cut = 'Code=VideoMotion;action=Start;index=1;data={"Name": "Yar'
    stopped = "Code=VideoMotion;action=Stop;index=1"

    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/x-mixed-replace; boundary=myboundary")
        broken = part(cut.encode(), "text/plain", boundary="myboundary", length=900)
        body = dahua("Heartbeat") + dahua(typed) + broken + dahua(stopped)
        for start in range(0, len(body), 7):
            writer.write(body[start : start + 7])
            await writer.drain()
        await never()

    async with run_device(stream) as device:
        heard = Heard(make_source("dahua", device.url))
        async with run_puller(heard, write_secrets(tmp_path)):
            await until(lambda: len(heard.messages) == 3)
        assert heard.bodies == [typed.encode(), cut.encode(), stopped.encode()]
        assert heard.heartbeats == [b"Heartbeat"]
        assert device.asked[0].target == "/cgi-bin/eventManager.cgi?action=attach&codes=[All]&heartbeat=5"


async def test_pictures_travel_with_the_message_that_announces_them(tmp_path: Path) -> None:
    seen = alert(1, "<detectionPicturesNumber>2</detectionPicturesNumber>")

    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        writer.write(part(seen) + part(JPEG, "image/jpeg") + part(JPEG + b"2", "application/octet-stream"))
        writer.write(part(seen) + part(alert(3)) + part(JPEG, "image/jpeg"))
        await never()

    async with run_device(stream) as device:
        heard = Heard(make_source("hikvision", device.url))
        async with run_puller(heard, write_secrets(tmp_path)):
            await until(lambda: len(heard.messages) == 3)
        source = heard.sources[0].id
        assert heard.messages == [(source, seen, (JPEG, JPEG + b"2")), (source, seen, ()), (source, alert(3), ())]


async def test_a_message_does_not_wait_for_ever_for_pictures_that_never_come(tmp_path: Path) -> None:
    seen = alert(1, "<detectionPicturesNumber>1</detectionPicturesNumber>")

    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        writer.write(part(seen))
        await never()

    async with run_device(stream) as device:
        heard = Heard(make_source("hikvision", device.url))
        async with run_puller(heard, write_secrets(tmp_path)):
            await until(lambda: heard.bodies == [seen])
            assert device.open_connections == 1


async def test_a_connection_on_which_nothing_comes_is_given_up_and_opened_again(tmp_path: Path) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        writer.write(part(alert(len(device.asked))))
        await never()

    async with run_device(stream) as device:
        source = make_source("hikvision", device.url)
        heard = Heard(source)
        async with run_puller(heard, write_secrets(tmp_path), QUIET) as puller:
            await until(lambda: len(heard.messages) >= 3)
            assert puller.states[source.id].last_error == "nothing has come for 0.3 s"
            assert puller.states[source.id].connections >= 2
        assert heard.bodies[:3] == [alert(1), alert(2), alert(3)]


async def test_heartbeats_keep_a_line_that_has_nothing_to_say(tmp_path: Path) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        for _ in range(30):
            writer.write(part(HEARTBEAT))
            await asyncio.sleep(0.05)
        await never()

    async with run_device(stream) as device:
        heard = Heard(make_source("hikvision", device.url))
        async with run_puller(heard, write_secrets(tmp_path), QUIET):
            await until(lambda: len(heard.heartbeats) == 30)
        assert len(device.asked) == 1


async def test_a_heartbeat_that_cannot_be_noted_ends_no_line(tmp_path: Path) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        writer.write(part(HEARTBEAT) + part(alert(1)))
        await never()

    class Deaf(Heard):
        async def hear(self, _source: Source, body: bytes) -> None:
            raise OSError("the database is away")

    async with run_device(stream) as device:
        heard = Deaf(make_source("hikvision", device.url))
        async with run_puller(heard, write_secrets(tmp_path)) as puller:
            await until(lambda: heard.bodies == [alert(1)])
            assert [state.connections for state in puller.states.values()] == [1]


async def test_a_recorder_that_restarts_is_found_again_and_no_other_line_falls(tmp_path: Path) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        writer.write(part(alert(1)))
        await never()

    async with run_device(stream) as first, run_device(stream) as second:
        one, two = make_source("hikvision", first.url, "one"), make_source("hikvision", second.url, "two")
        heard = Heard(one, two)
        async with run_puller(heard, write_secrets(tmp_path)) as puller:
            await until(lambda: len(heard.messages) == 2)
            await first.stop()
            await until(lambda: puller.states[one.id].state == "waiting" and bool(puller.states[one.id].last_error))
            await first.start()
            await until(lambda: len(heard.messages) == 3)
            assert puller.states[one.id].state == "connected"
            assert puller.states[two.id].connections == 1


async def test_a_part_in_the_middle_that_is_rubbish_is_handed_over_and_the_next_one_too(tmp_path: Path) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        writer.write(part(alert(1)) + part(b"<EventNotificationAlert><activePostCount/") + part(alert(2)))
        await never()

    async with run_device(stream) as device:
        heard = Heard(make_source("hikvision", device.url))
        async with run_puller(heard, write_secrets(tmp_path)):
            await until(lambda: len(heard.messages) == 3)
        assert (heard.bodies[0], heard.bodies[2]) == (alert(1), alert(2))


async def test_what_cannot_be_stored_for_now_is_tried_until_it_is_and_what_never_can_is_let_go(tmp_path: Path) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        writer.write(part(alert(1)) + part(alert(2)))
        await never()

    async with run_device(stream) as device:
        heard = Heard(make_source("hikvision", device.url))
        heard.fail = [OSError("the disk is full"), OSError("the disk is full")]
        async with run_puller(heard, write_secrets(tmp_path)):
            await until(lambda: len(heard.messages) == 2)
            assert heard.bodies == [alert(1), alert(2)]
            heard.fail = [Unwanted("too large")]
            device.reboot()
            await until(lambda: len(heard.messages) == 3)
            assert heard.bodies[2] == alert(2)


async def test_a_sign_in_that_is_refused_is_told_without_the_password_and_mends_without_a_restart(
    tmp_path: Path,
) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        writer.write(part(alert(1)))
        await never()

    async with run_device(stream) as device:
        source = make_source("hikvision", device.url)
        heard = Heard(source)
        secrets = write_secrets(tmp_path, password="wrong-Password")
        async with run_puller(heard, secrets) as puller:
            await until(lambda: bool(puller.states[source.id].last_error))
            assert puller.states[source.id].last_error == "the device refuses the sign-in (401)"
            write_secrets(tmp_path)
            await until(lambda: heard.bodies == [alert(1)])


async def test_a_device_that_answers_otherwise_is_told_of(tmp_path: Path) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await say(writer, "503 Service Unavailable", b"busy")

    async with run_device(stream, is_signed=False) as device:
        source = make_source("dahua", device.url)
        async with run_puller(Heard(source)) as puller:
            await until(lambda: puller.states[source.id].last_error == "the device answers 503")


async def test_no_redirect_leads_elsewhere(tmp_path: Path) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await say(writer, "302 Found", b"", "Location: /elsewhere")

    async with run_device(stream, is_signed=False) as device:
        source = make_source("hikvision", device.url)
        async with run_puller(Heard(source)) as puller:
            await until(lambda: puller.states[source.id].last_error == "the device answers 302")
        assert {asked.target for asked in device.asked} == {"/ISAPI/Event/notification/alertStream"}


async def test_a_source_that_is_taken_out_is_no_longer_pulled_and_one_that_moves_is_pulled_there(
    tmp_path: Path,
) -> None:
    async def stream(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await begin(writer, "multipart/mixed; boundary=boundary")
        writer.write(part(alert(1)))
        await never()

    async with run_device(stream) as old, run_device(stream) as new:
        heard = Heard(make_source("hikvision", old.url))
        async with run_puller(heard, write_secrets(tmp_path)) as puller:
            await until(lambda: old.open_connections == 1)
            heard.sources = [make_source("hikvision", new.url)]
            await until(lambda: new.open_connections == 1 and old.open_connections == 0)
            heard.sources = []
            await until(lambda: new.open_connections == 0 and not puller.states)


def test_credentials_are_found_by_source_then_by_host_then_for_all(tmp_path: Path) -> None:
    path = write_secrets(tmp_path, more='["10.0.0.7"]\nusername = "h"\n["hikvision:nvr"]\nusername = "s"\n')
    known = Credentials(str(path))
    assert known.find("hikvision:nvr", "http://10.0.0.7/").username == "s"
    assert known.find("hikvision:other", "http://10.0.0.7:8080/").username == "h"
    assert known.find("hikvision:other", "http://10.0.0.8/") == Credential(USERNAME, PASSWORD)
    assert Credentials("").find("a", "http://b") == Credential()


@pytest.mark.parametrize(
    "text", ['["a"]\npassword = "geheim\n', '["a"]\npasword = "geheim"', '["a"]\nauth = "geheim"', "\xff"]
)
def test_a_file_of_secrets_that_is_broken_is_told_of_without_its_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secrets.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadSecrets) as refused:
        Credentials(str(path)).find("a", "http://b")
    assert "geheim" not in str(refused.value)


def test_a_password_is_not_shown_by_who_prints_a_credential() -> None:
    assert "geheim" not in repr(Credential("name", "geheim"))


def test_an_address_with_a_path_of_its_own_is_asked_as_it_is() -> None:
    hikvision = PROTOCOLS["hikvision"]
    assert str(address_of("http://nvr/", hikvision)) == "http://nvr/ISAPI/Event/notification/alertStream"
    assert str(address_of("https://nvr:8443/x?y=1", hikvision)) == "https://nvr:8443/x?y=1"


def test_the_watchdog_waits_for_three_heartbeats() -> None:
    assert HIKVISION.quiet_s(address_of("http://nvr", PROTOCOLS["hikvision"])) == 30
    assert DAHUA.quiet_s(address_of("http://nvr", PROTOCOLS["dahua"])) == 15
    assert DAHUA.quiet_s(address_of("http://nvr/cgi-bin/eventManager.cgi?heartbeat=20", PROTOCOLS["dahua"])) == 60


def test_a_batch_that_begins_with_a_heartbeat_is_no_heartbeat() -> None:
    assert HIKVISION.is_heartbeat(HEARTBEAT)
    assert not HIKVISION.is_heartbeat(HEARTBEAT + alert(1))
    assert not HIKVISION.is_heartbeat(HEARTBEAT.replace(b"inactive", b"active"))
