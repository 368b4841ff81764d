"""What the API needs of the rest of the platform (`services/bootstrap.py` gives it), and what it keeps itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

from starlette.requests import HTTPConnection

from dispatch.citymap import City
from dispatch.ids import MessageId, SourceId
from services.api.bans import Bans
from services.api.hands import Hands
from services.api.kept import Kept
from services.api.limits import RateLimit
from services.api.passwords import LoginThrottle
from services.api.recordings import RecordingFolder
from services.api.sso import SignOn
from services.api.vault import Vault
from services.engine.desk import Desk
from services.engine.pulled import LineState
from services.engine.renewal import Renewal
from services.live.calls import Switchboard
from services.live.push import Pusher
from services.live.tracks import Tracks
from services.settings import Settings
from services.store.database import Database
from services.store.pictures import PictureFolder


class Receiver(Protocol):
    """The inbox's door, for the messages that the API itself takes in (citizens' reports)."""

    async def receive(self, feed: str, source: SourceId, body: bytes, received_at: datetime) -> Sequence[MessageId]:
        """Store the message durably; return the ids of what it holds."""
        ...


class Behind(Protocol):
    """What is kept in memory for a second before it is written: the measures, the index of words."""

    async def flush(self) -> None:
        """Write it; who reads calls this first."""
        ...


class Platform(Protocol):
    """The parts that `bootstrap` has joined."""

    @property
    def settings(self) -> Settings: ...
    @property
    def db(self) -> Database: ...
    @property
    def city(self) -> City: ...
    @property
    def desk(self) -> Desk: ...
    @property
    def renewal(self) -> Renewal: ...
    @property
    def inbox(self) -> Receiver: ...
    @property
    def measures(self) -> Behind: ...
    @property
    def follower(self) -> Behind: ...
    @property
    def switchboard(self) -> Switchboard: ...
    @property
    def pusher(self) -> Pusher: ...
    @property
    def tracks(self) -> Tracks: ...
    @property
    def lines(self) -> Mapping[SourceId, LineState]:
        """How the line to each device that is pulled stands."""
        ...

    @property
    def started_at(self) -> datetime: ...


@dataclass(slots=True)
class Tools:
    """What the API keeps between requests, in this process only."""

    pictures: PictureFolder
    recordings: RecordingFolder
    vault: Vault
    sso: SignOn | None = None
    logins: LoginThrottle = field(default_factory=LoginThrottle)
    reports: RateLimit = field(default_factory=lambda: RateLimit(burst=30, per_minute=6))
    """Citizens' reports of one address: a mobile network has thousands of people behind one."""
    devices: RateLimit = field(default_factory=lambda: RateLimit(burst=12, per_minute=3))
    """Reports of one browser: somebody who walks along a street tells of a dozen things."""
    wave: RateLimit = field(default_factory=lambda: RateLimit(burst=400, per_minute=200))
    """Reports of strangers in the whole city: a city of ten millions has some ten a minute, on its worst days fifty."""
    plain: RateLimit = field(default_factory=lambda: RateLimit(burst=3, per_minute=1))
    """Reports of one network by the page without scripts while others must bring a proof of work: it can bring none."""
    questions: RateLimit = field(default_factory=lambda: RateLimit(burst=120, per_minute=240))
    """Following a report, asking for categories and places without a login."""
    codes: RateLimit = field(default_factory=lambda: RateLimit(burst=10, per_minute=2))
    """Codes that one network address has sent out: each may cost the city a short message."""
    public: RateLimit = field(default_factory=lambda: RateLimit(burst=300, per_minute=600))
    """The public map, list, pages and feeds: a page asks again whenever its map is moved."""
    exports: RateLimit = field(default_factory=lambda: RateLimit(burst=10, per_minute=6))
    """Files of open data: each may be read for a minute."""
    kept: Kept = field(default_factory=Kept)
    """Answers to the public."""
    bans: Bans = field(default_factory=Bans)
    hands: Hands = field(default_factory=Hands)
    """Uploads in memory."""
    in_progress: set[str] = field(default_factory=set)
    """Idempotency keys whose requests are being worked on."""


def platform_of(request: HTTPConnection) -> Platform:
    return cast(Platform, request.app.state.platform)


def tools_of(request: HTTPConnection) -> Tools:
    return cast(Tools, request.app.state.tools)
