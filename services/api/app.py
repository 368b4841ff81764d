"""The web application: the routers, what every request passes, and the screens."""

from typing import Any

from fastapi import FastAPI
from starlette.routing import Mount

from services.api import problems, static
from services.api.guard import Guard
from services.api.open311 import app as open311
from services.api.plain import pages as plain
from services.api.platform import Platform, Tools
from services.api.public import embed, feeds, pages
from services.api.recordings import RecordingFolder
from services.api.refusals import REFUSALS
from services.api.routes import (
    account,
    audit,
    breakdowns,
    callbacks,
    calls,
    cases,
    city,
    commands,
    desk,
    field,
    health,
    held,
    hotline,
    labels,
    letters,
    media,
    messages,
    metrics,
    parcels,
    precision,
    privacy,
    public,
    push,
    questions,
    report_acts,
    report_help,
    reports,
    roles,
    session,
    settings,
    settings_draft,
    settings_files,
    settings_history,
    settings_sensing,
    settings_webhooks,
    sheets,
    sources,
    sso,
    telling,
    templates,
    tokens,
    users,
    views,
    workers,
)
from services.api.sso import make_sign_on
from services.api.vault import Vault
from services.api.wire import describe
from services.store.bucket_shelf import open_shelf
from services.store.pictures import PictureFolder

VERSION = "1.0.0"
"""Of the API: its first number changes when a client could break."""

ROUTERS = (
    # A route is found by asking each in turn; these doors are the ones that a crowd comes through.
    report_help.routes,  # before the private links: /reports/near is none
    reports.routes,
    session.routes,
    sso.routes,
    account.routes,
    tokens.routes,
    cases.routes,
    commands.routes,
    desk.routes,
    calls.routes,
    hotline.routes,
    callbacks.routes,
    sheets.routes,
    labels.routes,
    views.routes,
    report_acts.routes,
    telling.routes,
    public.routes,
    media.routes,
    city.routes,
    workers.routes,
    field.routes,
    push.routes,
    sources.routes,
    parcels.routes,
    held.routes,
    settings.routes,
    settings_draft.routes,
    settings_files.routes,
    settings_history.routes,
    settings_sensing.routes,
    settings_webhooks.routes,
    templates.routes,
    messages.routes,
    letters.routes,
    questions.routes,
    metrics.routes,
    breakdowns.routes,
    precision.routes,
    privacy.routes,
    users.routes,
    roles.routes,
    audit.routes,
    health.routes,
)

ABOUT = (
    "Event dispatch for city operations. Lists answer `{items, next}`; positions are `[lon, lat]` in WGS-84; times are "
    "RFC 3339 with a zone; a refusal is an RFC 9457 problem with a stable `type`."
)


def create_app(platform: Platform) -> FastAPI:
    """Return the application. The intake's doors and `/ws/live` are put in by bootstrap."""
    app = bare_app()
    app.state.platform = platform
    settings = platform.settings
    app.state.tools = Tools(
        PictureFolder(open_shelf(settings)),
        RecordingFolder(open_shelf(settings)),
        vault=Vault(settings),
        sso=make_sign_on(settings.oidc),
    )
    app.router.routes.append(Mount(open311.PREFIX, open311.make_open311(platform, app.state.tools)))
    app.router.routes.extend(plain.ROUTES)
    app.router.routes.extend((*pages.ROUTES, *feeds.ROUTES, *embed.ROUTES))
    static.mount(app, platform.settings, platform.city.id)
    return app


def bare_app() -> FastAPI:
    """Return the application without its parts: enough to describe it."""
    app = FastAPI(
        title="Wardline",
        version=VERSION,
        description=ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    for routes in ROUTERS:
        app.include_router(routes)
    problems.install(app, REFUSALS)
    app.add_middleware(Guard)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app, ROUTERS)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app
