"""What the facts of sorting change: accepting, verifying, filing, leaving out, and what a case is of."""

from collections.abc import Mapping
from datetime import datetime

from dispatch.changes.base import Change, Changes, end, limit, nothing, reasons
from dispatch.clocks import HandlingClock
from dispatch.episodes import fall_silent, goes_on, hear, wait_until
from dispatch.event import Phase
from dispatch.facts import (
    CaseAccepted,
    CaseDeclined,
    CaseFiled,
    CaseMerged,
    CaseReclassified,
    CaseRelocated,
    CaseSelfHandled,
    CaseVoided,
    ClearedBySilence,
    DuplicateMerged,
    EventAttached,
    FactData,
    LimitChanged,
    MasterEnded,
    PriorityRaised,
    PrioritySet,
    SilenceExcused,
    VerificationAsked,
    VerificationFailed,
    VerificationPassed,
)
from dispatch.facts.base import BY_RULE
from dispatch.record import Case, Verdict
from dispatch.stages import UNFILED_STAGES, Stage

MEDIA_KEPT = 24
"""Pictures that a case itself carries, the first ones; the others are found through its events."""

EPISODES_KEPT = 64
"""Episode keys that a case is known by, the latest; an older one is found again by category and place."""

MERGED_KEPT = 200
"""Duplicates that a case remembers: more would be a flood, and a flood attaches instead of opening."""


JUDGED_STAGES = UNFILED_STAGES - {Stage.REOPENED}
"""While it is open whether a machine was right. One that is reopened was judged when it ended."""


def _attach(case: Case, data: EventAttached, at: datetime) -> Changes:
    new = data.episode and data.episode not in case.episodes
    is_word = data.phase is not Phase.SYNC
    told = data.phase is Phase.CLOSE if data.cleared is None else data.cleared
    return {
        "events": case.events + 1,
        "last_event_at": max(case.last_event_at, data.observed_at),
        "episodes": (*case.episodes, data.episode)[-EPISODES_KEPT:] if new else case.episodes,
        "media": (case.media + tuple(each for each in data.media if each not in case.media))[:MEDIA_KEPT],
        "reporter": case.reporter or data.reporter,
        "cleared": told if is_word else case.cleared,
        "silent": case.silent and not is_word,
        "first_event_at": min(case.first_event_at or case.opened_at, data.observed_at),
        "sightings": hear(case.sightings, data, data.observed_at, at),
    }


def _clear_by_silence(case: Case, data: ClearedBySilence, _at: datetime) -> Changes:
    sightings = fall_silent(case.sightings, data.episode)
    return {"sightings": sightings, "silent": not goes_on(sightings) and not case.cleared}


def _excuse(case: Case, data: SilenceExcused, _at: datetime) -> Changes:
    return {"sightings": wait_until(case.sightings, data.episode, data.until)}


def _judge(case: Case, by: str, verdict: Verdict, at: datetime) -> Changes:
    """A person's word on a machine's case that nobody has filed yet; what the rules do judges nothing."""
    if by == BY_RULE or not case.kind or case.stage not in JUDGED_STAGES:
        return {}
    return {"verdict": verdict, "judged_at": at}


def _accept(case: Case, _data: CaseAccepted, at: datetime) -> Changes:
    return {"received_at": case.received_at or at, "waiting": ""}


def _file(case: Case, data: CaseFiled, at: datetime) -> Changes:
    return {
        "department": data.department,
        "filed_at": at,
        "received_at": case.received_at or at,
        "waiting": "",
        "verifier": "",
        "because": reasons(case, data.because, "wait", "file", "duty"),
        "due_at": data.due_at,
        "warn_at": data.warn_at,
        "marks": data.marks,
        "clock": HandlingClock(limit=data.limit, start=at) if data.limit else None,
        "warned": 0,
        "overdue": False,
        "on_time": None,
        "handled_at": None,
        **_judge(case, data.by, Verdict.CONFIRMED, at),
    }


def _ask_to_verify(case: Case, data: VerificationAsked, at: datetime) -> Changes:
    return {"verifier": data.collector, "received_at": case.received_at or at}


def _raise(case: Case, data: PriorityRaised, at: datetime) -> Changes:
    return {"priority": data.priority, "severity": data.severity, **limit(case, data, at)}


def _set_priority(case: Case, data: PrioritySet, at: datetime) -> Changes:
    return {"priority": data.priority, **limit(case, data, at)}


def _reclassify(case: Case, data: CaseReclassified, at: datetime) -> Changes:
    return {"category": data.category, "priority": data.priority, **_new_duty(case, data), **limit(case, data, at)}


def _relocate(case: Case, data: CaseRelocated, at: datetime) -> Changes:
    return {"place": data.place, **_new_duty(case, data), **limit(case, data, at)}


def _new_duty(case: Case, data: CaseReclassified | CaseRelocated) -> Changes:
    if not data.department:
        return {}
    return {"department": data.department, "because": reasons(case, data.because, "duty")}


def _leave_out(case: Case, _data: object, at: datetime) -> Changes:
    return {"voided_at": at, "waiting": "", **end(case, at)}


def _find_true(case: Case, data: VerificationPassed, at: datetime) -> Changes:
    return {"waiting": "", "verifier": "", **_judge(case, data.by, Verdict.CONFIRMED, at)}


def _find_false(case: Case, data: VerificationFailed, at: datetime) -> Changes:
    return {**_leave_out(case, data, at), **_judge(case, data.by, Verdict.REFUSED, at)}


def _decline(case: Case, data: CaseDeclined, at: datetime) -> Changes:
    """It is so, and below what the city files: the machine was right."""
    return {**_leave_out(case, data, at), **_judge(case, data.by, Verdict.CONFIRMED, at)}


def _void(case: Case, data: CaseVoided, at: datetime) -> Changes:
    judged = _judge(case, data.by, Verdict.REFUSED, at) if data.false_alarm else {}
    return {**_leave_out(case, data, at), **judged}


def _merge(case: Case, data: CaseMerged, at: datetime) -> Changes:
    return {"merged_into": data.into, **_leave_out(case, data, at)}


def _take_in(case: Case, data: DuplicateMerged, _at: datetime) -> Changes:
    return {"merged": (*case.merged, data.duplicate)[-MERGED_KEPT:]}


def _self_handle(case: Case, data: CaseSelfHandled, at: datetime) -> Changes:
    return {
        "received_at": case.received_at or at,
        "handled_at": at,
        "waiting": "",
        "before": data.before,
        "media": (case.media + tuple(each for each in data.after if each not in case.media))[:MEDIA_KEPT],
    }


CHANGES: Mapping[type[FactData], Change] = {
    EventAttached: _attach,
    ClearedBySilence: _clear_by_silence,
    SilenceExcused: _excuse,
    CaseAccepted: _accept,
    VerificationAsked: _ask_to_verify,
    VerificationPassed: _find_true,
    VerificationFailed: _find_false,
    CaseFiled: _file,
    CaseDeclined: _decline,
    CaseVoided: _void,
    CaseMerged: _merge,
    DuplicateMerged: _take_in,
    MasterEnded: nothing,
    CaseSelfHandled: _self_handle,
    PriorityRaised: _raise,
    PrioritySet: _set_priority,
    CaseReclassified: _reclassify,
    CaseRelocated: _relocate,
    LimitChanged: limit,
}
