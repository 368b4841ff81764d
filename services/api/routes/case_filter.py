"""The query of a list of cases: how it is written in an address, and what it means."""

from typing import Annotated, Literal

from fastapi import Request
from pydantic import Field

from dispatch.case import Stage
from services.api.boxes import box_of
from services.api.fields import CommaList, Form, Moment, Short, parts_of
from services.api.identity import check_permission
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.sight import NOBODY, scope_of_actor
from services.engine.people import actor_of
from services.store.accounts import Account
from services.store.case_queries import PAGE_MAX, SPANS, CaseFilter, Scope, Span

_OPEN = "open"


class CaseQuery(Form):
    """Which cases, as query parameters. Comma lists mean "any of these", `-` means "none"; all of them must hold."""

    stage: CommaList = Field("", description="Stages, or `open` for all that are not ended", examples=["open"])
    district: CommaList = ""
    street: CommaList = ""
    community: CommaList = ""
    category: CommaList = ""
    department: CommaList = ""
    worker: CommaList = ""
    source: CommaList = ""
    feed: CommaList = ""
    kind: CommaList = Field("", description="Video or sensor types for which a machine has opened it")
    verdict: CommaList = Field("", description="What a person has said of a machine's case: confirmed, refused")
    priority: CommaList = ""
    number: CommaList = Field("", description="Numbers of cases or of citizens' reports")
    mine: bool = Field(False, description="Only tasks of the worker who asks")
    overdue: bool | None = None
    on_time: bool | None = Field(None, description="false also for one that is overdue and still open")
    satisfied: bool | None = Field(None, description="What who reported it said when he was last called back")
    stars_from: int | None = Field(None, ge=1, le=5, description="At least so many stars, by who rated it last")
    reworked: bool | None = Field(None, description="Sent back at least once")
    unanswered: bool | None = Field(None, description="Whether one who reported has written and waits for an answer")
    q: Short = Field("", description="Words of text, address, number, category, street: all must be there")
    person: Short = Field("", description="Part of the name or telephone of who reported; takes `reporters.read`")
    bbox: Annotated[str, Field(max_length=120)] = Field("", description="west,south,east,north in degrees")
    opened_from: Moment | None = None
    opened_to: Moment | None = None
    filed_from: Moment | None = None
    filed_to: Moment | None = None
    due_from: Moment | None = None
    due_to: Moment | None = None
    first_dispatched_from: Moment | None = None
    first_dispatched_to: Moment | None = None
    accepted_from: Moment | None = None
    accepted_to: Moment | None = None
    arrived_from: Moment | None = None
    arrived_to: Moment | None = None
    handled_from: Moment | None = None
    handled_to: Moment | None = None
    checked_from: Moment | None = None
    checked_to: Moment | None = None
    closed_from: Moment | None = None
    closed_to: Moment | None = None
    voided_from: Moment | None = None
    voided_to: Moment | None = None
    judged_from: Moment | None = None
    judged_to: Moment | None = None
    called_from: Moment | None = None
    called_to: Moment | None = None
    rated_from: Moment | None = None
    rated_to: Moment | None = None
    reckoned_from: Moment | None = Field(
        None, description="Overdue or closed, by due time or closing, whichever was earlier: what on-time rates count"
    )
    reckoned_to: Moment | None = None


class CaseListQuery(CaseQuery):
    """A page of a list of cases."""

    after: Annotated[str, Field(max_length=200)] = Field("", description="`next` of the page before")
    limit: int = Field(100, ge=1, le=PAGE_MAX)
    sort: Literal["newest", "oldest", "due"] = Field("newest", description="`after` goes with the order it came with")
    count: Literal["none", "exact"] = Field("none", description="`exact` adds `total`")


def filter_of(query: CaseQuery, account: Account) -> CaseFilter:
    """Return what the query asks for.

    :raises Problem: `invalid` for an unknown stage or a box that is none, `not-allowed` for a person who is none of
        the account's business.
    """
    if query.person.strip():
        check_permission(account, "reporters.read")
    stages = parts_of(query.stage)
    unknown = [stage for stage in stages if stage != _OPEN and stage not in set(Stage)]
    if unknown:
        raise Problem("invalid", f"query.stage: {unknown[0][:40]!r} is no stage; known are open, {', '.join(Stage)}.")
    return CaseFilter(
        stages=[stage for stage in stages if stage != _OPEN] if _OPEN not in stages else (),
        open_only=_OPEN in stages,
        districts=parts_of(query.district),
        streets=parts_of(query.street),
        communities=parts_of(query.community),
        categories=parts_of(query.category),
        departments=parts_of(query.department),
        workers=(account.worker_id or NOBODY,) if query.mine else parts_of(query.worker),
        sources=parts_of(query.source),
        feeds=parts_of(query.feed),
        kinds=parts_of(query.kind),
        verdicts=parts_of(query.verdict),
        priorities=parts_of(query.priority),
        numbers=parts_of(query.number),
        overdue=query.overdue,
        on_time=query.on_time,
        words=query.q.strip(),
        person=query.person.strip(),
        box=box_of(query.bbox),
        reworked=query.reworked,
        unanswered=query.unanswered,
        satisfied=query.satisfied,
        stars_from=query.stars_from,
        spans={name: span for name in SPANS if (span := _span(query, name)) != Span()},
    )


def _span(query: CaseQuery, name: str) -> Span:
    return Span(getattr(query, f"{name}_from"), getattr(query, f"{name}_to"))


def scope_of(request: Request, account: Account) -> Scope:
    """Return what the account may see, as `dispatch.access.may_see_fact` says.

    :raises Problem: `not-allowed` for who sees no cases.
    """
    check_permission(account, "cases.read")
    city = platform_of(request).city
    return scope_of_actor(actor_of(account, city), city)
