"""Who speaks in an MQTT message. The broker knows its clients; we know them by the topic or by the message itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from dispatch.city import Source
from dispatch.ids import SourceId
from services.engine.senders import Senders
from services.feeds import Feed


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
        """Return the source; the first name, as it is, where the city knows none of them.

        By id or external id from the topic, else by what the message names, else the feed's gateway if it has but one.
        """
        for name in (*names, self._feeds[feed].sender(body)):
            source = self._find(feed, name) if name else None
            if source is not None:
                return source.gateway or source.id
        gateways = self._gateways.get(feed, [])
        return gateways[0] if len(gateways) == 1 else SourceId(names[0])

    def _find(self, feed: str, name: str) -> Source | None:
        by_id = self._senders().find(SourceId(name))
        return by_id if by_id is not None and by_id.feed == feed else self._named.get((feed, name))
