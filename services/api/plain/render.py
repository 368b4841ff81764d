"""Templates and what every page without scripts has: words, language, headers."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dispatch.city import Names
from services.api.plain.words import say
from services.api.platform import platform_of
from services.api.problems import prefers_english

PREFIX = "/report/plain"
HEADERS: Mapping[str, str] = {
    # Nothing but our own style sheet, pictures and forms: there is no script, so none can be smuggled in.
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    # A private link stands in the address: it must not go with a click to elsewhere.
    "referrer-policy": "no-referrer",
}

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language_of(request: Request, chosen: str = "") -> str:
    """Return "zh" or "en": what the page says, else what the browser prefers."""
    chosen = chosen or request.query_params.get("lang", "")
    if chosen in ("zh", "en"):
        return chosen
    return "en" if prefers_english(request.headers.get("accept-language", "")) else "zh"


def render(request: Request, name: str, language: str, *, status: int = 200, **values: Any) -> Response:
    """Return the page that a template makes."""
    city = platform_of(request).city

    def named(names: Names) -> str:
        return names.zh if language == "zh" else names.en

    html = _TEMPLATES.get_template(f"{name}.html").render(
        t=partial(say, language),
        named=named,
        lang=language,
        html_lang="zh-CN" if language == "zh" else "en",
        other="en" if language == "zh" else "zh",
        city=city,
        prefix=PREFIX,
        **values,
    )
    return HTMLResponse(html, status, HEADERS)


def refuse(
    request: Request, language: str, status: int, key: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the page that says that it did not work, by the words of a key."""
    title = "not_found_title" if key == "not_found" else "refused_title"
    answer = render(request, "refused", language, status=status, title=say(language, title), words=say(language, key))
    answer.headers.update(headers or {})
    return answer
