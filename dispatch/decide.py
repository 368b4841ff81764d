"""From an event to what the city does about it: the whole flow, on one page.

It is done in two steps because the second needs to read the city's books and the first says which page to open:

    triage()  what is it, and where?           needs only the event and the city
    decide()  is it new, and who should go?    needs the cases and the staff near it

Neither does any I/O. The caller reads between the two, and writes after.
"""

from datetime import datetime

from msgspec import Struct

from dispatch.autofile import doubt_of
from dispatch.boxes import box_of
from dispatch.case import (
    UNFILED_STAGES,
    Case,
    CaseOpened,
    CaseReclassified,
    EventAttached,
    Fact,
    PriorityRaised,
    Stage,
)
from dispatch.category import Category, Priority, most_urgent
from dispatch.city import Source
from dispatch.citymap import City
from dispatch.classify import Unclassified, classify, priority_of
from dispatch.clocks import HandlingClock, stop_clock
from dispatch.correlate import Known, find_known
from dispatch.deadlines import limit_of
from dispatch.duties import duty_table
from dispatch.episodes import find, goes_on, is_stale
from dispatch.event import Event, Phase, Vocabulary
from dispatch.facts.base import BY_RULE
from dispatch.flow import Draft, continue_flow, filing
from dispatch.ids import CaseId, CategoryCode, TaskId
from dispatch.kin import kin_table
from dispatch.limits import times_of
from dispatch.locate import locate
from dispatch.moderation import FLAGS_FIELD, read_flags, reasons_of
from dispatch.place import Place
from dispatch.reasons import Reason
from dispatch.recheck import answer_of, is_asked, take_answer
from dispatch.situation import Situation

LOOSE_PLACE_M = 300.0
"""A place known no better than this is not one that a worker can be sent to."""

TRUSTED_CHANNELS = frozenset({"patrol", "console"})
"""The `channel` of reports by the city's own people: collectors have seen what they report, the desk has judged it."""

_OPENING = frozenset({Phase.OPEN, Phase.UPDATE, Phase.PULSE})
"""Phases that may open a case. An UPDATE may: the `open` before it may have been lost."""


class Triaged(Struct, frozen=True, kw_only=True, gc=False):
    """An event, with what it is about and where.

    `category` is None if no category fits. `opens` is False if it is not enough to open a case. `from_people` says that
    someone of the public tells it, and nobody of the city has seen it. `kind` and `clear_after_s` are of the video or
    sensor type that a machine spoke of; `source` is who sent it, where that is known.
    """

    event: Event
    category: Category | None
    priority: Priority
    confidence: float | None
    place: Place
    because: tuple[Reason, ...]
    opens: bool
    from_people: bool
    kind: str = ""
    clear_after_s: float = 0.0
    source: Source | None = None


def triage(event: Event, city: City, source: Source | None = None) -> Triaged:
    """Say what an event is about and where it is, with the reasons.

    `source` is who sent it, for a source that was added beside those of the city pack.
    """
    source = source or city.codes.sources.get(event.source_id)
    what = classify(event, source, city.codes)
    place, where = locate(event, source, city)
    if isinstance(what, Unclassified):
        category, priority, confidence, opens, kind, clear_after_s = None, Priority.GENERAL, None, True, "", 0.0
    else:
        category, priority, confidence, opens = what.category, what.priority, what.confidence, what.opens
        kind, clear_after_s = what.kind, what.clear_after_s
    return Triaged(
        event=event,
        category=category,
        priority=priority,
        confidence=confidence,
        place=place,
        because=what.because + where,
        opens=opens and event.phase in _OPENING,
        from_people=_is_from_people(event, source),
        kind=kind,
        clear_after_s=clear_after_s,
        source=source,
    )


def decide(
    triaged: Triaged, situation: Situation, *, new_id: CaseId, number: str, task_id: TaskId, at: datetime
) -> list[Fact]:
    """Return what happens now, in order; [] for an event that tells nothing of any case.

    A known happening gets the event attached. A new one opens a case, which is filed and sent at once if
    nothing about it is doubtful, and waits for a person otherwise.
    """
    known = find_known(triaged.event, triaged.category, triaged.place, situation.cases, situation.city)
    if known:
        return _attach(triaged, known, situation, task_id, at)
    if not triaged.opens:
        return []
    doubts = list_doubts(triaged, situation.city)
    draft = Draft(None, new_id, at, situation.city)
    draft.add(_opening(triaged, number, doubts))
    if not doubts:
        _file_and_send(draft, situation, task_id, Reason("file.sure"))
    return draft.facts


def list_doubts(triaged: Triaged, city: City) -> tuple[Reason, ...]:
    """Return why a person must look before the case is filed, the weightiest first; () if none need."""
    doubts: list[Reason] = []
    flagged = reasons_of(read_flags(triaged.event.attributes.get(FLAGS_FIELD)))
    category, place = triaged.category, triaged.place
    if category is None:
        doubts.append(Reason("wait.category"))
    if not place.inside:
        doubts.append(Reason("wait.outside"))
    elif place.point is None:
        doubts.append(Reason("wait.place"))
    elif (place.accuracy_m or 0.0) > LOOSE_PLACE_M:
        doubts.append(Reason("wait.loose_place", {"accuracy_m": str(round(place.accuracy_m or 0.0))}))
    if triaged.from_people and not city.flow.auto_file_people:
        doubts.append(Reason("wait.people"))
    if category:
        unsure = doubt_of(triaged.event, triaged.source, category, triaged.confidence, city.codes)
        doubts += [unsure] if unsure else []
    if category and duty_table(city.codes).find(category, place) is None:
        doubts.append(Reason("wait.department"))
    return (*doubts, *flagged)


def _is_from_people(event: Event, source: Source | None) -> bool:
    channel = event.attributes.get("channel")
    if channel is not None:
        return channel not in TRUSTED_CHANNELS
    at_desk = source is not None and source.kind == "desk"
    return at_desk or bool(event.reporter) or event.vocabulary is Vocabulary.TEXT


def _opening(triaged: Triaged, number: str, doubts: tuple[Reason, ...]) -> CaseOpened:
    event = triaged.event
    return CaseOpened(
        number=number,
        category=triaged.category.code if triaged.category else CategoryCode(""),
        priority=triaged.priority,
        severity=event.severity,
        place=triaged.place,
        feed=event.feed,
        source_id=event.source_id,
        event_id=event.id,
        observed_at=event.observed_at,
        episode=event.episode,
        text=event.text,
        confidence=triaged.confidence,
        media=event.media,
        reporter=event.reporter,
        kind=triaged.kind,
        phase=event.phase,
        box=box_of(event),
        clear_after_s=triaged.clear_after_s,
        waiting=doubts[0].rule if doubts else "",
        flags=tuple(flag.kind.value for flag in read_flags(event.attributes.get(FLAGS_FIELD))),
        because=triaged.because + doubts,
    )


def _attach(triaged: Triaged, known: Known, situation: Situation, task_id: TaskId, at: datetime) -> list[Fact]:
    event, case = triaged.event, known.case
    draft = Draft(case, case.id, at, situation.city)
    draft.add(_attached(triaged, known))
    tells_more = case.is_open and triaged.opens
    if tells_more and _is_of_its_kind(
        triaged, case, situation.city
    ):  # before anything else comes of it: a worse turn must not be lost in an answer or behind a doubt
        _raise(draft, triaged, situation.city)
    if is_asked(draft, event.source_id) and (answer := answer_of(event)) is not None:
        take_answer(draft, situation, task_id, answer, event=event.id, media=event.media, note=event.text)
    elif tells_more:
        _confirm(draft, triaged, situation, task_id)
    return draft.facts


def _is_of_its_kind(triaged: Triaged, case: Case, city: City) -> bool:
    """Say whether an event may make its case worse. Who only names a case may have called it something else; a word of
    his that makes gas of litter must not send anybody running.
    """
    category = triaged.category
    if not triaged.event.of_case or category is None or category.code == case.category:
        return True
    return case.category in kin_table(city.codes).of(category.code)


def _attached(triaged: Triaged, known: Known) -> EventAttached:
    event = triaged.event
    return EventAttached(
        event_id=event.id,
        feed=event.feed,
        source_id=event.source_id,
        phase=event.phase,
        observed_at=event.observed_at,
        severity=event.severity,
        episode=event.episode,
        text=event.text,
        media=event.media,
        reporter=event.reporter,
        box=box_of(event),
        clear_after_s=triaged.clear_after_s,
        cleared=_is_cleared(known.case, event),
        because=(known.because,),
    )


def _is_cleared(case: Case, event: Event) -> bool | None:
    """Say whether nothing speaks of the case any more. A word that its episode has overtaken changes nothing; a state
    that is only told (sync) is no word.
    """
    if event.phase is Phase.SYNC:
        return None
    episode = event.episode or event.source_id
    if is_stale(find(case.sightings, episode), event.observed_at):
        return case.cleared
    return event.phase is Phase.CLOSE and not goes_on(case.sightings, but=episode)


def _confirm(draft: Draft, triaged: Triaged, situation: Situation, task_id: TaskId) -> None:
    """File a case that waits, where this event alone would have been filed; it is then called what says more of it."""
    case, category, city = draft.case, triaged.category, situation.city
    if category is None or case.stage not in UNFILED_STAGES - {Stage.REOPENED}:
        return
    kin = kin_table(city.codes).of(category.code)
    if category.code != case.category and case.category not in kin:
        return
    is_sure = not list_doubts(triaged, city)
    if category.code != case.category and case.stage is Stage.REPORTED:
        leads = kin[case.category]
        if leads == category.code or (is_sure and not leads):
            _rename(draft, category)
    if is_sure:
        _file_and_send(draft, situation, task_id, Reason("file.confirmed", {"feed": triaged.event.feed}))


def _rename(draft: Draft, category: Category) -> None:
    """Give a case that nobody has looked at yet the category that says more of it; its priority is not lowered."""
    case = draft.case
    priority = most_urgent(case.priority, priority_of(category, category.priority, case.severity))
    reason = Reason("known.leads", {"category": category.code})
    draft.add(CaseReclassified(category=category.code, priority=priority, by=BY_RULE, because=(reason,)))


def _raise(draft: Draft, triaged: Triaged, city: City) -> None:
    """Raise the case's priority and severity if the event tells of something worse. A new limit runs from now."""
    case, category = draft.case, triaged.category
    priority = most_urgent(case.priority, triaged.priority) if category else case.priority
    severity = max(case.severity, triaged.event.severity)
    if priority is case.priority and severity == case.severity:
        return
    limits = _sooner(case, category, priority, city, draft.at) if category and priority is not case.priority else {}
    reason = Reason("priority.raised", {"priority": priority.value, "severity": str(severity)})
    draft.add(PriorityRaised(priority=priority, severity=severity, because=(reason,), **limits))  # type: ignore[arg-type]


def _sooner(case: Case, category: Category, priority: Priority, city: City, at: datetime) -> dict[str, object]:
    """Return the limit that runs from now for a filed case, where it is over before the one that it has. A clock that
    stands still goes on standing still.
    """
    if case.filed_at is None or case.due_at is None:
        return {}
    clock = HandlingClock(limit=limit_of(category, priority), start=at)
    times = times_of(clock, city, category.code, case.department, case.place)
    if times.due_at >= case.due_at:
        return {}
    if case.clock is not None and case.clock.stopped_since is not None:
        clock = stop_clock(clock, at, case.clock.why)
    return {"clock": clock, **times._asdict()}


def _file_and_send(draft: Draft, situation: Situation, task_id: TaskId, reason: Reason) -> None:
    filed = filing(draft.case, situation.city, BY_RULE, draft.at, because=(reason,))
    if filed:
        draft.add(filed)
        continue_flow(draft, situation, task_id)
