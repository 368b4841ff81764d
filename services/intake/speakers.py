"""Who speaks in an MQTT message. The broker knows its clients; we know them by the topic or by the message itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from dispatch.city import Source
from dispatch.ids import SourceId
from services.engine.senders import Senders
from services.feeds import Feed

ID_MAX = 80
"""Characters of a source's id."""


class Speakers:
    """Finds the source whose key the message would have carried by HTTP: the gateway, where there is one."""

    def __init__(self, feeds: Mapping[str, Feed], pack: Iterable[Source], senders: Callable[[], Senders]) -> None:
        self._feeds = feeds
        self._senders = senders  # asked each time: the engine makes them anew when it reads its state again
        self._named: dict[tuple[str, str], Source] = {}
        self._gateways: dict[str, list[SourceId]] = {}
        for source in pack:
            self._named.setdefault((source.feed, source.external_id), source)
            if source.kind == "gateway":
                self._gateways.setdefault(source.feed, []).append(source.id)

    def find(self, feed: str, names: Sequence[str], body: bytes) -> SourceId:
        """Return the source, by id or external id from the topic, else by what the message names, else the feed's
        only gateway. Where the city knows none, return the id that `wardline source add` will give the first name:
        its messages wait in quarantine, and can be replayed then.
        """
        for name in (*names, self._feeds[feed].sender(body)):
            source = self._find(feed, name) if name else None
            if source is not None:
                return source.gateway or source.id
        gateways = self._gateways.get(feed, [])
        return gateways[0] if len(gateways) == 1 else _by_hand(feed, names[0])

    def _find(self, feed: str, name: str) -> Source | None:
        for source_id in (SourceId(name), _by_hand(feed, name)):
            found = self._senders().find(source_id)
            if found is not None and found.feed == feed:
                return found
        return self._named.get((feed, name))


def _by_hand(feed: str, name: str) -> SourceId:
    return SourceId(f"{feed}:{name}"[:ID_MAX])
