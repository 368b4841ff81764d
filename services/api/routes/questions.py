"""Questions to the sources (智能核查): is what you told us over? A source asks for its questions and answers them.

A source that cannot ask is asked all the same: what it says next of the happening in its own format is its answer.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from msgspec import Struct

from dispatch.case import Answer, Case
from dispatch.ids import CaseId, SourceId
from services.api.fields import Form, Id, MediaIds, Prose
from services.api.identity import Caller, permission_or_source
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.cases import check_media
from services.api.wire import Page, Reply, reply, reply_page, router
from services.engine import questions

routes = router("questions")

Sender = Annotated[Caller, Depends(permission_or_source("events.write"))]

LONGEST_WAIT_S = 25
"""A device that waits longer meets the time limit of a proxy on its way."""
LOOK_EVERY_S = 0.25


class Question(Struct, frozen=True, kw_only=True):
    """One question: is the happening of this case over? `episodes` are what the source's own messages called it."""

    case_id: str
    number: str
    source: str
    category: str
    episodes: Sequence[str]
    asked_at: datetime
    answer_by: datetime


class NewAnswer(Form):
    """What the source says, with pictures that show it."""

    answer: Answer
    note: Prose = ""
    media: MediaIds = ()


class Taken(Struct, frozen=True):
    """What the case is after the answer."""

    case_id: str
    stage: str


def _speaks_for(request: Request, caller: Caller) -> tuple[SourceId, ...]:
    """Return the sources that the caller's key speaks for.

    :raises Problem: `not-allowed` for a person: a question is the source's own to answer.
    """
    if not caller.source_id:
        raise Problem("not-allowed", "Questions are asked of sources: send a source's key.")
    return platform_of(request).desk.state.senders.list_voiced(SourceId(caller.source_id))


def _question(case: Case) -> Question:
    assert case.answer_by is not None
    return Question(
        case_id=case.id,
        number=case.number,
        source=case.asked,
        category=case.category,
        episodes=case.episodes,
        asked_at=case.stage_since or case.last_event_at,
        answer_by=case.answer_by,
    )


@routes.get("/questions", operation_id="listQuestions")
async def list_questions(
    request: Request,
    caller: Sender,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for one if there is none")] = 0,
) -> Reply[Page[Question]]:
    """What the source whose key is sent, or one that it is the gateway of, is asked now."""
    sources = _speaks_for(request, caller)
    book = platform_of(request).desk.state.book
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    while not (asked := [case for source in sources for case in book.asked_of(source)]) and loop.time() < until:
        await asyncio.sleep(LOOK_EVERY_S)
        book = platform_of(request).desk.state.book
    return reply_page([_question(case) for case in asked], None)


@routes.post("/questions/{case_id}", operation_id="answerQuestion")
async def answer_question(request: Request, case_id: Id, caller: Sender, said: NewAnswer) -> Reply[Taken]:
    """Answer one. The answer is durable before it is taken; a second one finds nothing asked (409)."""
    sources = _speaks_for(request, caller)
    await check_media(request, said.media)
    desk = platform_of(request).desk
    case = await desk.order(
        lambda turn: questions.take(turn, CaseId(case_id), sources, said.answer, said.note, said.media)
    )
    return reply(Taken(case.id, case.stage.value))
