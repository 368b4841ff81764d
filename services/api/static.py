"""The web front and the basemap: files of the build, served with the caching that their names allow."""

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from services.api.basemap import BASEMAP_URL, find_basemap
from services.settings import Settings

ENTRIES = (
    "console",
    "worker",
    "report",
    "board",
    "settings",
    "login",
    "account",
    "admin",
    "sources",
    "labels",
    "hotline",
)
"""The screens; each is a page of the front's build."""

FOREVER = "public, max-age=31536000, immutable"
FRESH = "no-cache"
"""Kept, but asked for again each time (ETag): pages name the hashed files that they need."""


class Files(StaticFiles):
    """A folder of files that may be made after the server has started (a build), with one rule of caching.

    Ranges are served (RFC 9110, 14): the basemap is read a few kilobytes at a time.
    """

    def __init__(self, folder: Path, cache: str, *, html: bool = False) -> None:
        super().__init__(directory=folder, html=html, check_dir=False)
        self._cache = cache

    async def check_config(self) -> None:
        """Do not mind a folder that is not there (yet): its files are not found, and that is all."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["path"].startswith("/api/"):  # before the method is looked at: such an address is no file
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = self._cache
        return response


async def _to_login(_request: Request) -> Response:
    return RedirectResponse("/login/", 307)


async def _to_folder(request: Request) -> Response:
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{request.url.path}/{query}", 307)


def mount(app: FastAPI, settings: Settings, city_id: str) -> None:
    """Serve the front's build and the city's basemap.

    Beneath all other routes: what bootstrap adds must stand before (`app.router.routes.insert`).
    """
    front = settings.front_dir

    async def basemap(_request: Request) -> Response:
        path = find_basemap(settings, city_id)
        if path is None:
            raise HTTPException(404, "No basemap has been made for this city.")
        return FileResponse(path, media_type="application/vnd.pmtiles", headers={"Cache-Control": FRESH})

    app.router.routes.append(Route("/", _to_login, include_in_schema=False))
    app.router.routes.append(Route(BASEMAP_URL, basemap, include_in_schema=False))
    app.router.routes.append(Mount("/assets", Files(front / "assets", FOREVER)))
    for name in ENTRIES:
        app.router.routes.append(Route(f"/{name}", _to_folder, include_in_schema=False))
        app.router.routes.append(Mount(f"/{name}", Files(front / name, FRESH, html=True)))
    app.router.routes.append(Mount("/", Files(front, FRESH)))
