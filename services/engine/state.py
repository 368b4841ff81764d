"""All that the engine knows, in memory: rebuilt from the database at start, changed only by facts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from dispatch.assign.roster import Roster
from dispatch.citymap import City
from dispatch.ids import WorkerId
from dispatch.notices import People
from dispatch.sensing import SensorState, is_timed, sensing_table, split_episode, wake
from services.engine.book import RECENT_MAX, Book
from services.engine.episode_book import Episodes
from services.engine.people import people_of, read_people
from services.engine.senders import Senders
from services.engine.shelf import AWAKE_MAX, read_outline
from services.observe.memory import collecting_no_garbage
from services.store import case_rows, health, journal, sources
from services.store.accounts import Account
from services.store.tables import sensing_state, worker_state

RECENT_FOR = timedelta(days=7)
"""Cases that have ended in this time are remembered for stragglers of their episode: a voided one for as long as
its camera may go on saying the same."""


class State:
    """The book, the staff, the sensors and the counters from which the next ids come."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.book = Book()
        self.roster = Roster(city.codes)
        self.senders = Senders(city.codes, city.timezone)
        self.sensing: dict[str, SensorState] = {}
        self.timed: set[str] = set()
        """Of these the states of which time alone may tell something."""
        self.episodes = Episodes()
        self.signed: dict[WorkerId, tuple[bool, datetime]] = {}
        self.positions: dict[WorkerId, datetime] = {}
        self.people = People()
        self._accounts: Sequence[Account] = ()
        self.seq = 0
        self._day = ""
        self._serial = 0
        self._day_asked_at: datetime | None = None
        self._day_asked = ""

    def peek_number(self, at: datetime) -> str:
        """Return the number that the next case gets: local date and a serial, 261123-00042."""
        day = self._local_day(at)
        serial = self._serial if day <= self._day else 0
        return f"{max(day, self._day)}-{serial + 1:05d}"

    def _local_day(self, at: datetime) -> str:
        """Return the local date as yymmdd; of the many events of one turn only the first asks the calendar."""
        if at is not self._day_asked_at:
            self._day_asked_at, self._day_asked = at, f"{at.astimezone(self.city.timezone):%y%m%d}"
        return self._day_asked

    def peek_numbers(self, at: datetime, count: int) -> list[str]:
        """Return the numbers that the next cases get."""
        day, _, serial = self.peek_number(at).partition("-")
        return [f"{day}-{int(serial) + n:05d}" for n in range(count)]

    def use_number(self, at: datetime) -> None:
        """Take the number that `peek_number` gave."""
        self.set_last_number(self.peek_number(at))

    def next_import_number(self) -> str:
        """Return a number for a case of the past: it has no place in the serials of its day."""
        return f"H{self.seq + 1:08d}"

    def set_last_number(self, number: str) -> None:
        self._day, _, serial = number.partition("-")
        self._serial = int(serial)

    def take_over(self, before: "State") -> None:
        """Take over what is not journalled and would be lost with the state before: positions, and who was heard."""
        for each in before.roster:
            if each.worker in before.positions:
                self.roster.set_position(each.worker, each.point)
        self.positions = before.positions
        self.senders.take_over(before.senders)

    def meet(self, accounts: Sequence[Account]) -> None:
        """Note who can be told beside the workers."""
        if accounts != self._accounts:
            self._accounts, self.people = accounts, people_of(accounts, self.city)

    def adopt(self, city: City) -> None:
        """Go on with another version of the city: staff and sources are those of its pack, all else stays."""
        before, self.city = self.roster, city
        self.people = people_of(self._accounts, city)
        self.roster = Roster(city.codes)
        for case in self.book.open_cases():
            self.roster.follow(None, case)
        known = city.codes.workers
        for each in before:
            if each.worker in known:
                self.roster.set_duty(each.worker, on_duty=each.on_duty)
                if each.worker in self.positions:
                    self.roster.set_position(each.worker, each.point)
        self.positions = {worker: at for worker, at in self.positions.items() if worker in known}
        self.senders = self.senders.renew(city.codes)
        self._day_asked_at = None

    def sign(self, worker: WorkerId, *, on: bool, at: datetime) -> None:
        """Note that a worker signed on or off by himself."""
        self.signed[worker] = (on, at)
        if worker in self.city.codes.workers:
            self.roster.set_duty(worker, on_duty=on)


def load(connection: Connection, city: City, at: datetime) -> State:
    """Rebuild the state as of the journal's last fact."""
    state = State(city)
    state.seq = journal.last_seq(connection)
    number = journal.last_number(connection)
    if number is not None:
        state.set_last_number(number)
    for case in journal.list_ended_since(connection, at - RECENT_FOR, RECENT_MAX):
        state.book.remember(case)
    with collecting_no_garbage():
        _load_open(connection, state)
    _recall_waiting(connection, state.book)
    for key, doc in connection.execute(select(sensing_state.c.key, sensing_state.c.doc)):
        state.sensing[key] = SensorState.read(doc)
    for row in connection.execute(select(worker_state)):
        state.sign(WorkerId(row.worker_id), on=row.signed_on, at=row.changed_at)
    state.episodes.restore(health.load_episodes(connection))
    sources.load(connection, state.senders)
    _wake_sensors(state)
    state.meet(read_people(connection, city))
    return state


def _wake_sensors(state: State) -> None:
    """Work out what follows from the states that were read. One whose rule the city no longer has sleeps on."""
    table = sensing_table(state.city)
    for key, kept in state.sensing.items():
        source_id, rule_id = split_episode(key)
        rule = table.find(state.senders.get(source_id), rule_id)
        if rule is not None:
            state.sensing[key] = wake(rule, kept)
        if is_timed(kept):
            state.timed.add(key)


def _recall_waiting(connection: Connection, book: Book) -> None:
    """Remember the cases that wait to be told how an open one ends, however long ago they ended themselves."""
    for name in book.list_told():
        if book.find(name) is None and (case := journal.find_case(connection, name)) is not None:
            book.remember(case)


def _load_open(connection: Connection, state: State) -> None:
    """Take the open cases; where they are very many, the oldest as they lie in the database (engine/shelf.py)."""
    docs = journal.list_open_docs(connection)
    asleep = len(docs) - AWAKE_MAX
    for number, doc in enumerate(docs):
        if number < asleep:
            outline = read_outline(doc)
            state.book.lay(outline, doc)
            state.roster.follow(None, outline)
        else:
            case = case_rows.read_case(doc)
            state.book.put(None, case)
            state.roster.follow(None, case)


def load_senders(connection: Connection, city: City) -> Senders:
    """Return the sources and their keys alone: what a door needs."""
    senders = Senders(city.codes, city.timezone)
    sources.load(connection, senders)
    return senders
