"""The routes of Open311: an application of its own inside ours, because its formats, its errors and its names are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from dispatch.case import Case
from dispatch.ids import CategoryCode
from services.api.hands import Hold
from services.api.identity import address_of
from services.api.limits import RateLimit
from services.api.open311.bulk import Writing, answer_bulk
from services.api.open311.discovery import discover
from services.api.open311.errors import BadRequest311, Fault, answer_faults, language_of, not_found
from services.api.open311.fetching import MediaFetcher
from services.api.open311.filing import check, file, receipt, store_pictures
from services.api.open311.formats import FORMATS, Format, Value, respond
from services.api.open311.keys import Quotas, require_source, too_many
from services.api.open311.listing import (
    ROWS_MAX,
    Asked,
    Query,
    check_jurisdiction,
    query_of,
    read_ids,
    read_query,
    read_updates_span,
)
from services.api.open311.reading import read_form
from services.api.open311.records import KINDS, Reader, hidden_of, rough_of
from services.api.open311.services import definition_of, list_services
from services.api.open311.updates import add_update, answer_update, check_update, describe_update, find_case_of
from services.api.platform import Platform, Tools, platform_of, tools_of
from services.engine.refusals import Overloaded, Refused
from services.observe.clock import now
from services.store import journal, packs
from services.store.blurs import find_boxes
from services.store.media import find_medium
from services.store.reporters import find_report
from services.store.requests import PublicRequest, Wanted, find_parents, list_requests, list_updates
from services.store.shelf import BucketAway

PREFIX = "/open311"
FRESH = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-cache"}
"""What is read here is public, for pages of any origin too; what is posted is not."""
PICTURE = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}
"""A picture can be taken down: nobody keeps it for longer than an hour."""


@dataclass(slots=True)
class Doors:
    """What the interface keeps between requests, in this process only."""

    fetcher: MediaFetcher
    quotas: Quotas = field(default_factory=Quotas)
    writing: Writing = field(default_factory=Writing)
    readers: RateLimit = field(default_factory=lambda: RateLimit(burst=3_000, per_minute=1_200))
    """Questions of one address: a partner's program asks for every request that it has, one by one."""


def make_open311(platform: Platform, tools: Tools) -> Starlette:
    """Return the application that answers under `/open311`."""
    app = Starlette(
        routes=[
            Route("/discovery.{suffix}", get_discovery),
            Route("/v2/discovery.{suffix}", get_discovery),
            Route("/v2/services.{suffix}", get_services),
            Route("/v2/services/{code}.{suffix}", get_definition),
            Route("/v2/requests.{suffix}", post_request, methods=["POST"]),
            Route("/v2/requests.{suffix}", get_requests),
            Route("/v2/requests/{number}.{suffix}", get_request),
            Route("/v2/tokens/{token}.{suffix}", get_token),
            Route("/v2/servicerequestupdates.{suffix}", post_update, methods=["POST"]),
            Route("/v2/servicerequestupdates.{suffix}", get_updates),
            Route("/bulk/requests.{suffix}", get_bulk),
            Route("/v2/media/{number}/{media_id}.jpg", get_picture),
        ],
        exception_handlers={
            BadRequest311: _tell,
            HTTPException: _tell_http,
            Refused: _tell_refused,
            BucketAway: _tell_refused,
            Exception: _tell_failure,
        },
    )
    app.state.platform, app.state.tools = platform, tools
    app.state.doors = Doors(MediaFetcher(platform.settings.open311_media_hosts))
    return app


# --- what every request passes ---------------------------------------------------------------------------------------


def _doors_of(request: Request) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


def _format_of(request: Request) -> Format:
    """:raises BadRequest311: 404 for a format that there is not."""
    found = FORMATS.get(request.path_params["suffix"])
    if found is None:
        raise not_found("只有 xml 与 json 两种格式", "There are two formats: xml and json")
    return found


def _read(request: Request) -> tuple[Format, Query]:
    """Return the format and the parameters of a question.

    :raises BadRequest311: 404 for another jurisdiction or format, 429 for too many questions.
    """
    if wait_s := _doors_of(request).readers.wait_s(address_of(request), now()):
        raise too_many(wait_s)
    form, query = _format_of(request), query_of(request.query_params.multi_items())
    check_jurisdiction(query.get("jurisdiction_id", ""), platform_of(request).settings.open311_jurisdictions)
    return form, query


def _reader_of(request: Request) -> Reader:
    return Reader(platform_of(request).city, language_of(request), _base_url(request))


def _base_url(request: Request) -> str:
    """Return how the world calls this server."""
    configured = platform_of(request).settings.public_url
    return configured or f"{request.url.scheme}://{request.url.netloc}"


# --- what can be reported --------------------------------------------------------------------------------------------


async def get_discovery(request: Request) -> Response:
    form, _ = _read(request)
    platform = platform_of(request)
    newest = await platform.db.read(packs.find_newest_version)
    name = platform.city.name
    reader = _reader_of(request)
    changed_at = newest.loaded_at if newest else platform.started_at
    document = discover(platform.settings, _base_url(request), reader.choose(name.zh, name.en), changed_at)
    return respond(form, "discovery", document, headers=FRESH)


async def get_services(request: Request) -> Response:
    form, _ = _read(request)
    services = list_services(platform_of(request).city.codes, language_of(request))
    return respond(form, "services", services, headers=FRESH)


async def get_definition(request: Request) -> Response:
    form, _ = _read(request)
    codes, code = platform_of(request).city.codes, CategoryCode(request.path_params["code"])
    if code not in codes.categories:
        raise not_found("没有这个 service_code", "No service has that service_code")
    definition = definition_of(code, codes.questions.get(code, ()), language_of(request))
    return respond(form, "service_definition", definition, headers=FRESH)


# --- filing ----------------------------------------------------------------------------------------------------------


async def post_request(request: Request) -> Response:
    """File a request; answered once it is durable. `Prefer: respond-async` (RFC 7240) asks for a token."""
    async with tools_of(request).hands.hold() as hold:
        return await _file_request(request, hold)


async def _file_request(request: Request, hold: Hold) -> Response:
    form, posted = _format_of(request), await read_form(request, hold)
    platform, language = platform_of(request), _language_of(request, posted.get("locale"))
    source = await require_source(request, posted.get("api_key"), _doors_of(request).quotas)
    check_jurisdiction(posted.get("jurisdiction_id"), platform.settings.open311_jurisdictions)
    checked = check(posted, platform.city, language)
    media, lost = await store_pictures(request, posted, source, _doors_of(request).fetcher)
    number, token = await file(request, posted, checked, source, media, lost)
    later = "respond-async" in request.headers.get("prefer", "").lower()
    return respond(form, "service_requests", receipt(checked, number, token, platform.city, language, later=later))


def _language_of(request: Request, locale: str) -> str:
    return locale[:2].lower() if locale[:2].lower() in ("zh", "en") else language_of(request)


async def get_token(request: Request) -> Response:
    form, _ = _read(request)
    token = request.path_params["token"]
    mine = await platform_of(request).db.read(lambda connection: find_report(connection, token[:200]))
    if mine is None or not mine.filing.service_code:
        raise not_found("没有这个 token", "No request has that token")
    return respond(form, "service_requests", [{"service_request_id": mine.number, "token": token}], headers=FRESH)


# --- reading ---------------------------------------------------------------------------------------------------------


async def get_requests(request: Request) -> Response:
    """A list of requests, the newest first; `Link` leads to the page after it (RFC 8288)."""
    form, query = _read(request)
    categories = platform_of(request).city.codes.categories
    asked = read_query(query, hidden_of(categories), rough_of(categories), now())
    reader = _reader_of(request)
    offset = (asked.page - 1) * asked.page_size

    def look_up(connection: Connection) -> tuple[list[PublicRequest], Mapping[str, str]]:
        found = list_requests(connection, asked.wanted, KINDS, offset=offset, limit=asked.page_size + 1)
        return found, find_parents(connection, _cases_of(found)) if asked.extensions else {}

    found, parents = await platform_of(request).db.read(look_up)
    records: list[Value] = [_record(each, reader, asked, parents) for each in found[: asked.page_size]]
    headers = FRESH
    if len(found) > asked.page_size:
        following = request.url.include_query_params(page=asked.page + 1)
        headers = {**FRESH, "Link": f'<{reader.base_url}{following.path}?{following.query}>; rel="next"'}
    return respond(form, "service_requests", records, headers=headers)


def _cases_of(found: list[PublicRequest]) -> list[Case]:
    return [each.case for each in found if each.case is not None]


def _record(found: PublicRequest, reader: Reader, asked: Asked, parents: Mapping[str, str]) -> Value:
    record = reader.record(found)
    return record | reader.extended(found, asked.wanted.circle, parents) if asked.extensions else record


async def get_request(request: Request) -> Response:
    """One request; with `extensions=true` also its history."""
    form, query = _read(request)
    platform, reader = platform_of(request), _reader_of(request)
    wanted = _one(request)
    extensions = query.get("extensions", "").lower() in ("true", "1", "yes")

    def look_up(connection: Connection) -> Value:
        found = list_requests(connection, wanted, KINDS, offset=0, limit=1)
        if not found:
            return None
        record = reader.record(found[0])
        if not extensions:
            return record
        case = found[0].case
        entries = journal.list_of_case(connection, case.id) if case else []
        more = reader.extended(found[0], None, find_parents(connection, _cases_of(found)))
        return record | more | {"notes": reader.history(found[0].requested_at, entries)}

    record = await platform.db.read(look_up)
    if record is None:
        raise not_found("没有这个 service_request_id", "No request has that service_request_id")
    return respond(form, "service_requests", [record], headers=FRESH)


async def get_bulk(request: Request) -> Response:
    """All requests of a period as one file: CSV as the bulk specification has it, or GeoJSON."""
    check_jurisdiction(
        request.query_params.get("jurisdiction_id", ""), platform_of(request).settings.open311_jurisdictions
    )
    return await answer_bulk(request, _reader_of(request), _doors_of(request).writing)


def _one(request: Request) -> Wanted:
    categories = platform_of(request).city.codes.categories
    number = request.path_params["number"]
    return Wanted(ids=(number,), hidden=hidden_of(categories), rough=rough_of(categories))


async def get_picture(request: Request) -> Response:
    """A picture that was filed with a public request, as we have stored it; what is blurred of it is unreadable."""
    platform, media_id = platform_of(request), request.path_params["media_id"]
    wanted = _one(request)
    found = await platform.db.read(lambda c: list_requests(c, wanted, KINDS, offset=0, limit=1))
    shown = any(url.endswith(f"/{media_id}.jpg") for each in found for url in _reader_of(request).media_urls(each))
    medium = await platform.db.read(lambda c: find_medium(c, media_id)) if shown else None
    if medium is None:
        raise not_found("没有这张图片", "There is no such picture")
    boxes = await platform.db.read(lambda c: find_boxes(c, media_id))
    try:
        path = await tools_of(request).pictures.shown(medium.id, boxes)
    except FileNotFoundError:
        raise not_found("没有这张图片", "There is no such picture") from None
    return FileResponse(path, media_type=medium.content_type, headers=PICTURE)


# --- updates ---------------------------------------------------------------------------------------------------------


async def get_updates(request: Request) -> Response:
    """What has become of requests in a span, the oldest first."""
    form, query = _read(request)
    since, until = read_updates_span(query, now())
    wanted = Wanted(ids=read_ids(query), hidden=hidden_of(platform_of(request).city.codes.categories))
    found = await platform_of(request).db.read(
        lambda c: list_updates(c, wanted, KINDS, since=since, until=until, limit=ROWS_MAX)
    )
    reader = _reader_of(request)
    updates = [describe_update(each, reader) for each in found]
    return respond(form, "service_request_updates", updates, headers=FRESH)


async def post_update(request: Request) -> Response:
    """Add a partner's words to a request; answered once they are durable."""
    async with tools_of(request).hands.hold() as hold:
        return await _add_update(request, hold)


async def _add_update(request: Request, hold: Hold) -> Response:
    form, posted = _format_of(request), await read_form(request, hold)
    source = await require_source(request, posted.get("api_key"), _doors_of(request).quotas)
    check_jurisdiction(posted.get("jurisdiction_id"), platform_of(request).settings.open311_jurisdictions)
    check_update(posted)
    found = await find_case_of(request, posted.get("service_request_id"))
    media, _ = await store_pictures(request, posted, source, _doors_of(request).fetcher)
    await add_update(request, posted, source, found, media)
    return respond(form, "service_request_updates", answer_update(posted.get("update_id")))


# --- refusals --------------------------------------------------------------------------------------------------------


async def _tell(request: Request, error: Exception) -> Response:
    assert isinstance(error, BadRequest311)
    return answer_faults(request.url.path, language_of(request), error.status, error.faults, error.headers)


async def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        fault = Fault(405, "此地址不支持该方法", "This address does not take that method")
    elif error.status_code == 404:
        fault = Fault(404, "没有这个地址；格式以 .xml 或 .json 结尾", "No such address; it ends in .xml or .json")
    else:
        fault = Fault(error.status_code, "请求无法读取", "The request cannot be read")
    return answer_faults(request.url.path, language_of(request), error.status_code, [fault], error.headers)


async def _tell_refused(request: Request, error: Exception) -> Response:
    """Tell what is not done now: the engine has too much to do, or it stops; or the bucket of pictures is away."""
    is_busy = isinstance(error, Overloaded)
    fault = Fault(503, "服务繁忙，请稍后再试", "The server is busy; try again shortly")
    headers = {"Retry-After": "5" if is_busy else "30"}
    return answer_faults(request.url.path, language_of(request), 503, [fault], headers)


async def _tell_failure(request: Request, _error: Exception) -> Response:
    fault = Fault(500, "服务器内部错误", "The server failed")
    return answer_faults(request.url.path, language_of(request), 500, [fault])
