"""Rings people whose page does not listen, through their browsers' push services.

Fed by the outbox: a notice that no socket has taken within a few seconds of its time is pushed, once for each browser
that its person has allowed. It stays undelivered until the page itself comes back: a push service promises nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import httpx
import msgspec
import structlog
from msgspec import Struct
from sqlalchemy import Connection

from dispatch.access import Actor, Role
from dispatch.case import Case
from dispatch.category import Priority
from dispatch.citymap import City
from dispatch.escalate import DIGEST, Notice
from dispatch.notices import NoticeKind, holders_of
from services.engine.people import people_of, read_people
from services.live.notices import Told, gather_due, may_hear_of
from services.live.views import category_name
from services.live.webpush import Outcome, Sealer, send
from services.observe import clock, counters
from services.store import outbox, push
from services.store.database import Database
from services.store.outbox import Due, Key
from services.store.push import Ringing, Subscription

GRACE = timedelta(seconds=3)
"""A phone that changes from one cell to the next is back by then, and hears of its task by the socket."""
WORTH = timedelta(hours=1)
"""Older notices ring nobody: the escalation has had the case since."""
PER_RUN = 100
AT_ONCE = 10
"""Connections to push services at one time."""
AGAIN_AFTER = (timedelta(seconds=5), timedelta(minutes=5))
"""A browser whose push service does not answer is left alone so long: at first, and at most."""

log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode

WORDS: Mapping[str, tuple[str, str]] = {
    "TaskDispatched": ("新任务", "New task"),
    "AssistSent": ("请协助处置", "Your help is asked for"),
    "CaseReworked": ("返工任务", "Sent back to you"),
    "TaskWithdrawn": ("任务已被收回", "Task taken back"),
    "CaseForceClosed": ("任务已结束", "Task ended"),
    "CaseSuspended": ("任务已挂账", "Task suspended"),
    "CaseResumed": ("任务已恢复", "Task goes on"),
}
"""Fact -> the title of its message, zh and en; other facts are told as a change."""
_CHANGED = ("任务有变化", "A task of yours has changed")
_ABOVE: Mapping[str, tuple[str, str]] = {
    NoticeKind.CHAIN: ("无人接单", "Nobody has accepted it"),
    NoticeKind.LIMIT: ("时限已用{percent}%", "{percent} % of the limit is used"),
    DIGEST: ("{count} 件案件需关注", "{count} cases need a look"),
}
"""Kind of a notice that tells of no task -> its title."""
_QUIET_FACTS = frozenset({"TaskWithdrawn", "CaseForceClosed", "CaseSuspended"})
"""Facts after which nobody has to hurry."""
_TEST = ("测试通知", "Test notification")
_TEST_BODY = ("收到这条，说明推送正常。", "If you read this, push works.")


class Message(Struct, frozen=True, kw_only=True):
    """What the service worker shows. `tag` lets a later message of the same case take the earlier one's place."""

    kind: str
    title: str
    body: str
    tag: str
    url: str
    urgent: bool = False


class Report(Struct, frozen=True, kw_only=True):
    """What became of one browser's message: `taken`, `gone`, `refused` or `later`."""

    id: str
    device: str
    outcome: str
    detail: str


class Pusher:
    """Sends to push services. `push_due` is run by a job, `test` by a person's tap."""

    def __init__(
        self, db: Database, city: Callable[[], City], sealer: Sealer, client: Callable[[], Awaitable[httpx.AsyncClient]]
    ) -> None:
        self.db, self.city, self.sealer, self.client = db, city, sealer, client
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._resting: dict[str, tuple[datetime, timedelta]] = {}
        """Subscription -> until when it is left alone, and for how long the next time."""

    async def push_due(self) -> int:
        """Push what waits; return how many notices a push service has taken."""
        browsers = await self.db.read(push.list_open)
        if not browsers:
            return 0
        due = await self._list_unheard(browsers, clock.now())
        pairs = [
            (each, ringing.browser)
            for each in gather_due(due)
            for ringing in browsers
            if ringing.is_for(each.notice.recipient, each.notice.role) and not self._is_resting(ringing.browser.id)
        ]
        told = await asyncio.gather(
            *(self._ring(browser, message_of(each, browser, self.city())) for each, browser in pairs)
        )
        taken = {
            key for (each, _), report in zip(pairs, told, strict=True) if report.outcome != "later" for key in each.keys
        }
        await self._note(told, sorted(taken))
        return len(taken)

    async def _list_unheard(self, browsers: Sequence[Ringing], now: datetime) -> list[Due]:
        """Return what waits for those who may be rung, and may still be told to them."""
        workers = {each.browser.worker_id for each in browsers} - {""}
        users = {each.username for each in browsers}
        due = await self.db.read(
            lambda c: outbox.list_unheard(c, sorted(workers), sorted(users), now - WORTH, now - GRACE, PER_RUN)
        )
        if all(each.role == Role.WORKER for each in due):
            return due
        city = self.city()
        people = people_of(await self.db.read(lambda c: read_people(c, city)), city)
        return [each for each in due if each.role == Role.WORKER or _may_be_told(people.find(each.recipient), each)]

    async def test(self, user_id: str) -> Sequence[Report]:
        """Send a test message to each browser of a person; return what became of each."""
        found = await self.db.read(lambda c: push.list_of_user(c, user_id))
        told = await asyncio.gather(*(self._ring(browser, _test_message(browser)) for browser in found))
        await self._note(told, [])
        return told

    async def _ring(self, browser: Subscription, message: Message) -> Report:
        body = await asyncio.to_thread(self.sealer.seal, browser, _encode(message))
        headers = self.sealer.headers(browser.endpoint, topic=message.tag, urgent=message.urgent)
        async with self._gate:
            outcome, detail = await send(await self.client(), browser.endpoint, body, headers)
        counters.PUSHED.labels(outcome.value).inc()
        self._rest(browser.id, is_needed=outcome is Outcome.LATER)
        return Report(id=browser.id, device=browser.device, outcome=outcome.value, detail=detail)

    async def _note(self, told: Sequence[Report], keys: Sequence[Key]) -> None:
        """Write what is known now; browsers that have withdrawn are forgotten."""
        reached = [each.id for each in told if each.outcome == "taken"]
        gone = [each.id for each in told if each.outcome == "gone"]
        if refused := [each.detail for each in told if each.outcome == "refused"]:
            log.warning("push refused", answers=sorted(set(refused)))
        if not (reached or gone or keys):
            return
        now = clock.now()

        def write(connection: Connection) -> None:
            push.note_reached(connection, reached, now)
            for each in gone:
                push.remove_subscription(connection, each)
            outbox.mark_pushed(connection, keys, now)

        await self.db.write(write)

    def _is_resting(self, browser: str) -> bool:
        return browser in self._resting and clock.now() < self._resting[browser][0]

    def _rest(self, browser: str, *, is_needed: bool) -> None:
        if not is_needed:
            self._resting.pop(browser, None)
            return
        _, span = self._resting.get(browser, (None, AGAIN_AFTER[0]))
        self._resting[browser] = (clock.now() + span, min(span * 2, AGAIN_AFTER[1]))


def message_of(told: Told, browser: Subscription, city: City) -> Message:
    """Return what a browser is told of a notice, in its language: what and where, and nothing of who reported it."""
    language = 0 if browser.language == "zh" else 1
    fact, cases = told.parts[0].fact, told.cases
    is_task = told.notice.kind == NoticeKind.TASK
    titles = WORDS.get(fact, _CHANGED) if is_task else _ABOVE[told.notice.kind]
    is_calm = fact in _QUIET_FACTS if is_task else told.notice.priority is Priority.GENERAL
    one = cases[0] if len(cases) == 1 else None
    return Message(
        kind=fact if is_task else told.notice.kind,
        title=titles[language].format(percent=told.percent, count=len(cases)),
        body=(_where(one, city, language) if one else ", ".join(case.number for case in cases))[:300],
        tag=one.id if one else told.notice.kind,
        url=_url_of(told.notice, one),
        urgent=not is_calm,
    )


def _where(case: Case, city: City, language: int) -> str:
    names = category_name(case.category, city.codes).name
    area = city.codes.areas.get(case.place.area)
    named = "" if area is None else (area.name_zh, area.name_en)[language]
    return " · ".join(part for part in ((names.zh, names.en)[language], case.place.address or named) if part)


def _url_of(notice: Notice, case: Case | None) -> str:
    """Return the page that shows it: a task on the worker's own, anything else at the desk."""
    if notice.role != Role.WORKER:
        return f"/console/?case={case.id}" if case else "/console/"
    is_own = case is not None and (notice.kind == NoticeKind.TASK or notice.recipient in holders_of(case))
    return f"/worker/#/task/{case.id}" if case and is_own else "/worker/"


def _may_be_told(actor: Actor | None, due: Due) -> bool:
    return actor is not None and may_hear_of(actor, due)


def _test_message(browser: Subscription) -> Message:
    at = 0 if browser.language == "zh" else 1
    url = "/worker/#/me" if browser.worker_id else "/console/"
    return Message(kind="test", title=_TEST[at], body=_TEST_BODY[at], tag="test", url=url, urgent=True)
