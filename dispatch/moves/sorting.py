"""Accepting, verifying, filing, leaving out, and saying what a case is of (受理, 核实, 立案)."""

from collections.abc import Iterator
from datetime import timedelta

from msgspec.structs import replace

from dispatch.case import (
    CaseAccepted,
    CaseDeclined,
    CaseFiled,
    CaseMerged,
    CaseReclassified,
    CaseRelocated,
    CaseReopened,
    CaseSelfHandled,
    CaseVoided,
    ChildOpened,
    DuplicateMerged,
    PrioritySet,
    Stage,
    VerificationAsked,
    VerificationFailed,
    VerificationPassed,
)
from dispatch.category import Category, Priority
from dispatch.classify import priority_of
from dispatch.duties import duty_table
from dispatch.flow import Draft, filing
from dispatch.ids import CaseId, DepartmentId
from dispatch.limits import relimited
from dispatch.moves.asking import (
    Ask,
    Fields,
    Latitude,
    Longitude,
    Pictures,
    Prose,
    Word,
    get_category,
    get_relative,
    place_at,
    read_point,
    withdraw,
)
from dispatch.place import Place
from dispatch.reasons import Reason
from dispatch.refusals import MissingField, NoDepartment, SameCase, TooLate

DAY = timedelta(days=1)


class Filing(Fields, frozen=True):
    category: Word = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    address: Word = ""
    note: Prose = ""


class Voiding(Fields, frozen=True):
    reason: Prose = ""
    false_alarm: bool = False


class Verifying(Fields, frozen=True):
    worker: Word = ""
    note: Prose = ""


class Verified(Fields, frozen=True):
    real: bool | None = None
    note: Prose = ""
    media: Pictures = ()


class Merging(Fields, frozen=True):
    into: Word = ""
    reason: Prose = ""


class SelfHandling(Fields, frozen=True):
    before: Pictures = ()
    after: Pictures = ()
    note: Prose = ""


class Classing(Fields, frozen=True):
    category: Word = ""
    reason: Prose = ""


class Locating(Fields, frozen=True):
    lon: Longitude | None = None
    lat: Latitude | None = None
    address: Word = ""
    reason: Prose = ""


class Weighing(Fields, frozen=True):
    priority: Priority | None = None
    reason: Prose = ""


def accept(ask: Ask) -> None:
    _correct(ask)
    ask.draft.add(CaseAccepted(by=ask.by, note=ask.data.note))


def verify(ask: Ask) -> None:
    ask.draft.add(VerificationAsked(by=ask.by, collector=ask.data.worker, note=ask.data.note))


def report_verified(ask: Ask) -> None:
    data: Verified = ask.data
    if data.real:
        ask.draft.add(VerificationPassed(by=ask.by, note=data.note, media=data.media))
        return
    if not data.note.strip():
        raise MissingField(command=ask.name, field="note")
    ask.draft.add(VerificationFailed(by=ask.by, note=data.note, media=data.media))


def file(ask: Ask) -> None:
    _correct(ask)
    if not ask.case.category:
        raise MissingField(command=ask.name, field="category")
    if ask.case.place.point is None and not ask.case.place.address:
        raise MissingField(command=ask.name, field="lon")
    ask.draft.add(get_filing(ask))


def get_filing(ask: Ask) -> CaseFiled:
    """Return the filing of the case as it is.

    :raises NoDepartment: if nobody answers for it.
    """
    filed = filing(ask.case, ask.situation.city, ask.by, ask.at)
    if filed is None:
        raise NoDepartment(category=ask.case.category)
    return filed


def decline(ask: Ask) -> None:
    ask.draft.add(CaseDeclined(by=ask.by, reason=ask.data.reason))


def void(ask: Ask) -> None:
    withdraw(ask, ask.data.reason)
    ask.draft.add(CaseVoided(by=ask.by, reason=ask.data.reason, false_alarm=ask.data.false_alarm))


def merge(ask: Ask) -> None:
    """End the case in another one, its master. Those that have ended in it wait for the master from now on."""
    case, master, reason = ask.case, get_relative(ask, ask.data.into), ask.data.reason
    if master.id == case.id or not master.is_open or master.id in (*case.merged, *_ancestors_of(ask)):
        raise SameCase(case=master.number)
    own = [each for each in ask.situation.cases if each.id in case.merged]
    withdraw(ask, reason)
    ask.draft.add(CaseMerged(into=master.id, number=master.number, by=ask.by, reason=reason))
    other = Draft(master, master.id, ask.at, ask.situation.city)
    for each in (case, *own):
        other.add(DuplicateMerged(duplicate=each.id, number=each.number, by=ask.by, reason=reason))
    ask.drafts.append(other)


def _ancestors_of(ask: Ask) -> Iterator[CaseId]:
    """Yield the cases that this one is a part of: none of them may wait for it and end it at once."""
    parents = {each.id: each.parent for each in ask.situation.cases}
    parent = ask.case.parent
    while parent:
        yield parent
        parent = parents.get(parent, CaseId(""))


def self_handle(ask: Ask) -> None:
    data: SelfHandling = ask.data
    ask.draft.add(CaseSelfHandled(by=ask.by, before=data.before, after=data.after, note=data.note))


def reopen(ask: Ask) -> None:
    """Reopen what has ended, within the city's days. Who reopens it has judged it: it is filed again at once."""
    take_up(ask, ask.data.reason)


def take_up(ask: Ask, reason: str) -> None:
    """Add what reopens the case.

    :raises TooLate: after the city's days.
    """
    case = ask.case
    ended_at = case.closed_at or case.voided_at
    days = ask.situation.city.flow.reopen_days
    if ended_at is not None and ask.at > ended_at + days * DAY:
        raise TooLate(command="reopen", limit=f"{days:g} d")
    ask.draft.add(CaseReopened(by=ask.by, reason=reason))
    tell_whole(ask)
    filed = filing(ask.case, ask.situation.city, ask.by, ask.at)
    if filed is not None and ask.case.place.point is not None:
        ask.draft.add(filed)


def tell_whole(ask: Ask) -> None:
    """Let the case that this one is a part of wait for it again, while it is open itself."""
    case = ask.case
    whole = next((each for each in ask.situation.cases if each.id == case.parent), None)
    if whole is not None and whole.is_open:
        ask.draft.tell(whole.id, ChildOpened(child=case.id, number=case.number, department=case.department, by=ask.by))


def reclassify(ask: Ask) -> None:
    _set_category(ask, ask.data.category, ask.data.reason)


def relocate(ask: Ask) -> None:
    _set_place(ask, ask.data.reason)


def set_priority(ask: Ask) -> None:
    case, city = ask.case, ask.situation.city
    priority = ask.data.priority
    category = city.codes.categories.get(case.category)
    limits = relimited(case, category, priority, case.place, city) if category else {}
    ask.draft.add(PrioritySet(priority=priority, by=ask.by, reason=ask.data.reason, **limits))  # type: ignore[arg-type]


# --- what several share ----------------------------------------------------------------------------------


def _correct(ask: Ask) -> None:
    """Take what was said of the category and the place with the command."""
    if ask.data.category:
        _set_category(ask, ask.data.category, "")
    if ask.data.lon is not None or ask.data.lat is not None:
        _set_place(ask, "")
    elif ask.data.address:
        ask.draft.add(CaseRelocated(place=replace(ask.case.place, address=ask.data.address), by=ask.by))


def _set_category(ask: Ask, code: str, reason: str) -> None:
    case, city = ask.case, ask.situation.city
    category = get_category(ask, code)
    priority = priority_of(category, category.priority, case.severity)
    department, because = _department_of(ask, category, case.place)
    ask.draft.add(
        CaseReclassified(
            category=category.code,
            priority=priority,
            by=ask.by,
            reason=reason,
            department=department,
            because=because,
            **relimited(case, category, priority, case.place, city, department),  # type: ignore[arg-type]
        )
    )


def _set_place(ask: Ask, reason: str) -> None:
    city, case = ask.situation.city, ask.case
    place = place_at(ask, read_point(ask))
    category = city.codes.categories.get(case.category)
    department, because = _department_of(ask, category, place) if category else (DepartmentId(""), ())
    limits = relimited(case, category, case.priority, place, city, department) if category else {}
    ask.draft.add(
        CaseRelocated(place=place, by=ask.by, reason=reason, department=department, because=because, **limits)  # type: ignore[arg-type]
    )


def _department_of(ask: Ask, category: Category, place: Place) -> tuple[DepartmentId, tuple[Reason, ...]]:
    """Return the department that a filed case waits for, "" where the case has none yet or a worker has the case."""
    if ask.case.stage is not Stage.FILED:
        return DepartmentId(""), ()
    responsible = duty_table(ask.situation.city.codes).find(category, place)
    if responsible is None:
        raise NoDepartment(category=category.code)
    return responsible.department, (responsible.because,)
