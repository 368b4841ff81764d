"""Who sends: the sources of the city pack and those made by hand, found by key, by name, and when last heard."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from dispatch.city import Codes, Source
from dispatch.health.judge import Signs, quiet_limit_s
from dispatch.ids import MessageId, SourceId
from services.engine.vitals import Vitals, Ward
from services.feeds import Origin

UNKNOWN = Source(id=SourceId(""), feed="", kind="desk", external_id="", name_zh="", name_en="")
"""Stands in for a source that was taken out of the pack after it had sent."""


def shared_sender(feed: str) -> SourceId:
    """Return under whose name that is kept which a feed has learned for all its senders."""
    return SourceId(f"feed {feed}")


class Senders:
    """All sources, in memory. `heard` is what liveness is judged by."""

    def __init__(self, codes: Codes, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._sources: dict[SourceId, Source] = dict(codes.sources)
        self._by_hand: set[SourceId] = set()
        self._children: dict[tuple[SourceId, str], Source] = {}
        self._named: dict[tuple[str, str], Source] = {}
        for source in codes.sources.values():
            self._children[(source.gateway, source.external_id)] = source
            self._named.setdefault((source.feed, source.external_id), source)
        self._keys: dict[str, SourceId] = {}
        self._find_mapping = codes.webhooks.get
        self._kinds_of_label = _labels(codes)
        self._dwell_s = {each.type: each.dwell_s for each in codes.video_types.values()}
        self.learned: dict[tuple[SourceId, str], bytes] = {}
        """What feeds have learned of senders (`services.feeds.Learned`)."""
        self.listening_since = datetime.min.replace(tzinfo=UTC)
        self.last_heard: dict[SourceId, datetime] = {}
        self.lost: set[SourceId] = set()
        self.changed: set[SourceId] = set()
        """Sources whose state is not yet in the database."""
        self.ward = Ward()

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources.values())

    def add(self, source: Source) -> None:
        """Add a source made by hand."""
        self._sources[source.id] = source
        self._by_hand.add(source.id)
        self._named.setdefault((source.feed, source.external_id), source)

    def renew(self, codes: Codes) -> "Senders":
        """Return the sources of another version of the pack, with those made by hand, all keys, and who was heard."""
        renewed = Senders(codes, self._zone)
        for source_id in self._by_hand:
            renewed.add(self._sources[source_id])
        renewed._keys, renewed.learned = self._keys, self.learned
        renewed.last_heard, renewed.lost, renewed.changed = self.last_heard, self.lost, self.changed
        renewed.listening_since, renewed.ward = self.listening_since, self.ward
        return renewed

    def restore(self, source_id: SourceId, last_heard_at: datetime | None, *, lost: bool) -> None:
        """Take over what was known of a source before the start."""
        if last_heard_at is not None:
            self.last_heard[source_id] = last_heard_at
        if lost:
            self.lost.add(source_id)

    def restore_vitals(self, source_id: SourceId, doc: bytes) -> None:
        """Take over what was learned of a source before the start."""
        self.ward.restore(source_id, doc)

    def take_over(self, before: "Senders") -> None:
        """Take over when sources were heard, as far as that was not yet written."""
        for source_id in before.changed:
            if source_id in before.last_heard:
                self.last_heard[source_id] = before.last_heard[source_id]
        self.changed = before.changed
        self.listening_since = before.listening_since
        before.ward.changed |= before.changed
        self.ward.take_over(before.ward)

    def get(self, source_id: SourceId) -> Source:
        return self._sources.get(source_id, UNKNOWN)

    def find(self, source_id: SourceId) -> Source | None:
        return self._sources.get(source_id)

    def add_key(self, key_hash: str, source_id: SourceId) -> None:
        self._keys[key_hash] = source_id

    def remove_key(self, key_hash: str) -> None:
        """Forget a key that was withdrawn."""
        self._keys.pop(key_hash, None)

    def find_by_key(self, key_hash: str) -> Source | None:
        source_id = self._keys.get(key_hash)
        return None if source_id is None else self._sources.get(source_id)

    def find_child(self, gateway: SourceId, external_id: str) -> Source | None:
        """Return the source that the gateway calls so.

        A source made by hand was let in by an administrator for a whole feed: it may speak for any source of it.
        """
        child = self._children.get((gateway, external_id))
        if child is None and gateway in self._by_hand:
            child = self._named.get((self._sources[gateway].feed, external_id))
        return child

    def list_voiced(self, source_id: SourceId) -> tuple[SourceId, ...]:
        """Return the sources that this one's key speaks for: itself, those that it is the gateway of, and, for one made
        by hand, all of its feed.
        """
        own = self._sources.get(source_id)
        whole_feed = own.feed if own and source_id in self._by_hand else None
        return tuple(
            each.id
            for each in self._sources.values()
            if each.id == source_id or each.gateway == source_id or each.feed == whole_feed
        )

    def find_speaker(self, feed: str, external_id: str) -> Source | None:
        """Return who answers for a message over a broker that names a source: its gateway, or itself."""
        named = self._named.get((feed, external_id))
        return None if named is None else self._sources.get(named.gateway, named)

    def find_named(self, feed: str, external_id: str) -> Source | None:
        """Return the source of a feed by what its own messages call it."""
        return self._named.get((feed, external_id))

    def origin(self, message_id: MessageId, source_id: SourceId, received_at: datetime) -> Origin:
        """Return what a feed is told of where a message came from."""
        return Origin(
            message_id=message_id,
            source=self.get(source_id),
            received_at=received_at,
            find_child=self.find_child,
            kind_of_label=self.kind_of_label,
            dwell_s=self.dwell_s,
            find_mapping=self._find_mapping,
            recall=lambda key: self.learned.get((source_id, key)),
            recall_shared=lambda key: self.learned.get((shared_sender(self.get(source_id).feed), key)),
            zone=self._zone,
            kinds_of_label=self.kinds_of_label,
        )

    def learn(self, source_id: SourceId, key: str, doc: bytes) -> None:
        """Keep what a feed must know to read this sender's next messages."""
        self.learned[source_id, key] = doc

    def kind_of_label(self, label: str) -> str:
        """Return the video type that a detector's word stands for, "" for none."""
        return next(iter(self.kinds_of_label(label)), "")

    def kinds_of_label(self, label: str) -> Sequence[str]:
        """Return all video types that a detector's word may stand for, in the order of the table."""
        return self._kinds_of_label.get(label.casefold(), ())

    def dwell_s(self, kind: str) -> float:
        return self._dwell_s.get(kind, 0.0)

    def hear(self, source_id: SourceId, at: datetime) -> bool:
        """Note that the source has spoken; return whether it was lost until now."""
        before = self.last_heard.get(source_id)
        if before is not None and at > before:
            self.ward.beat(source_id, (at - before).total_seconds())
        self.last_heard[source_id] = at
        self.changed.add(source_id)
        if source_id in self.lost:
            self.lost.discard(source_id)
            return True
        return False

    def lose(self, source_id: SourceId) -> None:
        """Note that the source is lost."""
        self.lost.add(source_id)
        self.changed.add(source_id)

    def list_silent(self, at: datetime) -> list[Source]:
        """Return sources that have been silent for longer than they may and are not known as lost yet.

        One that was never heard counts from nothing: it may not have been installed. Before `listening_since`
        it was we who did not listen.
        """
        return [
            source
            for source in self._sources.values()
            if source.silent_after_s > 0
            and source.id not in self.lost
            and (heard := self.last_heard.get(source.id)) is not None
            and (at - max(heard, self.listening_since)).total_seconds() > source.silent_after_s
        ]

    def signs_of(self, source_id: SourceId) -> Signs:
        """Return what is known of a source, for `dispatch.health.judge`."""
        vitals = self.ward.find(source_id) or _NOTHING
        return Signs(
            last_heard_at=self.last_heard.get(source_id),
            lost=source_id in self.lost,
            cadence=vitals.cadence,
            skew=vitals.skew,
            faults=vitals.faults,
            flood=vitals.flood,
            listening_since=self.listening_since,
        )

    def is_quiet(self, gateway: Source, patience_s: float, at: datetime) -> bool:
        """Return whether nobody hears a gateway any more, by the pack or by its own rhythm.

        One of its sources is silent that may be so for `patience_s`.
        """
        heard = self.last_heard.get(gateway.id)
        limit_s = quiet_limit_s(gateway, self.signs_of(gateway.id).cadence, patience_s)
        if heard is None or limit_s is None:
            return gateway.id in self.lost
        return (at - max(heard, self.listening_since)).total_seconds() > limit_s


_NOTHING = Vitals()


def _labels(codes: Codes) -> Mapping[str, Sequence[str]]:
    words: dict[str, dict[str, None]] = {}
    for each in codes.video_types.values():
        for label in (each.type, *each.labels):
            words.setdefault(label.casefold(), {})[each.type] = None
    return {label: tuple(types) for label, types in words.items()}
