"""Every screen as people see it: zh and en, light and dark, desk and phone. Pictures are kept, and nobody is kept out.

An empty city and one in the middle of a working day; the pictures lie in tests/browser/screenshots.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.async_api import Browser

from gis.point import LonLat
from tests.browser import happenings
from tests.browser.axe import find_barriers
from tests.browser.happenings import Desk, desk_of
from tests.browser.pages import Screen, opened
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser

SANITATION = "sanitation"
PLACES = ("广场", "公园", "车站", "医院", "学校", "路口")
"""Words of the gazetteer: places all over the city."""
WRONG = (
    ("E0102", "Litter along the steps, bags torn open"),
    ("E0505", "消防通道口停了三辆私家车"),
    ("E0190", "公交站旁垃圾箱已经满溢两天"),
    ("E0504", "Fruit stall on the footway in front of number 12"),
    ("E0302", "工地出入口扬尘很大，没有喷淋"),
    ("P0118", "路灯不亮，整条坡道一片漆黑"),
)


MAPPING = {"items": "alarms", "category": "kind", "text": "words", "severity": "level"}
SAMPLE = """{
  "alarms": [
    {"kind": "E0102", "words": "Litter along the steps, bags torn open", "level": 3},
    {"kind": "E0504", "words": "人行道上摆摊，行人绕行机动车道", "level": 2}
  ]
}"""
"""A body of two alarms as another system would post it, and how its parts are found."""
TRY = ("Tab", "Enter")
"""From the sample to the button beneath it."""


@dataclass(frozen=True)
class City:
    """A server in the middle of a day, and what there is to look at in it."""

    server: Wardline
    case_id: str
    worker: str
    task_id: str
    follow: str


@dataclass(frozen=True)
class Row:
    """One picture. `path` is filled from the city; `shows` is what must be on the screen before it is taken.

    `fills` go into its fields and `keys` are pressed then, one after the other, until `opens` is there.
    """

    path: str
    user: str
    shows: str
    phone: bool = False
    keys: tuple[str, ...] = ()
    opens: str = ""
    fills: tuple[tuple[str, str], ...] = ()


LOOKS = {
    "login": Row("/login/", "", "demo-logins"),
    "login-phone": Row("/login/", "", "demo-logins", phone=True),
    "console": Row("/console/", "dispatcher", "search"),
    "console-case": Row("/console/?case={city.case_id}", "dispatcher", "timeline"),
    "console-phone": Row("/console/", "dispatcher", "pane-map", phone=True),
    "console-case-phone": Row("/console/?case={city.case_id}", "dispatcher", "timeline", phone=True),
    "console-bar": Row("/console/", "dispatcher", "search", keys=("Control+k",), opens="bar-line"),
    "console-keys": Row("/console/", "dispatcher", "search", keys=("?",), opens="keys"),
    "console-new": Row("/console/", "dispatcher", "search", keys=("i",), opens="new-case-form"),
    "console-new-phone": Row("/console/", "dispatcher", "search", keys=("i",), opens="new-case-form", phone=True),
    "console-bulk": Row("/console/", "dispatcher", "case-row", keys=("j", " ", "j", " ", "z"), opens="bulk-command"),
    "console-note": Row("/console/?case={city.case_id}", "dispatcher", "timeline", keys=("n",), opens="command-form"),
    "console-note-phone": Row(
        "/console/?case={city.case_id}", "dispatcher", "timeline", keys=("n",), opens="command-form", phone=True
    ),
    "hotline": Row("/hotline/", "acceptor", "taking"),
    "hotline-phone": Row("/hotline/", "acceptor", "taking", phone=True),
    "hotline-callbacks": Row("/hotline/#/callbacks", "acceptor", "callbacks"),
    "worker-list": Row("/worker/", "{city.worker}", "task", phone=True),
    "worker-task": Row("/worker/#/task/{city.task_id}", "{city.worker}", "step", phone=True),
    "report": Row("/report/", "", "send", phone=True),
    "report-desk": Row("/report/", "", "send"),
    "follow": Row("{city.follow}", "", "follow", phone=True),
    "follow-desk": Row("{city.follow}", "", "follow"),
    "public-map": Row("/report/#/map", "", "public-row", phone=True),
    "public-area": Row(
        "/report/#/map", "", "public-row", fills=(("public-area", "街道"),), opens="public-area-list", phone=True
    ),
    "public-tell": Row("/report/#/tell?area=500103001", "", "tell-me", phone=True),
    "webhook-trial": Row(
        "/settings/#/webhooks", "admin", "hook-sample", fills=(("hook-sample", SAMPLE),), keys=TRY, opens="hook-said"
    ),
    "webhook-trial-phone": Row(
        "/settings/#/webhooks",
        "admin",
        "hook-sample",
        fills=(("hook-sample", SAMPLE),),
        keys=TRY,
        opens="hook-said",
        phone=True,
    ),
    "board": Row("/board/", "supervisor", "period-tiles"),
    "board-phone": Row("/board/", "supervisor", "period-tiles", phone=True),
}
EMPTY = {
    "console-empty": Row("/console/", "dispatcher", "search"),
    "worker-empty": Row("/worker/", "worker1", "duty-chip", phone=True),
    "board-empty": Row("/board/", "supervisor", "period-tiles"),
}
CENTRE = LonLat(106.5770, 29.5570)


@pytest.fixture(scope="module")
def still_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wardline]:
    """A city to which nothing has happened yet."""
    with run_wardline(tmp_path_factory.mktemp("still") / "data") as server:
        yield server


@pytest.fixture(scope="module")
def busy_city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city in the middle of a day: cases of every stage, from cameras, sensors, citizens and the desk."""
    with run_wardline(tmp_path_factory.mktemp("busy") / "data") as server, desk_of(server) as desk:
        sweepers = [worker for worker in desk.list_workers(SANITATION) if not worker["areas"]][:1]
        sweepers = sweepers or desk.list_workers(SANITATION)[:1]
        desk.leave_on_duty(SANITATION, [sweepers[0]["id"]])
        yield _fill(server, desk, sweepers[0]["username"])


def _fill(server: Wardline, desk: Desk, worker: str) -> City:
    happenings.see(server, happenings.make_key(server, happenings.PARKING_GATEWAY))
    sensors = happenings.make_key(server, happenings.PARKING_GATEWAY.replace("video", "iot"))
    happenings.measure(server, sensors, "YZ-GAS-0001", "CH4", "%LEL", 61.5)
    points = [point for words in PLACES for point in desk.find_places(words)[:4]]
    receipts = [
        happenings.report(server, text, points[number])
        for number, text in enumerate(("垃圾箱满了没人清理", "A tree branch hangs over the footway", "井盖不见了"))
    ]
    for number, point in enumerate(points[3:]):
        category, text = WRONG[number % len(WRONG)]
        desk.open("patrol" if number % 3 else "hotline", point, category=category, text=text)
    _move(desk)
    _map(server)
    mine = [case for case in desk.list_cases(worker=_id_of(desk, worker)) if case["stage"] == "dispatched"]
    closed = desk.list_cases(stage="closed")
    assert mine, "the worker has a task"
    assert closed, "something was closed"
    return City(server, closed[0]["id"], worker, mine[0]["id"], str(receipts[0]["url"]))


def _map(server: Wardline) -> None:
    """Draw up how another system's alarms are read, in the administrator's draft."""
    with server.sign_in("admin") as admin:
        for field, expression in MAPPING.items():
            cells = {"mapping": "parks", "field": field, "expression": expression}
            admin.post("/api/v1/settings/sections/webhooks/rows", json={"cells": cells}).raise_for_status()


def _id_of(desk: Desk, username: str) -> str:
    return next(str(worker["id"]) for worker in desk.list_workers() if worker["username"] == username)


STEPS: tuple[tuple[str, dict[str, object]], ...] = (
    ("accept", {}),
    ("arrive", {}),
    ("report_handled", {"note": "已清理干净 / all cleared"}),
    ("check", {"passed": True, "note": "ok"}),
)


def _move(desk: Desk) -> None:
    """Bring the cases that were sent to different stages, as their workers and the desk would."""
    sent = desk.list_cases(stage="dispatched")
    for number, case in enumerate(sent):
        for command, data in STEPS[: number % (len(STEPS) + 1)]:
            desk.give(case["id"], command, **data)
    for case in desk.list_cases(stage="handled")[:1]:
        desk.give(case["id"], "rework", reason="现场仍有垃圾 / still litter there")


@pytest.mark.parametrize("name", LOOKS)
async def test_a_screen_at_work_keeps_nobody_out(chromium: Browser, busy_city: City, name: str) -> None:
    row = LOOKS[name]
    filled = replace(row, path=row.path.format(city=busy_city), user=row.user.format(city=busy_city))
    await _look(chromium, busy_city.server, name, filled)


@pytest.mark.parametrize("name", EMPTY)
async def test_a_screen_with_nothing_to_show_says_so(chromium: Browser, still_city: Wardline, name: str) -> None:
    await _look(chromium, still_city, name, EMPTY[name])


async def test_a_stranger_is_sent_to_the_login(chromium: Browser, still_city: Wardline) -> None:
    async with opened(chromium, still_city, "/console/") as screen:
        await screen.page.wait_for_url(re.compile("/login/"))


async def _look(chromium: Browser, server: Wardline, name: str, row: Row) -> None:
    barriers: list[str] = []
    for language in ("zh", "en"):
        opening = opened(chromium, server, row.path, user=row.user, language=language, phone=row.phone, at=CENTRE)
        async with opening as screen:
            await screen.hook(row.shows).first.wait_for()
            await _put_off_the_alarm(screen)
            await _press(screen, row)
            await _speaks(screen)
            barriers += await _take(screen, name)
            await screen.darken()
            barriers += await _take(screen, name)
            screen.check()
    assert barriers == []


async def _press(screen: Screen, row: Row) -> None:
    if row.keys or row.fills:
        await screen.page.wait_for_load_state("networkidle")
    for hook, words in row.fills:
        await screen.hook(hook).fill(words)
    for key in row.keys:
        await screen.page.keyboard.press(key)
    if row.opens:
        await screen.hook(row.opens).first.wait_for()


async def _put_off_the_alarm(screen: Screen) -> None:
    """A task that waits for an answer rings over the whole phone; what lies behind it is looked at here."""
    later = screen.hook("alarm-later")
    await screen.page.wait_for_timeout(300)
    if await later.is_visible():
        await later.click()


async def _take(screen: Screen, name: str) -> list[str]:
    """Keep a picture; return what is wrong with what it shows."""
    await screen.settle()
    await screen.shoot(name.removesuffix("-phone").removesuffix("-desk"))
    await _fits(screen)
    return [f"{screen.look}: {line}" for line in await find_barriers(screen.page)]


async def _speaks(screen: Screen) -> None:
    """It has a title, says in which language it is, and is in that language."""
    assert await screen.page.title()
    assert ((await screen.page.get_attribute("html", "lang")) or "").startswith(screen.language)
    words = await screen.page.inner_text("body")
    assert bool(re.search(r"[\u4e00-\u9fff]{2}", words)) or screen.language == "en", words


async def _fits(screen: Screen) -> None:
    """Nothing stands out of the screen at its side."""
    size = screen.page.viewport_size
    assert size is not None
    # Not the window's own width: a phone's window grows with what stands out of it.
    beyond = await screen.page.evaluate("document.documentElement.scrollWidth") - size["width"]
    assert beyond <= 0, f"{screen.look}: {beyond} px beyond the edge"
