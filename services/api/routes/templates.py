"""Phrases that are offered where people write."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request
from msgspec import Struct

from dispatch.city import Names
from services.api.fields import Short
from services.api.identity import needs
from services.api.platform import platform_of
from services.api.wire import Page, Reply, reply_page, router

routes = router("city")


class TemplateView(Struct, frozen=True, kw_only=True):
    """A phrase. {number}, {category}, {address} and {due} in its text are filled in by who uses it."""

    id: str
    kind: str
    text: Names
    category: str


@routes.get("/templates", operation_id="listTemplates", dependencies=needs("cases.read"))
async def list_templates(
    request: Request,
    kind: Annotated[Short, Query(description="note, reply, decline ...")] = "",
    category: Annotated[Short, Query(description="Of this category, and those of every category")] = "",
) -> Reply[Page[TemplateView]]:
    """Response templates, those of the category first."""
    found: Sequence[TemplateView] = [
        TemplateView(id=each.id, kind=each.kind, text=Names(each.zh, each.en), category=each.category)
        for each in platform_of(request).city.codes.templates
        if kind in ("", each.kind) and (not category or each.category in ("", category))
    ]
    return reply_page(sorted(found, key=lambda each: each.category == ""))
