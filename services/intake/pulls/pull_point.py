"""ONVIF pull points: a subscription is made, asked for what has come, and renewed before it lapses (ONVIF Core, 9.2).

The subscription's address is the device's word; only its path is taken, and the host stays the one that the city has
declared: devices behind a router name their inner address, and an address of a device's choosing is none of ours.
Times of the device are compared among themselves only; how long a subscription lasts is counted by our own clock.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import httpx

from services.intake.pulls import soap
from services.intake.pulls.line import CONNECT_S, Line, LineEnded, Protocol, SignInRefused
from services.observe import clock

LIFETIME_S = 60
"""How long a subscription is asked to last: a device keeps a few only, and ours must lapse when we are gone."""
WAIT_S = 10
"""How long the device may wait for an event before it answers; an empty answer is its heartbeat."""
MESSAGES_MAX = 100
EMPTY_S = 0.2
"""A pause after an empty answer: some devices do not wait for an event but answer at once."""
LATE_S = 10.0
"""How much later than `WAIT_S` an answer may come. Without one the device is silent."""
SHORTEST_S = 2.0
"""Renewed no more often than this, however short a life a device gives."""
DEVICE_PATH = "/onvif/device_service"

_CREATE = (
    f'<CreatePullPointSubscription xmlns="{soap.EVENTS}"><InitialTerminationTime>PT{LIFETIME_S}S'
    "</InitialTerminationTime></CreatePullPointSubscription>"
)
_PULL = (
    f'<PullMessages xmlns="{soap.EVENTS}"><Timeout>PT{{wait_s}}S</Timeout><MessageLimit>{MESSAGES_MAX}</MessageLimit>'
    "</PullMessages>"
)
_RENEW = f'<Renew xmlns="{soap.BASE_NOTIFICATION}"><TerminationTime>PT{LIFETIME_S}S</TerminationTime></Renew>'
_UNSUBSCRIBE = f'<Unsubscribe xmlns="{soap.BASE_NOTIFICATION}"/>'
_CLOCK = '<GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/>'
_PORT = "http://www.onvif.org/ver10/events/wsdl/{}"
_MANAGER = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/{}Request"
CREATE_ACTION = _PORT.format("EventPortType/CreatePullPointSubscriptionRequest")
PULL_ACTION = _PORT.format("PullPointSubscription/PullMessagesRequest")
RENEW_ACTION = _MANAGER.format("Renew")
UNSUBSCRIBE_ACTION = _MANAGER.format("Unsubscribe")


@dataclass(slots=True)
class Subscription:
    """Where it is asked, what it wants to see again, and how long it lasts."""

    url: httpx.URL
    more: str
    life_s: float


@dataclass(slots=True)
class Service:
    """Asks one device, signed by its own clock."""

    line: Line
    auth: httpx.Auth
    """Some devices sign the HTTP request too; one object for all, so that they ask for it once."""
    ahead: timedelta = timedelta(0)
    now: Callable[[], datetime] = clock.now

    async def ask(
        self, url: httpx.URL, body: str, action: str, *, more: str = "", wait_s: float = 0.0, signed: bool = True
    ) -> tuple[Element, bytes]:
        """Return the answer, read and as it came.

        :raises SignInRefused, LineEnded: where the device answers with a fault, with nothing, or not at all.
        """
        credential = self.line.credential
        token = soap.make_token(credential.username, credential.password, self.now() + self.ahead) if signed else ""
        content = soap.make_envelope(body, action=action, to=str(url) if action else "", security=token, more=more)
        content_type = f'application/soap+xml; charset=utf-8; action="{action}"' if action else "application/soap+xml"
        timeout = httpx.Timeout(CONNECT_S, read=wait_s + (self.line.quiet_s or LATE_S))
        try:
            answer = await self.line.client.post(
                url,
                content=content,
                headers={"Content-Type": content_type},
                auth=self.auth if signed else httpx.Auth(),
                timeout=timeout,
            )
        except httpx.ReadTimeout:
            raise LineEnded(f"the device has not answered for {timeout.read or 0:g} s") from None
        if answer.status_code in (401, 403):
            raise SignInRefused(f"the device refuses the sign-in ({answer.status_code})")
        root = soap.read_answer(answer.content)
        fault = soap.find_fault(root)
        if fault is not None:
            raise SignInRefused(fault) if soap.is_refusal(fault) else LineEnded(fault)
        if answer.status_code != 200:
            raise LineEnded(f"the device answers {answer.status_code}")
        return root, answer.content

    async def learn_clock(self) -> None:
        """Ask what time the device has; it may be asked without a name (ONVIF Core, 5.12.1, PRE_AUTH)."""
        try:
            root, _ = await self.ask(self.line.url.copy_with(path=DEVICE_PATH, query=None), _CLOCK, "", signed=False)
        except LineEnded:
            return  # the token is then signed with our own time
        self.ahead = soap.clock_ahead(root, self.now())

    async def subscribe(self) -> Subscription:
        root, _ = await self.ask(self.line.url, _CREATE, CREATE_ACTION)
        address = soap.text_of(root, "Address")
        url = _at_our_host(self.line.url, address) if address else self.line.url
        return Subscription(url, soap.reference_parameters(root), _life_s(root))


async def run(line: Line) -> None:
    """Subscribe, and pull until the device falls silent or ends the subscription."""
    service = Service(line, line.credential.sign_in())
    await service.learn_clock()
    subscription = await service.subscribe()
    line.note_connected()
    try:
        await _pull(service, subscription)
    finally:
        await _unsubscribe(service, subscription)


async def _pull(service: Service, subscription: Subscription) -> None:
    loop = asyncio.get_running_loop()
    renew_at = loop.time() + subscription.life_s / 2
    while True:
        wait_s = max(1, min(WAIT_S, int(subscription.life_s / 2)))
        body = _PULL.format(wait_s=wait_s)
        root, content = await service.ask(subscription.url, body, PULL_ACTION, more=subscription.more, wait_s=wait_s)
        if soap.find(root, "NotificationMessage") is None:
            await service.line.note_heartbeat(content)
            await asyncio.sleep(EMPTY_S)
        else:
            await service.line.hand_over(content, ())
        if loop.time() >= renew_at:
            subscription.life_s = await _renew(service, subscription)
            renew_at = loop.time() + subscription.life_s / 2


async def _renew(service: Service, subscription: Subscription) -> float:
    """Lengthen the subscription; return how long it lasts now."""
    try:
        root, _ = await service.ask(subscription.url, _RENEW, RENEW_ACTION, more=subscription.more)
    except SignInRefused:
        raise
    except LineEnded:
        # Some devices lengthen it by every pull and know no Renew. If it has lapsed the next pull says so.
        return subscription.life_s
    return _life_s(root)


async def _unsubscribe(service: Service, subscription: Subscription) -> None:
    """Free the device's place; where it cannot be reached it frees it itself."""
    try:
        async with asyncio.timeout(CONNECT_S / 5):
            await service.ask(subscription.url, _UNSUBSCRIBE, UNSUBSCRIBE_ACTION, more=subscription.more)
    except (LineEnded, httpx.HTTPError, TimeoutError):
        return


def _at_our_host(declared: httpx.URL, address: str) -> httpx.URL:
    """Return the path and query of what a device calls itself, at the host that the city has declared."""
    try:
        named = httpx.URL(address)
    except httpx.InvalidURL:
        raise LineEnded("the device names an address that is none") from None
    return declared.copy_with(raw_path=named.raw_path or b"/")


def _life_s(root: Element) -> float:
    """Return how long a subscription lasts: the difference of two times of the device's clock."""
    began, ends = (_instant(soap.text_of(root, name)) for name in ("CurrentTime", "TerminationTime"))
    if began is None or ends is None:
        return float(LIFETIME_S)
    return min(max((ends - began).total_seconds(), SHORTEST_S), float(LIFETIME_S))


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


PULL_POINT = Protocol(run=run, path="/onvif/event_service")
