"""What who reported may do with his report, and the office's answer to him (留言, 答复, 评价, 重办, 撤回, 撤下)."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta

from dispatch.case import (
    CaseReopened,
    CaseVoided,
    ReporterAnswered,
    ReporterWrote,
    ReportRated,
    ReportRedacted,
    ReportWithdrawn,
    Stage,
)
from dispatch.facts.base import BY_REPORTER
from dispatch.moves.asking import Ask, Fields, Pictures, Prose, Word
from dispatch.moves.sorting import tell_whole
from dispatch.refusals import (
    EndedAlready,
    NotEnded,
    RatingOver,
    ReopenedEnough,
    ReopeningOver,
    ReportWithdrawnAlready,
    SentAlready,
)
from dispatch.stages import ENDED_STAGES, UNFILED_STAGES

RATED_STAGES = frozenset({Stage.CLOSED, Stage.FORCED_CLOSED})
REOPENED_STAGES = RATED_STAGES | {Stage.NOT_FILED}
"""What has ended so may be taken up again; what was void or withdrawn is reported anew."""
UNSENT_STAGES = UNFILED_STAGES | {Stage.FILED}
"""Nobody has been sent yet."""

Report = Annotated[str, Meta(min_length=1, max_length=24)]
MessageId = Annotated[str, Meta(max_length=64)]


class Telling(Fields, frozen=True, kw_only=True):
    """What every act of a reporter says: which report is his, and by what name his words are kept ("" for none)."""

    report: Report
    message_id: MessageId = ""


class Rated(Telling, frozen=True, kw_only=True):
    stars: Annotated[int, Meta(ge=1, le=5)]


class Leaving(Telling, frozen=True, kw_only=True):
    reporter: Word = ""


class Redacting(Telling, frozen=True, kw_only=True):
    words: bool = False
    address: bool = False
    media: Pictures = ()


class Replying(Fields, frozen=True):
    """`report` is whose message is answered; "" is everybody's who reported the case."""

    text: Prose = ""
    report: Word = ""


def reply(ask: Ask) -> None:
    """Answer. The words stay where they can be deleted, under the id that is fresh with every command."""
    ask.draft.add(ReporterAnswered(by=ask.by, report=ask.data.report, message_id=ask.task_id))


def write(ask: Ask) -> None:
    check_here(ask)
    ask.draft.add(ReporterWrote(report=ask.data.report, message_id=ask.data.message_id))


def rate(ask: Ask) -> None:
    """Say how it was done, and say it otherwise for some days."""
    check_here(ask)
    case, days = ask.case, ask.situation.city.flow.rate_days
    if case.stage not in RATED_STAGES:
        raise NotEnded()
    if case.closed_at is not None and ask.at > case.closed_at + timedelta(days=days):
        raise RatingOver(days=f"{days:g}")
    ask.draft.add(ReportRated(report=ask.data.report, stars=ask.data.stars, message_id=ask.data.message_id))


def reopen(ask: Ask) -> None:
    """Have it taken up again. Nobody of the city has looked at it yet: it waits to be filed, or not."""
    check_here(ask)
    case, flow = ask.case, ask.situation.city.flow
    if case.stage not in REOPENED_STAGES:
        raise NotEnded()
    ended_at = case.closed_at or case.voided_at
    if ended_at is not None and ask.at > ended_at + timedelta(days=flow.reopen_days):
        raise ReopeningOver(days=f"{flow.reopen_days:g}")
    if case.reopened >= flow.reporter_reopens:
        raise ReopenedEnough(times=str(flow.reporter_reopens))
    data = ask.data
    ask.draft.add(CaseReopened(by=BY_REPORTER, reason="", report=data.report, message_id=data.message_id))
    tell_whole(ask)


def leave(ask: Ask) -> None:
    """Take the report back. Where nothing else tells of the case, that is the end of it, if nobody was sent yet."""
    check_here(ask)
    case, data = ask.case, ask.data
    if case.stage in ENDED_STAGES:
        raise EndedAlready()
    alone = not case.merged and case.events - len(case.withdrawn) <= 1
    if alone and case.stage not in UNSENT_STAGES:
        raise SentAlready()
    ask.draft.add(ReportWithdrawn(report=data.report, reporter=data.reporter))
    if alone:
        ask.draft.add(CaseVoided(by=BY_REPORTER, reason=WITHDRAWN))


WITHDRAWN = "withdrawn by reporter"
"""The reason of a case that is void because nobody reports it any more."""


def redact(ask: Ask) -> None:
    """Take back one's words and pictures, whatever has become of the case."""
    data = ask.data
    ask.draft.add(ReportRedacted(report=data.report, words=data.words, address=data.address, media=data.media))


def check_here(ask: Ask) -> None:
    """:raises ReportWithdrawnAlready: if his report is none any more."""
    if ask.data.report in ask.case.withdrawn:
        raise ReportWithdrawnAlready()
