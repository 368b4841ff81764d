"""An ONVIF camera: its clock, its pull points, and a UsernameToken that must be signed by that clock."""

import asyncio
import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.observe import clock
from tests.parts.devices import PASSWORD, USERNAME, Asked, say

SKEW_MAX = timedelta(seconds=5)
SOAP = "http://www.w3.org/2003/05/soap-envelope"
HEADER = "Content-Type: application/soap+xml; charset=utf-8"
OWN_PARAMETER = '<dom0:SubscriptionId xmlns:dom0="http://www.axis.com/2009/event">7</dom0:SubscriptionId>'


@dataclass(slots=True)
class Camera:
    """`ahead` is how wrong its clock is; `life_s` how long a subscription lasts without a Renew."""

    ahead: timedelta = timedelta(0)
    life_s: float = 60.0
    knows_renew: bool = True
    is_frozen: bool = False
    events: list[str] = field(default_factory=list)
    """Bodies of NotificationMessage that wait to be pulled."""
    done: list[str] = field(default_factory=list)
    """Names of the operations that it has done."""
    ends: dict[int, datetime] = field(default_factory=dict)
    inner_host: str = "http://10.99.99.99:81"
    """What it calls itself."""

    def now(self) -> datetime:
        return clock.now() + self.ahead

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if self.is_frozen:
            await asyncio.Event().wait()
        text = asked.body.decode()
        found = re.search(r"<s:Body><(\w+)", text)
        name = found.group(1) if found else ""
        if name == "GetSystemDateAndTime":
            await self._tell_time(writer)
        elif not self._is_signed(text):
            await self._fault(writer, "400 Bad Request", "ter:NotAuthorized", "Sender not authorized")
        else:
            self.done.append(name)
            await getattr(self, f"_do_{name}")(asked, text, writer)

    async def _do_CreatePullPointSubscription(self, asked: Asked, text: str, writer: asyncio.StreamWriter) -> None:  # noqa: N802
        number = len(self.ends) + 1
        self.ends[number] = self.now() + timedelta(seconds=self.life_s)
        reference = f"<a:Address>{self.inner_host}/onvif/sub/{number}?x=1</a:Address>"
        reference += f"<a:ReferenceParameters>{OWN_PARAMETER}</a:ReferenceParameters>"
        await _say(
            writer,
            f"<CreatePullPointSubscriptionResponse><SubscriptionReference>{reference}</SubscriptionReference>"
            f"{self._times(number)}</CreatePullPointSubscriptionResponse>",
        )

    async def _do_PullMessages(self, asked: Asked, text: str, writer: asyncio.StreamWriter) -> None:  # noqa: N802
        number = self._number(asked, text)
        if self.now() > self.ends.get(number, datetime.min.replace(tzinfo=UTC)):
            await self._fault(writer, "400 Bad Request", "wsrf-rw:ResourceUnknownFault", "no such subscription")
            return
        for _ in range(20):
            if self.events:
                break
            await asyncio.sleep(0.01)
        body = "".join(self.events)
        self.events.clear()
        await _say(
            writer, f"<tev:PullMessagesResponse xmlns:tev='t'>{self._times(number)}{body}</tev:PullMessagesResponse>"
        )

    async def _do_Renew(self, asked: Asked, text: str, writer: asyncio.StreamWriter) -> None:  # noqa: N802
        number = self._number(asked, text)
        if not self.knows_renew:
            await self._fault(writer, "500 Internal Server Error", "ter:ActionNotSupported", "not supported")
            return
        self.ends[number] = self.now() + timedelta(seconds=self.life_s)
        await _say(writer, f"<RenewResponse>{self._times(number)}</RenewResponse>")

    async def _do_Unsubscribe(self, asked: Asked, text: str, writer: asyncio.StreamWriter) -> None:  # noqa: N802
        self.ends.pop(self._number(asked, text), None)
        await _say(writer, "<UnsubscribeResponse/>")

    def forget(self) -> None:
        """Lose all subscriptions, as a camera does that starts anew."""
        for number in self.ends:
            self.ends[number] = datetime.min.replace(tzinfo=UTC)

    def _number(self, asked: Asked, text: str) -> int:
        assert re.search(r"SubscriptionId[^>]*>7</", text), "what the subscription wants to see again is missing"
        return int(asked.target.split("/")[-1].split("?")[0])

    def _times(self, number: int) -> str:
        return (
            f"<CurrentTime>{self.now().strftime('%Y-%m-%dT%H:%M:%S.%fZ')}</CurrentTime>"
            f"<TerminationTime>{self.ends[number].strftime('%Y-%m-%dT%H:%M:%S.%fZ')}</TerminationTime>"
        )

    def _is_signed(self, text: str) -> bool:
        found = {
            name: re.search(rf"<[uw]:{name}(?: [^>]*)?>([^<]*)<", text)
            for name in ("Username", "Password", "Nonce", "Created")
        }
        told = {name: match.group(1) if match else "" for name, match in found.items()}
        if told["Username"] != USERNAME or not told["Created"]:
            return False
        digest = hashlib.sha1(base64.b64decode(told["Nonce"]) + told["Created"].encode() + PASSWORD.encode()).digest()
        skew = abs(datetime.fromisoformat(told["Created"]) - self.now())
        return base64.b64encode(digest).decode() == told["Password"] and skew < SKEW_MAX

    async def _tell_time(self, writer: asyncio.StreamWriter) -> None:
        now = self.now()
        await _say(
            writer,
            "<GetSystemDateAndTimeResponse><SystemDateAndTime><UTCDateTime>"
            f"<Time><Hour>{now.hour}</Hour><Minute>{now.minute}</Minute><Second>{now.second}</Second></Time>"
            f"<Date><Year>{now.year}</Year><Month>{now.month}</Month><Day>{now.day}</Day></Date>"
            "</UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>",
        )

    async def _fault(self, writer: asyncio.StreamWriter, status: str, code: str, reason: str) -> None:
        body = (
            f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{code}</s:Value></s:Subcode></s:Code>"
            f"<s:Reason><s:Text xml:lang='en'>{reason}</s:Text></s:Reason></s:Fault>"
        )
        await _say(writer, body, status)


async def _say(writer: asyncio.StreamWriter, body: str, status: str = "200 OK") -> None:
    envelope = f"<s:Envelope xmlns:s='{SOAP}' xmlns:a='a'><s:Body>{body}</s:Body></s:Envelope>"
    await say(writer, status, envelope.encode(), HEADER)


def notification(topic: str, value: str) -> str:
    return (
        f"<n:NotificationMessage xmlns:n='n'><n:Topic>{topic}</n:Topic><n:Message><t:Message xmlns:t='t' "
        f"UtcTime='2026-05-01T08:00:00Z' PropertyOperation='Changed'><t:Data><t:SimpleItem Name='State' "
        f"Value='{value}'/></t:Data></t:Message></n:Message></n:NotificationMessage>"
    )
