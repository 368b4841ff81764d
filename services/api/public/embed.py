"""The public map inside other pages: the one address of ours that may be framed (ADR 0057)."""

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from services.api.guard import EMBED_PATH, embed_policy
from services.api.platform import platform_of


async def get_embed(request: Request) -> Response:
    """Answer with the citizen's page, which shows its map alone under this address."""
    settings = platform_of(request).settings
    page = settings.front_dir / "report" / "index.html"
    headers = {
        "Content-Security-Policy": embed_policy(settings.embed_origins),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }
    if not page.is_file():
        return HTMLResponse("<!doctype html><title>Wardline</title>", 503, headers=headers)
    return FileResponse(page, media_type="text/html", headers=headers)


ROUTES = (Route(EMBED_PATH, get_embed),)
