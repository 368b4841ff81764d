"""The case sheet: one case on paper, as PDF."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Query, Request, Response
from sqlalchemy import Connection

from dispatch.access import granted_permissions
from dispatch.case import Case
from dispatch.city import Names
from services.api.fields import Id
from services.api.identity import Reader
from services.api.platform import platform_of, tools_of
from services.api.routes.cases import get_seen_case
from services.api.sheet.compose import Composer
from services.api.sheet.values import PICTURES_MAX
from services.api.wire import router
from services.observe.clock import now
from services.store import journal
from services.store.accounts import find_names
from services.store.blurs import Box, find_boxes
from services.store.journal import Entry

routes = router("sheets")

FACTS_MAX = 2_000
"""Facts of one case that are read for its sheet; the sheet shows the last of them."""


@routes.get(
    "/cases/{case_id}/sheet",
    operation_id="getCaseSheet",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}, "description": "The sheet, A4"}},
)
async def get_sheet(
    request: Request, case_id: Id, account: Reader, lang: Annotated[Literal["zh", "en"], Query()] = "zh"
) -> Response:
    """One case as a sheet of paper: what it is, where, by when, whose, its pictures and what has happened."""
    case = await get_seen_case(request, case_id, account)
    platform, at = platform_of(request), now()
    who = account.name_zh if lang == "zh" else account.name_en
    pictures = await _pictures(request, case, is_clear="media.clear" in granted_permissions(account))

    def make(connection: Connection) -> bytes:
        """Write it in a reader's thread: a typeface is opened, and a page takes longer than a case."""
        from services.api.sheet.document import write_pdf  # noqa: PLC0415 - few servers ever draw one

        entries = _read_all(connection, case)
        people: dict[str, Names] = find_names(connection, _people(entries))
        composer = Composer(platform.city, lang, people)
        return write_pdf(composer.compose(case, entries, pictures, who or account.username, at))

    body = await platform.db.read(make)
    name = f'inline; filename="{case.number}-{lang}.pdf"'
    headers = {"Content-Disposition": name, "Cache-Control": "private, no-store"}
    return Response(body, media_type="application/pdf", headers=headers)


def _read_all(connection: Connection, case: Case) -> list[Entry]:
    return journal.list_of_case(connection, case.id, 0, FACTS_MAX)


def _people(entries: list[Entry]) -> set[str]:
    return {by for entry in entries if isinstance(by := getattr(journal.read_fact(entry), "by", ""), str) and by}


async def _pictures(request: Request, case: Case, *, is_clear: bool) -> list[Path]:
    """Return the small pictures that are there: paper shows no more than a screen's thumbnail does, and what is blurred
    for who asks for the sheet is blurred on it.
    """
    media, pictures = case.media[:PICTURES_MAX], tools_of(request).pictures
    blurs: dict[str, tuple[Box, ...]] = {}
    if not is_clear:
        blurs = await platform_of(request).db.read(
            lambda connection: {each: find_boxes(connection, each) for each in media}
        )
    found = []
    for media_id in media:
        with suppress(FileNotFoundError):
            found.append(await pictures.shown(media_id, blurs.get(media_id, ()), thumb=True))
    return found
