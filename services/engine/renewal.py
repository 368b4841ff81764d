"""New versions of the city's pack, while the engine runs: read, stored whole, taken up, and carried through the cases.

Reading and building happen in a thread, one at a time; only the change itself is a turn. The open cases then get
their new limits a few per turn, so that what comes in has its turn between; a crash is gone on from where it was.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date

import structlog
from msgspec import Struct
from sqlalchemy import Connection

from dispatch.case import Case, Fact
from dispatch.citymap import City
from dispatch.effects import Effect, effect_of, limit_after, limit_changed
from dispatch.ids import CaseId
from services.city.build import build_city
from services.city.drafting import Checked, Files, check
from services.city.files import PackFiles
from services.city.kept import Kept
from services.city.pack import CityPack
from services.engine.desk import Desk
from services.engine.turn import Turn
from services.observe import clock, memory
from services.store import packs, sweeps
from services.store.database import Database
from services.store.packs import Mark, Version
from services.store.sweeps import Sweep

CASES_PER_TURN = 100
"""Cases looked at in one turn of the walk: a few milliseconds, so that a message waits no longer for it."""

CHECKED_KEPT = 3
"""Packs that were read and are kept as they are: the one that works, and the drafts of those who edit now."""

LIMIT_FILES = ("calendar.toml", "holidays.csv", "categories.csv", "city.toml")
"""Files that can change when a case is due."""

log = structlog.get_logger(__name__)


class NoPack(Exception):
    """No pack is loaded into this database."""

    zh = "本库尚未装载城市包"
    en = "No city pack is loaded into this database."


class OtherCity(Exception):
    """The pack is of another city, or lays its codes, times or coordinates out otherwise: it is loaded by a command."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(f"{', '.join(fields)} cannot be changed while the city is at work: use wardline city load")
        self.fields = tuple(fields)
        self.zh = f"{'、'.join(fields)} 不能在运行中更改，请用 wardline city load 装载"
        self.en = f"{', '.join(fields)} cannot be changed while the city is at work: use wardline city load."


class NeededRows(Exception):
    """Open cases need rows that would vanish."""

    def __init__(self, effect: Effect) -> None:
        gone = ", ".join(f"{each.what} {each.code} ({len(each.cases)})" for each in effect.in_use[:20])
        super().__init__(f"open cases need: {gone}")
        self.effect = effect


class AtWork(Struct, frozen=True, kw_only=True):
    """The version that the city works by, as its files."""

    version: Version
    files: Files


class Current(AtWork, frozen=True, kw_only=True):
    """The same, read: what another version is compared with."""

    pack: CityPack
    city: City


class Renewal:
    """Takes up new versions. `told` is called with each version that the engine has taken up."""

    def __init__(
        self, db: Database, desk: Desk, version: int | None, told: Callable[[int, bool], None] = lambda *_: None
    ) -> None:
        """`version` is the one that the desk's city was built of; `told` also hears whether areas have changed."""
        self.db, self.desk, self.version = db, desk, version
        self._told = told
        self._kept = Kept()
        self._checked: OrderedDict[str, Checked] = OrderedDict()
        self._at_work: AtWork | None = None
        self._current: Current | None = None
        self._previous: Current | None = None
        self._day = self._today()
        self._reading = asyncio.Lock()
        """One pack is read at a time: it is work for a whole core."""
        self._renewing = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._editing: dict[str, asyncio.Lock] = {}
        self.trying = asyncio.Lock()
        """One rule is tried on past messages at a time: that is work for a core too."""

    def editing(self, username: str) -> asyncio.Lock:
        """Return what keeps two edits of one draft apart: each reads the draft that the one before has left."""
        return self._editing.setdefault(username, asyncio.Lock())

    async def at_work(self) -> AtWork:
        """Return the version that the city works by, without reading what it says.

        :raises NoPack: if the city does not come from this database.
        """
        number = self.version
        if number is None:
            raise NoPack
        if self._at_work is None or self._at_work.version.version != number:
            version, files = await self.db.read(lambda c: (packs.find_version(c, number), packs.read_files(c, number)))
            if version is None:
                raise NoPack
            self._at_work = AtWork(version=version, files=files)
        return self._at_work

    async def current(self) -> Current:
        """Return the version that the city works by; it is read at the first call.

        :raises NoPack: if the city does not come from this database.
        """
        if self._current is None or self._current.version.version != self.version:
            self._current = await self._read_current()
        return self._current

    async def _read_current(self) -> Current:
        found = await self.at_work()
        checked = await self.check(found.files)
        if checked.pack is None:
            raise NoPack
        return Current(version=found.version, files=found.files, pack=checked.pack, city=self.desk.city)

    async def check(self, files: PackFiles) -> Checked:
        """Read a pack whole; return it or its faults. The last answers are kept: a draft is looked at often."""
        async with self._reading:
            digest = await asyncio.to_thread(packs.digest_of, files)
            found = self._checked.get(digest)
            if found is None:
                found = await asyncio.to_thread(check, files, self._kept)
                self._checked[digest] = found
                if len(self._checked) > CHECKED_KEPT:
                    self._checked.popitem(last=False)
            return found

    async def effect(self, pack: CityPack) -> Effect:
        """Return what a pack would do to the open cases.

        :raises OtherCity: if it cannot be taken up at all.
        """
        current = await self.current()
        refuse_other_city(current.pack, pack)
        cases = list(self.desk.state.book.open_cases())
        async with self._reading:
            return await asyncio.to_thread(_effect, current, pack, cases, self._day)

    async def city_of(self, pack: CityPack) -> City:
        """Return the city that a pack makes, without taking it up.

        :raises OtherCity: if it is of another city.
        """
        current = await self.current()
        if pack is current.pack:
            return current.city
        refuse_other_city(current.pack, pack)
        async with self._reading:
            return await asyncio.to_thread(build_city, pack, self._day, (current.pack, current.city))

    async def publish(self, files: Files, pack: CityPack, mark: Mark) -> int:
        """Store the pack as the version after `mark.parent`, take it up, and return its number.

        The limits of the open cases follow; `finish_sweep` waits for that.

        :raises OtherCity: if it cannot be taken up.
        :raises NeededRows: if open cases need rows that it lacks.
        :raises packs.StaleVersion: if another version was published since.
        """
        async with self._renewing:
            await self._sweep()
            effect = await self.effect(pack)
            if effect.in_use:
                raise NeededRows(effect)
            before, at = (await self.current()).files, clock.now()

            def store(connection: Connection) -> int:
                version = packs.publish(connection, pack.profile.id, files, pack.categories, at, mark)
                if changes_limits(before, files):
                    sweeps.begin(connection, version, at)
                return version

            version = await self.db.write(store)
            await self._take_up(version, files, pack)
        return version

    async def _take_up(self, number: int, files: Files, pack: CityPack) -> None:
        before = await self.current()
        version = await self.db.read(lambda connection: packs.find_version(connection, number))
        assert version is not None, "it is stored"
        self._day = self._today()
        async with self._reading:
            city = await asyncio.to_thread(build_city, pack, self._day, (before.pack, before.city))
        await self.desk.adopt(city)
        self._current, self._previous = Current(version=version, files=files, pack=pack, city=city), before
        self._at_work = self._current
        self.version = number
        log.info("city taken up", version=number, author=version.author)
        self._told(number, pack.areas != before.pack.areas)
        await asyncio.to_thread(memory.give_back)

    async def renew(self) -> int:
        """Take up what another process has stored and what begins today, and go on with the walk through the cases.

        Return how many cases got a new limit.
        """
        if self.version is None:
            return 0
        async with self._renewing:
            newest = await self.db.read(packs.find_newest_version)
            if newest is not None and newest.version != self.version:
                await self._follow(newest)
            elif self._today() != self._day:
                await self._begin_day()
            return await self._sweep()

    async def _follow(self, newest: Version) -> None:
        """Take up a version that a command has loaded; one that cannot be taken up waits for the next start."""
        files = await self.db.read(lambda connection: packs.read_files(connection, newest.version))
        checked, current = await self.check(files), await self.current()
        if checked.pack is None or list_fixed_differences(current.pack, checked.pack):
            return
        await self._take_up(newest.version, files, checked.pack)

    async def _begin_day(self) -> None:
        """Take up the categories that are in force from today."""
        current, self._day = await self.current(), self._today()
        city = await asyncio.to_thread(build_city, current.pack, self._day, (current.pack, current.city))
        if city.codes.categories != current.city.codes.categories:
            await self.desk.adopt(city)
            self._current = Current(version=current.version, files=current.files, pack=current.pack, city=city)
            self._told(current.version.version, False)

    def _today(self) -> date:
        return clock.now().astimezone(self.desk.city.timezone).date()

    # --- the walk through the open cases ---------------------------------------------------------------------

    def sweep_soon(self) -> None:
        """Begin the walk beside; should it fail, the job `renew-city` comes back to it."""
        task = asyncio.create_task(self._sweep_alone(), name="sweep")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Leave the walk where it is; the next start goes on with it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sweep_alone(self) -> None:
        try:
            await self.finish_sweep()
        except Exception as error:  # noqa: BLE001 - outermost of its task: the job takes it up again
            log.warning("limits not renewed yet", error=f"{type(error).__name__}: {error}")

    async def finish_sweep(self) -> Sweep | None:
        """Go through the open cases to the end; return how that went, None where there was nothing to do."""
        async with self._renewing:
            await self._sweep()
        return await self.db.read(sweeps.find_latest)

    async def _sweep(self) -> int:
        sweep = await self.db.read(sweeps.find_latest)
        if sweep is None or sweep.finished_at is not None or self.version is None or sweep.version > self.version:
            return 0
        number = sweep.version
        version = await self.db.read(lambda connection: packs.find_version(connection, number))
        author, reached, changed = version.author if version else "", sweep.reached, 0
        while ids := self._cases_after(reached):
            turned = await self.desk.order(lambda turn, ids=ids: renew_limits(turn, ids, author))  # type: ignore[misc]
            reached, changed = ids[-1], changed + turned
            await self._note(number, reached, len(ids), turned, is_last=False)
        await self._note(number, reached, 0, 0, is_last=True)
        return changed

    def _cases_after(self, reached: str) -> list[CaseId]:
        return sorted(case_id for case_id in self.desk.state.book.cases if case_id > reached)[:CASES_PER_TURN]

    async def _note(self, number: int, reached: str, seen: int, changed: int, *, is_last: bool) -> None:
        finished_at = clock.now() if is_last else None
        await self.db.write(
            lambda c: sweeps.advance(c, number, reached=reached, seen=seen, changed=changed, finished_at=finished_at)
        )


def renew_limits(turn: Turn, ids: Sequence[CaseId], by: str) -> int:
    """Give the cases the limits that they have in the turn's city; return how many had others."""
    changed = 0
    for case_id in ids:
        case = turn.find(case_id)
        change = limit_after(case, turn.state.city) if case else None
        if change is not None:
            turn.record(Fact(case_id, turn.at, limit_changed(change, by)))
            changed += 1
    return changed


def changes_limits(before: PackFiles, after: PackFiles) -> bool:
    """Say whether open cases could be due at other times."""
    return any(before.get(path) != after.get(path) for path in LIMIT_FILES)


def list_fixed_differences(before: CityPack, after: CityPack) -> list[str]:
    """Return what of the profile differs that a running city cannot change: its days, codes and past depend on it."""
    names = ("id", "timezone", "scheme", "area_codes", "datum")
    return [name for name in names if getattr(before.profile, name) != getattr(after.profile, name)]


def refuse_other_city(before: CityPack, after: CityPack) -> None:
    """:raises OtherCity: if the pack is not of this city."""
    if found := list_fixed_differences(before, after):
        raise OtherCity(found)


def _effect(current: Current, pack: CityPack, cases: Sequence[Case], day: date) -> Effect:
    return effect_of(cases, current.city, build_city(pack, day, (current.pack, current.city)))
