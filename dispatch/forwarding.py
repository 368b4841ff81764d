"""Giving cases to other systems: which of them, when, and what follows from what they say."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from dispatch.case import (
    Case,
    CaseClosed,
    CaseForceClosed,
    CaseForwarded,
    CaseHandled,
    CaseMerged,
    CaseVoided,
    Fact,
    FactData,
    ForwardEnded,
    ForwardFailed,
    ForwardTaken,
    PartnerUpdated,
    Stage,
)
from dispatch.city import Codes
from dispatch.citymap import City
from dispatch.clocks import rework_clock
from dispatch.facts.base import BY_RULE
from dispatch.ids import TaskId, WorkerId
from dispatch.limits import changed
from dispatch.partners import ForwardRule, Meaning, Updates
from dispatch.reasons import Reason
from dispatch.record import Forward

OF_PARTNER = "partner:"
"""Before the id of a partner who has done something (`by` of facts)."""
FORWARDS_MAX = 8
"""Of one case. Each reopening forwards anew; one that is passed on so often is no longer passed on by a rule."""

_UPDATES: Mapping[type[FactData], str] = {
    CaseClosed: "CLOSED",
    CaseForceClosed: "CLOSED",
    CaseVoided: "CANCELLED",
    CaseMerged: "DUPLICATE",
    ForwardEnded: "NO_FURTHER_ACTION",
}
"""Facts that a partner is told, where he takes updates -> the status that he is told (mySociety's words)."""


class Parcel(Struct, frozen=True, kw_only=True):
    """Something that a partner is to be told because of a fact. `status` is "" for the request itself."""

    partner: str
    reference: str
    status: str = ""


def parcels_of(data: FactData, after: Case, codes: Codes) -> tuple[Parcel, ...]:
    """Return what partners are to be told of a fact: the request, or that there is an end of it."""
    if isinstance(data, CaseForwarded):
        return (Parcel(partner=data.partner, reference=data.reference),)
    status = _UPDATES.get(type(data))
    if status is None or not after.forwards:
        return ()
    only = data.reference if isinstance(data, ForwardEnded) else ""
    return tuple(
        Parcel(partner=each.partner, reference=each.reference, status=status)
        for each in after.forwards
        if (not only or each.reference == only) and _takes_updates(each, codes)
    )


def _takes_updates(forward: Forward, codes: Codes) -> bool:
    partner = codes.partners.get(forward.partner)
    return partner is not None and partner.updates is Updates.BOTH and not forward.failed


def forwarding(case: Case, codes: Codes) -> Iterable[CaseForwarded]:
    """Yield the forwarding of a filed case to each partner that a row names and that has not been told since it was
    filed. Of several rows of one partner that fit, the one with a department counts, then one with areas, then the
    first; one partner handles at most.
    """
    told = {each.partner for each in case.forwards if case.filed_at is None or each.at >= case.filed_at}
    chosen: dict[str, ForwardRule] = {}
    for rule in sorted(codes.forwarding.get(case.category, ()), key=_breadth):
        if rule.partner not in told and rule.partner in codes.partners and _fits(rule, case):
            chosen.setdefault(rule.partner, rule)
    is_handled = case.partner is not None
    for count, rule in enumerate(chosen.values(), start=len(case.forwards) + 1):
        if count > FORWARDS_MAX:
            return
        handles = rule.handles and not is_handled
        is_handled = is_handled or handles
        yield CaseForwarded(
            partner=rule.partner,
            service_code=rule.service_code,
            reference=case.number if count == 1 else f"{case.number}/{count}",
            handles=handles,
            because=(Reason("forward.row", {"partner": rule.partner, "service_code": rule.service_code}),),
        )


def _breadth(rule: ForwardRule) -> tuple[bool, bool]:
    return not rule.department, not rule.areas


def _fits(rule: ForwardRule, case: Case) -> bool:
    if rule.department and rule.department != case.department:
        return False
    return not rule.areas or any(area in rule.areas for area in case.place.path)


def rule_of(forward: Forward, case: Case, codes: Codes) -> ForwardRule | None:
    """Return the row by which a case was forwarded; None where the pack has it no longer."""
    rows = [each for each in codes.forwarding.get(case.category, ()) if each.partner == forward.partner]
    same = [each for each in sorted(rows, key=_breadth) if each.service_code == forward.service_code]
    return next((each for each in same if _fits(each, case)), same[0] if same else None)


def taken(case: Case, reference: str, request_id: str, at: datetime) -> list[Fact]:
    """Return that a partner has the case; [] where that is known."""
    forward = case.find_forward(reference)
    if forward is None or forward.request_id == request_id:
        return []
    return [Fact(case.id, at, ForwardTaken(partner=forward.partner, reference=reference, request_id=request_id))]


def failed(case: Case, reference: str, reason: str, detail: str, by: str, at: datetime) -> list[Fact]:
    """Return that a partner could not be told; [] where that is known."""
    forward = case.find_forward(reference)
    if forward is None or forward.failed == reason:
        return []
    data = ForwardFailed(partner=forward.partner, reference=reference, reason=reason, detail=detail, by=by)
    return [Fact(case.id, at, data)]


class News(Struct, frozen=True, kw_only=True):
    """What a partner says of a request."""

    reference: str
    word: str
    meaning: Meaning
    note: str = ""
    update_id: str = ""
    said_at: datetime | None = None


def told(case: Case, news: News) -> list[FactData]:
    """Return a partner's news as facts; [] where it is none.

    News that is older than the last of it adds its words and moves nothing, as in FixMyStreet.
    """
    forward = case.find_forward(news.reference)
    if forward is None:
        return []
    is_late = bool(news.said_at and forward.said_at and news.said_at < forward.said_at)
    meaning = Meaning(forward.meaning) if is_late and forward.meaning else news.meaning
    is_same = (forward.word, forward.meaning) == (news.word, meaning)
    if is_same and (not news.note or news.note == forward.note):
        return []
    return [
        PartnerUpdated(
            partner=forward.partner,
            reference=forward.reference,
            meaning=meaning.value,
            word=forward.word if is_late else news.word,
            note=news.note,
            update_id=news.update_id,
            said_at=news.said_at,
        )
    ]


def follows(case: Case, city: City, at: datetime) -> FactData | None:
    """Return what follows for a filed case from the last word of the partner who handles it, None where nothing does:
    what he has done is handled, and to be checked; what he will not do our own people do.
    """
    forward = case.partner
    if forward is None:
        return None
    by = f"{OF_PARTNER}{forward.partner}"
    if forward.meaning == Meaning.HANDLED:
        return CaseHandled(task_id=TaskId(""), worker=WorkerId(""), by=by, note=forward.note)
    if forward.meaning == Meaning.REFUSED:
        why = Reason("forward.refused", {"partner": forward.partner})
        return ended(case, city, at, by=by, reason=why.rule, because=(why,))
    return None


def ended(
    case: Case,
    city: City,
    at: datetime,
    *,
    by: str = BY_RULE,
    reason: str = "",
    media: tuple[str, ...] = (),
    because: tuple[Reason, ...] = (),
) -> ForwardEnded:
    """Return that the partner who handles the case does so no longer; a clock that stood for the check runs again."""
    forward = case.partner
    assert forward is not None, "only who handles it can cease to"
    clock = rework_clock(case.clock, at, None) if case.clock and case.stage is not Stage.FILED else None
    limits: dict[str, Any] = changed(case, clock, city)
    return ForwardEnded(
        partner=forward.partner,
        reference=forward.reference,
        by=by,
        reason=reason,
        media=media,
        because=because,
        **limits,
    )
