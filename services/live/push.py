"""Rings workers whose phone does not listen, through their browsers' push services.

Fed by the outbox: a notice that no socket has taken within a few seconds is pushed, once for each browser that its
worker has allowed. It stays undelivered until the phone itself comes back: a push service promises nothing.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import httpx
import msgspec
import structlog
from msgspec import Struct
from sqlalchemy import Connection

from dispatch.citymap import City
from services.live.views import category_name
from services.live.webpush import Outcome, Sealer, send
from services.observe import clock, counters
from services.store import push
from services.store.database import Database
from services.store.push import Due, Subscription

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
}
"""Fact -> the title of its message, zh and en; other facts are told as a change."""
_CHANGED = ("任务有变化", "A task of yours has changed")
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

    def __init__(self, db: Database, city: Callable[[], City], sealer: Sealer, client: httpx.AsyncClient) -> None:
        self.db, self.city, self.sealer, self.client = db, city, sealer, client
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._resting: dict[str, tuple[datetime, timedelta]] = {}
        """Subscription -> until when it is left alone, and for how long the next time."""

    async def push_due(self) -> int:
        """Push what waits; return how many notices a push service has taken."""
        now = clock.now()
        due = await self.db.read(lambda c: push.list_due(c, now - WORTH, now - GRACE, PER_RUN))
        if not due:
            return 0
        found = await self.db.read(lambda c: push.list_of_workers(c, sorted({each.worker for each in due})))
        pairs = [
            (each, browser)
            for each in due
            for browser in found
            if browser.worker_id == each.worker and not self._is_resting(browser.id, now)
        ]
        told = await asyncio.gather(
            *(self._ring(browser, message_of(each, browser, self.city())) for each, browser in pairs)
        )
        done = {each.seq for (each, _), report in zip(pairs, told, strict=True) if report.outcome != "later"}
        await self._note(told, sorted(done))
        return len(done)

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
            outcome, detail = await send(self.client, browser.endpoint, body, headers)
        counters.PUSHED.labels(outcome.value).inc()
        self._rest(browser.id, is_needed=outcome is Outcome.LATER)
        return Report(id=browser.id, device=browser.device, outcome=outcome.value, detail=detail)

    async def _note(self, told: Sequence[Report], seqs: Sequence[int]) -> None:
        """Write what is known now; browsers that have withdrawn are forgotten."""
        reached = [each.id for each in told if each.outcome == "taken"]
        gone = [each.id for each in told if each.outcome == "gone"]
        if refused := [each.detail for each in told if each.outcome == "refused"]:
            log.warning("push refused", answers=sorted(set(refused)))
        if not (reached or gone or seqs):
            return
        now = clock.now()

        def write(connection: Connection) -> None:
            push.note_reached(connection, reached, now)
            for each in gone:
                push.remove_subscription(connection, each)
            push.note_pushed(connection, seqs, now)

        await self.db.write(write)

    def _is_resting(self, browser: str, at: datetime) -> bool:
        return browser in self._resting and at < self._resting[browser][0]

    def _rest(self, browser: str, *, is_needed: bool) -> None:
        if not is_needed:
            self._resting.pop(browser, None)
            return
        _, span = self._resting.get(browser, (None, AGAIN_AFTER[0]))
        self._resting[browser] = (clock.now() + span, min(span * 2, AGAIN_AFTER[1]))


def message_of(due: Due, browser: Subscription, city: City) -> Message:
    """Return what a browser is told of a notice, in its language: what and where, and nothing of who reported it."""
    is_zh = browser.language == "zh"
    title = WORDS.get(due.kind, _CHANGED)[0 if is_zh else 1]
    names = category_name(due.case.category, city.codes).name
    area = city.codes.areas.get(due.case.place.area)
    named = "" if area is None else (area.name_zh if is_zh else area.name_en)
    where = due.case.place.address or named
    body = " · ".join(part for part in (names.zh if is_zh else names.en, where) if part)
    return Message(
        kind=due.kind,
        title=title,
        body=body[:300],
        tag=due.case.id,
        url=f"/worker/#/task/{due.case.id}",
        urgent=due.kind != "TaskWithdrawn",
    )


def _test_message(browser: Subscription) -> Message:
    at = 0 if browser.language == "zh" else 1
    return Message(kind="test", title=_TEST[at], body=_TEST_BODY[at], tag="test", url="/worker/#/me", urgent=True)
