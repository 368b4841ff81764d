"""Who listens, and what each may hear. One encoding serves all who see the same.

A listener that does not read is dropped, not waited for: its queue has a limit, and past it the socket is
closed with `resync` as the last word. It comes back with the last seq it had and goes on from there.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from dispatch.access import Actor, may, may_see_fact, sees_nothing
from dispatch.ids import AreaCode, WorkerId
from services.live.frames import entry_json, facts_frames
from services.store.journal import Entry

QUEUED_MAX = 20_000
"""Facts and other frames a listener may be behind: some seconds of a very busy city."""
QUEUED_BYTES_MAX = 8 * 1024 * 1024
"""Bytes a listener may be behind: 200 stuck listeners cannot take the server's memory."""

NEEDS: Mapping[str, str] = {
    "cases": "cases.read",
    "tasks": "cases.read",
    "workers": "workers.read",
    "metrics": "metrics.read",
    "calls": "hotline.use",
}
"""Topic -> the permission that it takes."""
TOPICS = frozenset(NEEDS)
_OWN_TOPICS = frozenset({"tasks", "cases"})

Person = tuple[bool, str]
"""Whether it is a worker, and the worker's id or the user's name: as the outbox names who is told."""

Told = str | bytes
"""A whole frame, or a fact as JSON."""

Scope = tuple[str, frozenset[str] | None, str, str, frozenset[AreaCode]]


class Listener:
    """One socket's end of the hub. `frames` is drained by the socket's own task when `awake` is set."""

    __slots__ = ("actor", "areas", "awake", "frames", "held", "key", "lost", "queued_bytes", "revoked", "topics")

    def __init__(
        self, actor: Actor, topics: frozenset[str], areas: frozenset[AreaCode] = frozenset(), key: str = ""
    ) -> None:
        self.actor, self.topics, self.areas = actor, topics, areas
        self.key = key
        """The session or token that opened it: with it the socket ends."""
        self.revoked = False
        self.frames: deque[Told] = deque()
        self.queued_bytes = 0
        self.awake = asyncio.Event()
        self.lost = ""
        self.held: list[Told] | None = None
        """While a catch-up runs, what is published waits here, so that nothing is told out of order."""

    def offer(self, *told: Told) -> None:
        """Queue frames and facts; past the limits mark the listener as lost."""
        if self.lost or not told:
            return
        queue = self.frames if self.held is None else self.held
        queue.extend(told)
        self.queued_bytes += sum(map(len, told))
        if len(queue) > QUEUED_MAX or self.queued_bytes > QUEUED_BYTES_MAX:
            self.drop("too slow: frames were not read")
        self.awake.set()

    def take(self) -> list[str]:
        """Return what is queued as frames, and forget it. Facts that have gathered come in one."""
        frames: list[str] = []
        for _, told in groupby(self.frames, type):
            frames.extend(_frames_of(tuple(told)))
        self.frames.clear()
        self.queued_bytes = 0
        self.awake.clear()
        return frames

    def hold(self) -> None:
        """Begin a catch-up: forget what was published so far, keep what is from now on."""
        self.held = []
        self.queued_bytes = 0

    def release(self) -> None:
        """End the catch-up: what was published meanwhile follows it."""
        held, self.held = self.held or [], None
        self.frames.extend(held)
        self.awake.set()

    def drop(self, reason: str) -> None:
        self.lost = reason
        self.frames.clear()
        self.queued_bytes = 0
        self.awake.set()

    def revoke(self) -> None:
        """End the socket: what opened it is no longer good."""
        self.revoked = True
        self.drop("the session is over")

    @property
    def scope(self) -> Scope:
        """Listeners of one scope see the same facts."""
        actor = self.actor
        return actor.role, actor.permissions, actor.area, actor.department, self.areas


class Hub:
    """Spreads what was committed. `seq` is the last fact that was published."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq
        self._by_worker: dict[WorkerId, set[Listener]] = {}
        self._by_scope: dict[Scope, set[Listener]] = {}
        self.dropped = 0

    def __len__(self) -> int:
        return sum(map(len, self._by_worker.values())) + sum(map(len, self._by_scope.values()))

    def listeners(self) -> Iterable[Listener]:
        for group in (*self._by_worker.values(), *self._by_scope.values()):
            yield from group

    def join(self, listener: Listener) -> None:
        self._group(listener).add(listener)

    def leave(self, listener: Listener) -> None:
        group = self._group(listener)
        group.discard(listener)
        if group:
            return
        if _is_own(listener):
            del self._by_worker[listener.actor.worker_id]
        else:
            del self._by_scope[listener.scope]

    def _group(self, listener: Listener) -> set[Listener]:
        if _is_own(listener):
            return self._by_worker.setdefault(listener.actor.worker_id, set())
        return self._by_scope.setdefault(listener.scope, set())

    def publish(self, entries: Sequence[Entry]) -> None:
        """Tell the entries, which are durable, to all who may see them; in order, each once."""
        if not entries:
            return
        self.seq = entries[-1].seq
        if not self._by_worker and not self._by_scope:
            return
        texts = [entry_json(entry) for entry in entries]
        self._publish_to_workers(entries, texts)
        for group in self._by_scope.values():
            self._publish_to_scope(group, entries, texts)

    def _publish_to_workers(self, entries: Sequence[Entry], texts: Sequence[bytes]) -> None:
        own: dict[WorkerId, list[bytes]] = {}
        for entry, text in zip(entries, texts, strict=True):
            for worker in entry.workers:
                if worker in self._by_worker:
                    own.setdefault(worker, []).append(text)
        for worker, mine in own.items():
            for listener in self._by_worker[worker]:
                if not _OWN_TOPICS.isdisjoint(listener.topics):
                    listener.offer(*mine)

    def _publish_to_scope(self, group: set[Listener], entries: Sequence[Entry], texts: Sequence[bytes]) -> None:
        heard: dict[frozenset[str], list[bytes]] = {}
        for listener in group:
            seen = heard.get(listener.topics)
            if seen is None:
                seen = [text for entry, text in zip(entries, texts, strict=True) if may_hear(listener, entry)]
                heard[listener.topics] = seen
            listener.offer(*seen)

    def tell_city(self, version: int, areas_changed: bool) -> None:
        """Tell all that the city's pack has a new version: names and staff may be others.

        What a listener may see follows from the areas that he was let in with; where those have changed he is sent
        away, and comes back with the last seq that he has.
        """
        frame = f'{{"type":"city","version":{version}}}'
        for listener in list(self.listeners()):
            if areas_changed and (listener.areas or listener.actor.area):
                listener.drop("the areas of the city have changed")
            else:
                listener.offer(frame)

    def has_worker(self, worker: WorkerId) -> bool:
        """Return whether the worker's phone listens."""
        return worker in self._by_worker

    def by_person(self) -> dict[Person, list[Listener]]:
        """Return who would hear a notice now: each with those of his sockets that tell of cases and have caught up."""
        found: dict[Person, list[Listener]] = {}
        for each in self.listeners():
            if each.held is None and not each.lost and not _OWN_TOPICS.isdisjoint(each.topics):
                found.setdefault(person_of(each.actor), []).append(each)
        return found

    def groups(self, topic: str) -> list[list[Listener]]:
        """Return the listeners of a topic, those who see the same together."""
        groups = ([each for each in group if topic in each.topics] for group in self._by_scope.values())
        return [group for group in groups if group]


def grant(actor: Actor, topics: Iterable[str]) -> frozenset[str]:
    """Return those of the topics that the actor may listen to."""
    return frozenset(topic for topic in topics if may(actor, NEEDS[topic]))


def person_of(actor: Actor) -> Person:
    return bool(actor.worker_id), actor.worker_id or actor.user


@lru_cache(maxsize=4)
def _frames_of(told: tuple[Told, ...]) -> list[str]:
    """Return what is told as frames; all of it is of one kind. Desks that rest together are told the same."""
    return facts_frames([each for each in told if isinstance(each, bytes)]) + [
        each for each in told if isinstance(each, str)
    ]


def _is_own(listener: Listener) -> bool:
    """A worker hears of his own tasks only."""
    return bool(listener.actor.worker_id)


def may_hear(listener: Listener, entry: Entry) -> bool:
    """Return whether the listener asked for such a fact and may see it."""
    if _is_own(listener):
        return not _OWN_TOPICS.isdisjoint(listener.topics) and listener.actor.worker_id in entry.workers
    if not entry.case_id:
        return "workers" in listener.topics and may_see_staff(listener.actor, entry.department)
    if "cases" not in listener.topics:
        return False
    if _sees(listener, entry, entry.area, entry.department):
        return True
    has_moved = bool(entry.was_area or entry.was_department)
    return has_moved and _sees(listener, entry, entry.was_area or entry.area, entry.was_department or entry.department)


def _sees(listener: Listener, entry: Entry, area: str, department: str) -> bool:
    if listener.areas and area not in listener.areas:
        return False
    return may_see_fact(listener.actor, area, department, entry.workers)


def may_see_staff(actor: Actor, department: str) -> bool:
    """Return whether the actor may see the workers of a department ("": what concerns none); areas bound only cases."""
    return not sees_nothing(actor) and (not actor.department or department in ("", actor.department))
