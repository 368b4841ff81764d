"""ONVIF cameras that are pulled: by the camera's clock, renewed in time, and found again."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from services.intake.pulls import pull_point, soap
from services.intake.pulls.line import LineEnded
from tests.parts.devices import Asked, run_device
from tests.parts.onvif_camera import Camera, notification
from tests.services.intake.pulling import FAST, Heard, make_source, run_puller, until, write_secrets

QUIET = replace(FAST, quiet_s=0.3)


async def test_events_are_pulled_and_empty_answers_are_heartbeats(tmp_path: Path) -> None:
    camera = Camera(events=[notification("tns1:VideoSource/MotionAlarm", "true")])
    async with run_device(camera.answer, is_signed=False) as device:
        source = make_source("onvif", device.url)
        heard = Heard(source)
        async with run_puller(heard, write_secrets(tmp_path)) as puller:
            await until(lambda: bool(heard.messages and heard.heartbeats))
            camera.events += [notification("tns1:VideoSource/MotionAlarm", "false"), notification("a:b", "true")]
            await until(lambda: len(heard.messages) == 2)
            assert puller.states[source.id].state == "connected"
        assert heard.bodies[0].count(b"<n:NotificationMessage") == 1
        assert heard.bodies[1].count(b"<n:NotificationMessage") == 2
        # Its subscription is asked for at the host that was declared, whatever it calls itself, and is given back.
        assert {asked.target for asked in device.asked if b"PullMessages" in asked.body} == {"/onvif/sub/1?x=1"}
        assert camera.done[-1] == "Unsubscribe"
        assert not camera.ends


@pytest.mark.parametrize("ahead", [timedelta(hours=2), timedelta(minutes=-10), timedelta(days=-20_000)])
async def test_a_camera_whose_clock_is_wrong_is_signed_in_at(tmp_path: Path, ahead: timedelta) -> None:
    camera = Camera(ahead=ahead, events=[notification("a:b", "true")])
    async with run_device(camera.answer, is_signed=False) as device:
        heard = Heard(make_source("onvif", device.url))
        async with run_puller(heard, write_secrets(tmp_path)):
            await until(lambda: len(heard.messages) == 1)


async def test_a_subscription_is_renewed_before_it_lapses(tmp_path: Path) -> None:
    camera = Camera(life_s=2.5)
    async with run_device(camera.answer, is_signed=False) as device:
        heard = Heard(make_source("onvif", device.url))
        async with run_puller(heard, write_secrets(tmp_path)):
            await until(lambda: camera.done.count("Renew") >= 3)
        assert camera.done.count("CreatePullPointSubscription") == 1


async def test_a_camera_that_knows_no_renew_is_pulled_on(tmp_path: Path) -> None:
    camera = Camera(life_s=2.5, knows_renew=False)
    async with run_device(camera.answer, is_signed=False) as device:
        heard = Heard(make_source("onvif", device.url))
        async with run_puller(heard, write_secrets(tmp_path)):
            await until(lambda: camera.done.count("CreatePullPointSubscription") == 2)
            camera.events.append(notification("a:b", "true"))
            await until(lambda: len(heard.messages) == 1)


async def test_a_camera_that_has_started_anew_is_subscribed_to_anew(tmp_path: Path) -> None:
    camera = Camera()
    async with run_device(camera.answer, is_signed=False) as device:
        source = make_source("onvif", device.url)
        heard = Heard(source)
        async with run_puller(heard, write_secrets(tmp_path)) as puller:
            await until(lambda: bool(heard.heartbeats))
            camera.forget()
            await until(lambda: camera.done.count("CreatePullPointSubscription") == 2)
            camera.events.append(notification("a:b", "true"))
            await until(lambda: len(heard.messages) == 1)
            assert "no such subscription" in puller.states[source.id].last_error


async def test_a_camera_that_no_longer_answers_is_given_up_and_found_again(tmp_path: Path) -> None:
    camera = Camera(life_s=2)
    async with run_device(camera.answer, is_signed=False) as device:
        source = make_source("onvif", device.url)
        heard = Heard(source)
        async with run_puller(heard, write_secrets(tmp_path), QUIET) as puller:
            await until(lambda: bool(heard.heartbeats))
            camera.is_frozen = True
            await until(lambda: puller.states[source.id].state == "waiting")
            assert puller.states[source.id].last_error.startswith("the device has not answered for")
            camera.is_frozen = False
            await until(lambda: puller.states[source.id].state == "connected")


async def test_a_camera_that_signs_by_http_is_signed_in_at_too(tmp_path: Path) -> None:
    camera = Camera(events=[notification("a:b", "true")])
    async with run_device(camera.answer) as device:
        heard = Heard(make_source("onvif", device.url))
        async with run_puller(heard, write_secrets(tmp_path)):
            await until(lambda: len(heard.messages) == 1 and len(heard.heartbeats) > 3)
        assert device.refused <= 2, "it is challenged once, not with every request"


async def test_a_wrong_password_is_told_of_as_such(tmp_path: Path) -> None:
    async with run_device(Camera().answer, is_signed=False) as device:
        source = make_source("onvif", device.url)
        async with run_puller(Heard(source), write_secrets(tmp_path, password="x")) as puller:
            await until(lambda: "not authorized" in puller.states[source.id].last_error)


async def test_rubbish_for_an_answer_ends_the_line_and_nothing_else(tmp_path: Path) -> None:
    answers = iter([b"", b"<html>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"\xff\xfe\x00", b"x" * 10])

    async def answer(asked: Asked, writer: object) -> None:
        body = next(answers, b"<a/>")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)  # type: ignore[attr-defined]

    async with run_device(answer, is_signed=False) as device:
        source = make_source("onvif", device.url)
        async with run_puller(Heard(source)) as puller:
            await until(lambda: len(device.asked) > 8)
            assert puller.states[source.id].last_error


def test_a_token_is_signed_as_the_profile_says() -> None:
    at = datetime(2010, 9, 16, 7, 50, 45, tzinfo=UTC)
    token = soap.make_token("admin", "userpassword", at, b"LKqI6G/AikKCQrN0zqZFlg=="[:16])
    root = ET.fromstring(f'<a xmlns:s="{soap.ENVELOPE}">{token}</a>')
    assert soap.text_of(root, "Created") == "2010-09-16T07:50:45.000Z"
    assert soap.text_of(root, "Username") == "admin"
    assert soap.make_token("", "", at) == ""


def test_the_host_of_a_subscription_is_the_declared_one() -> None:
    declared = httpx.URL("https://camera.city:8443/onvif/event_service")
    for named in ("http://10.0.0.1/sub?id=1", "http://127.0.0.1:6379/sub?id=1", "/sub?id=1"):
        assert str(pull_point._at_our_host(declared, named)) == "https://camera.city:8443/sub?id=1"
    with pytest.raises(LineEnded):
        pull_point._at_our_host(declared, "http://a:b/")
