"""What the facts of those who reported change. None of them moves the case."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from dispatch.changes.base import Change, Changes
from dispatch.facts import FactData, ReporterAnswered, ReporterWrote, ReportRated, ReportRedacted, ReportWithdrawn
from dispatch.record import Case, Rating

REPORTS_KEPT = 200
"""Reports that a case remembers of those that wrote, rated or left; the oldest is forgotten first."""


def _without(reports: tuple[str, ...], report: str) -> tuple[str, ...]:
    return tuple(each for each in reports if each != report)


def _write(case: Case, data: ReporterWrote, _at: datetime) -> Changes:
    return {"unanswered": (*_without(case.unanswered, data.report), data.report)[-REPORTS_KEPT:]}


def _answer(case: Case, data: ReporterAnswered, _at: datetime) -> Changes:
    return {"unanswered": _without(case.unanswered, data.report) if data.report else ()}


def _rate(case: Case, data: ReportRated, at: datetime) -> Changes:
    others = tuple(each for each in case.ratings if each.report != data.report)
    return {"ratings": (*others, Rating(report=data.report, stars=data.stars, at=at))[-REPORTS_KEPT:]}


def _leave(case: Case, data: ReportWithdrawn, _at: datetime) -> Changes:
    return {
        "withdrawn": (*_without(case.withdrawn, data.report), data.report)[-REPORTS_KEPT:],
        "unanswered": _without(case.unanswered, data.report),
        "reporter": "" if data.reporter and case.reporter == data.reporter else case.reporter,
    }


def _redact(case: Case, data: ReportRedacted, _at: datetime) -> Changes:
    return {
        "text": "" if data.words else case.text,
        "place": replace(case.place, address="") if data.address else case.place,
        "media": tuple(each for each in case.media if each not in data.media),
    }


CHANGES: Mapping[type[FactData], Change] = {
    ReporterWrote: _write,
    ReporterAnswered: _answer,
    ReportRated: _rate,
    ReportWithdrawn: _leave,
    ReportRedacted: _redact,
}
