"""What who has the private link of a report sees of it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from dispatch.case import Case
from dispatch.ids import CaseId
from dispatch.refusals import ReportNotRead
from dispatch.reporting import ACTS, find_bar
from dispatch.situation import Situation
from services.api.public_cases import RoughPlace, rough_place
from services.api.timeline import RECEIVED, TimelineItem, make_timeline, public_stage
from services.live.views import CategoryName, category_name
from services.store import journal, report_words
from services.store.case_queries import list_masters
from services.store.journal import Entry
from services.store.report_words import ReportMessage
from services.store.reporters import CitizenReport


class ActView(Struct, frozen=True, kw_only=True):
    """Something that who reported may do: `zh` and `en` say why not, where it is not allowed now."""

    name: str
    allowed: bool
    zh: str
    en: str


class MessageView(Struct, frozen=True, kw_only=True):
    """One message. `kind` is message, reply, rating (its comment) or reopen (its reason); "" once it was taken back."""

    id: str
    at: datetime
    kind: str
    office: bool
    text: str


class FollowView(Struct, frozen=True, kw_only=True):
    """What has become of a report. `stage` is "received" until the desk has read it.

    `photos` are its sender's own, `result` those that show how it was done; `rating` is 0 before there is one.
    """

    number: str
    stage: str
    category: CategoryName | None
    place: RoughPlace | None
    opened_at: datetime
    due_at: datetime | None
    timeline: Sequence[TimelineItem]
    photos: Sequence[str]
    result: Sequence[str]
    messages: Sequence[MessageView]
    acts: Sequence[ActView]
    rating: int
    withdrawn: bool
    redacted: bool


class Found(Struct, frozen=True, kw_only=True):
    """What is kept of a report: its case and that which it was merged into last (the same where it was not)."""

    case: Case | None = None
    master: Case | None = None
    entries: Sequence[Entry] = ()
    master_entries: Sequence[Entry] = ()
    messages: Sequence[ReportMessage] = ()


def look_up(connection: Connection, mine: CitizenReport) -> Found:
    """Read all that the link shows."""
    family = list_masters(connection, CaseId(mine.case_id)) if mine.case_id else []
    if not family:
        return Found()
    case = family[0]
    return Found(
        case=case,
        master=family[-1],
        entries=journal.list_of_case(connection, case.id),
        master_entries=journal.list_of_case(connection, family[-1].id) if len(family) > 1 else (),
        messages=report_words.list_of_report(connection, mine.number, [each.id for each in family]),
    )


def follow_view(mine: CitizenReport, found: Found, situation: Situation, token: str, at: datetime) -> FollowView:
    case, base, city = found.case, f"/api/v1/reports/{token}", situation.city
    timeline = make_timeline(mine.created_at, _entries_told(found), mine.number)
    master = found.master
    ratings = [each.stars for each in master.ratings if each.report == mine.number] if master else []
    return FollowView(
        number=mine.number,
        stage=public_stage(case, timeline) if case else RECEIVED[0],
        category=category_name(case.category, city.codes) if case and case.category else None,
        place=rough_place(case) if case else None,
        opened_at=mine.created_at,
        due_at=master.due_at if master else None,
        timeline=timeline,
        photos=[f"{base}/photos/{media_id}" for media_id in mine.media],
        result=[f"{base}/result/{media_id}" for media_id in result_of(found)],
        messages=[_message_view(each) for each in found.messages],
        acts=[_act_view(name, mine, master, situation, at) for name in ACTS],
        rating=ratings[-1] if ratings else 0,
        withdrawn=mine.withdrawn_at is not None,
        redacted=mine.redacted_at is not None,
    )


def _entries_told(found: Found) -> list[Entry]:
    """Return the facts of the case; of one that it was merged into, those by which that was taken up again."""
    merged_at = next((each.at for each in found.entries if each.kind == "CaseMerged"), None)
    again = [
        each
        for each in found.master_entries
        if each.kind == "CaseReopened" and merged_at is not None and each.at >= merged_at
    ]
    return sorted((*found.entries, *again), key=lambda entry: entry.seq)


class _Pictures(Struct):
    """What is read of the facts that bring pictures of a result."""

    media: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def result_of(found: Found) -> Sequence[str]:
    """Return the pictures that show how it was done, once somebody has looked and found it in order.

    Those that the worker took afterwards and no others: what patrols, checks and cameras have taken is the city's own.
    """
    shown: tuple[str, ...] = ()
    latest: tuple[str, ...] = ()
    for entry in sorted(chain(found.entries, found.master_entries), key=lambda each: each.seq):
        if entry.kind in ("CaseHandled", "CaseSelfHandled"):
            pictures = msgspec.json.decode(entry.data, type=_Pictures)
            latest = pictures.after or pictures.media
        elif entry.kind in ("CaseReworked", "CaseReopened"):
            shown = latest = ()
        elif entry.kind in ("CheckPassed", "CaseClosed"):
            shown = latest
    return shown


def _message_view(message: ReportMessage) -> MessageView:
    return MessageView(id=message.id, at=message.at, kind=message.kind, office=bool(message.author), text=message.text)


_TAKEN_BACK = ActView(name="redact", allowed=False, zh="您的文字和照片已经撤下。", en="Your words and photos are gone.")


def _act_view(name: str, mine: CitizenReport, case: Case | None, situation: Situation, at: datetime) -> ActView:
    if name == "redact" and mine.redacted_at is not None:
        return _TAKEN_BACK
    bar = find_bar(name, mine.number, case, situation, at=at) if case else ReportNotRead()
    return ActView(name=name, allowed=bar is None, zh=bar.zh if bar else "", en=bar.en if bar else "")
