"""Every module in this package is one feed. Add a file with a FEED; nothing else changes.

A feed turns the bytes of one message into what they say. It knows its format and nothing of doors,
stores or other feeds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from importlib import import_module
from itertools import zip_longest
from pkgutil import iter_modules
from zoneinfo import ZoneInfo

import msgspec

from dispatch.city import Source
from dispatch.event import Event, Reading, Record
from dispatch.ids import MessageId, SourceId
from dispatch.webhooks import WebhookMapping

PARTS_MAX = 10_000
"""Most messages in one request: a batch beyond it is refused whole (413) rather than read for minutes."""


class Unreadable(Exception):
    """The message is not what its feed speaks. `reason` is a stable word, the text says what was wrong.

    The message goes to quarantine and can be replayed.
    """

    def __init__(self, reason: str, detail: str, *, asks: "Sequence[Ask]" = ()) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail[:2_000]
        self.asks = asks
        """What would make the next messages readable."""


def know_nothing(_key: str) -> bytes | None:
    """Say that nothing was learned."""
    return None


def no_mapping(_external_id: str) -> WebhookMapping | None:
    """Say that the city maps nothing."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a message came from: the source whose key it carried, and the others that it may speak for."""

    message_id: MessageId
    source: Source
    received_at: datetime
    find_child: Callable[[SourceId, str], Source | None]
    """(gateway, external id) -> the source behind that gateway, None if the city knows none of that name."""
    kind_of_label: Callable[[str], str]
    """A detector's word -> the city's video type, "" if no type has that word."""
    dwell_s: Callable[[str], float]
    """A video type -> how many seconds it must last before it counts."""
    find_mapping: Callable[[str], WebhookMapping | None] = no_mapping
    """A source's external id -> how the city pack has its JSON read."""
    recall: Callable[[str], bytes | None] = know_nothing
    """What the feed has said to have `Learned` of this sender under the key, None for nothing."""
    recall_shared: Callable[[str], bytes | None] = know_nothing
    """The same, of what was `Learned` for all senders of the feed."""
    zone: tzinfo = UTC
    """The city's time zone: that of a time that a message gives without one."""
    kinds_of_label: Callable[[str], Sequence[str]] = lambda _label: ()
    """A detector's word -> all video types that have it, in the order of the city's table."""

    def child(self, *external_ids: str) -> Source:
        """Return the source that the message names, by the first of its names that the city knows; the sender itself
        where it knows none.
        """
        known = (self.find_child(self.source.id, each) for each in external_ids if each)
        return next((source for source in known if source), self.source)

    def zone_of(self, source: Source) -> tzinfo:
        """Return the zone of times that the source gives without one: its own by the pack, else the city's."""
        return ZoneInfo(source.timezone) if source.timezone else self.zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What a message tells of how to read the next ones, such as the names behind a node's numbers.

    It is kept in the same commit as all else that the message says, for the sender (`Origin.source`) and the key.
    """

    key: str
    doc: bytes
    is_shared: bool = False
    """For all senders of the feed (`Origin.recall_shared`): a node's devices may be sources of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a message would have us ask the outer world. No feed asks itself: it is done after the commit, by who does
    I/O, seldom for one key, and not at all where that is not possible. Nothing may depend on it.
    """

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish(Ask):
    """A message to the sender over the broker that it came by, `wait_s` from now."""

    topic: str
    payload: bytes
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Ask):
    """That what waits under the key is no longer wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPicture(Ask):
    """A picture that lies at the sender (`Source.pull`), by path and query, with others to try where it is not there.

    It comes back as `message` of the same feed and sender, with the picture (`part_media`).
    """

    paths: tuple[str, ...]
    message: bytes
    about: str = ""
    """Path of JSON that tells of the picture. The message, a JSON object, then comes back with two members more:
    `about`, what that says once the picture is here (null for nothing), and `picture` (`Fetched`).
    """


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """Which picture was fetched, and its size in pixels as its header claims; 0 where that cannot be read."""

    path: str = ""
    width: int = 0
    height: int = 0


LEARNED_KEY_MAX = 200
LEARNED_BYTES_MAX = 1024 * 1024
"""Bytes under one key: the birth of a node with some ten thousand metrics."""
LEARNED_MAX = 10_000
"""Keys of one server. It keeps them in memory: a node of a hundred metrics takes about five thousand bytes."""

Said = Event | Reading | Record | Learned | Ask

_AT = b"@"
"""Begins the line of an address. Neither JSON nor a Sparkplug payload can begin with it."""


def with_address(address: str, body: bytes) -> bytes:
    """Return the message under a line that says where it came: a topic, or "?" and the query of a request."""
    return _AT + address.replace("\n", " ").encode("utf-8", "replace") + b"\n" + body


def part_address(body: bytes) -> tuple[str, bytes]:
    """Return the address and the message as it came; the address is "" where none was kept (an imported file)."""
    if not body.startswith(_AT):
        return "", body
    line, _, message = body[len(_AT) :].partition(b"\n")
    return line.decode("utf-8", "replace"), message


MEDIA_MAX = 10
"""Pictures of one event."""
_MEDIA = b"!"
"""Begins the line that names the pictures of a message. No text of a feed with pictures can begin with it."""
_MEDIA_LINE = re.compile(rb"!((?:[0-9a-f]{40}(?:=[0-9A-Za-z._-]{1,64})? ?){1,32})\n")
PICTURE_NAME = re.compile("[0-9A-Za-z._-]{1,64}")
"""A name that a sender may give a picture (`detectionPicture.jpg`); any other is as none."""
_NAMED = re.compile(rb"""\b(?:file)?name\s*=\s*"?([^";\r\n]{1,80})""", re.IGNORECASE)


def name_in(disposition: bytes) -> str:
    """Return the `filename` of a Content-Disposition (RFC 7578, 4.2), else its `name`, "" where it has neither."""
    names = [(found.group().lower().startswith(b"file"), found.group(1)) for found in _NAMED.finditer(disposition)]
    return max(names, key=lambda each: each[0])[1].strip().decode("latin-1") if names else ""


class Picture(bytes):
    """A picture's bytes with the name that its sender gave it in the message. Plain bytes are a picture without one."""

    name = ""

    @classmethod
    def named(cls, name: str, body: bytes) -> "Picture":
        """Return the picture; without a name where that is none."""
        picture = cls(body)
        picture.name = name if PICTURE_NAME.fullmatch(name) else ""
        return picture


def name_of(picture: bytes) -> str:
    """Return the name of a picture, "" for one without."""
    return picture.name if isinstance(picture, Picture) else ""


def with_media(media: Sequence[str], body: bytes, names: Sequence[str] = ()) -> bytes:
    """Return the message under a line that tells the ids of the pictures that came with it, and the `names` of those
    that have one ("" for none).
    """
    told = zip_longest(media, names[: len(media)], fillvalue="")
    words = [f"{media_id}={name}" if name else media_id for media_id, name in told]
    return _MEDIA + " ".join(words).encode() + b"\n" + body if words else body


def part_media(body: bytes) -> tuple[tuple[str, ...], bytes]:
    """Return the ids of the pictures that came with a message, and the message as it came."""
    names, message = part_pictures(body)
    return tuple(names), message


def part_pictures(body: bytes) -> tuple[Mapping[str, str], bytes]:
    """Return the ids of the pictures that came with a message with their names ("" for none), and the message."""
    found = _MEDIA_LINE.match(body)
    if not found:
        return {}, body
    words = (word.partition("=") for word in found.group(1).decode().split())
    return {media_id: name for media_id, _, name in words}, body[found.end() :]


Pictured = tuple[bytes, Sequence[bytes]]
"""A message, and the pictures that came with it: each may be a `Picture` with a name."""


def whole(body: bytes) -> Sequence[bytes]:
    """Take the body as one message."""
    return (body,)


def nameless(_body: bytes) -> str:
    """Say that a message does not name its sender: its topic or its key must."""
    return ""


def by_content(_part: bytes) -> bytes | None:
    """Tell messages apart by all their bytes."""
    return None


def never(_part: bytes) -> bool:
    """Say that each message tells when it is of."""
    return False


XML_TYPES = ("application/xml", "text/xml", "application/soap+xml")
"""Media types of XML (RFC 7303, section 9; SOAP 1.2, section 7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How one family of senders is understood.

    `split` parts a request that carries many messages; each is then stored, read and refused by itself.
    `key` gives what makes a message this message and no other (None: all its bytes).
    `translate` raises `Unreadable` and nothing else.
    """

    name: str
    translate: Callable[[bytes, Origin], Sequence[Said]]
    split: Callable[[bytes], Sequence[bytes]] = whole
    split_pictured: Callable[[bytes], Sequence[Pictured]] | None = None
    """`split` for a feed whose bodies hold pictures. They are kept, and `translate` is given the message under a line
    that names them (`part_media`).
    """
    key: Callable[[bytes], bytes | None] = by_content
    sender: Callable[[bytes], str] = nameless
    """Which source a message that came over a shared topic is of, by external id."""
    is_timeless: Callable[[bytes], bool] = never
    """Whether a message holds nothing of its own time: the same bytes at another time are then another message."""
    content_types: tuple[str, ...] = ()
    """Media types that its door takes beside JSON, lower-case and without parameters."""
    key_in_query: bool = False
    has_address: bool = False
    """Whether the topic (MQTT) or the query (HTTP) says what the bytes do not: what a message is, or whose. It is then
    stored with them (`with_address`), and `split`, `key`, `sender` and `translate` are given both.
    """
    mqtt_topics: tuple[str, ...] = ()
    summary: str = ""
    pointing: str = ""
    """How the real device is pointed at Wardline; shown by `wardline source add`."""


def load_feeds() -> Mapping[str, Feed]:
    """Return every feed by name.

    :raises TypeError: if a module in this package does not export FEED, or under another name.
    """
    feeds: dict[str, Feed] = {}
    for found in iter_modules(__path__):
        if found.name.startswith("_"):
            continue
        feed = getattr(import_module(f"{__name__}.{found.name}"), "FEED", None)
        if not isinstance(feed, Feed):
            raise TypeError(f"services/feeds/{found.name}.py must export FEED")
        if feed.name != found.name:
            raise TypeError(f"services/feeds/{found.name}.py exports a feed named {feed.name!r}")
        feeds[feed.name] = feed
    return feeds
