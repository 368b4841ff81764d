"""The web front and the basemap: files of the build, served with the caching that their names allow."""

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.requests import Request
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

ENTRIES = ("console", "worker", "report", "board", "login")
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

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = self._cache
        return response


async def _to_login(_request: Request) -> Response:
    return RedirectResponse("/login/", 307)


def mount(app: FastAPI, front: Path, basemap: Path) -> None:
    """Serve the front's build and the basemap."""
    app.router.routes.append(Route("/", _to_login, include_in_schema=False))
    app.router.routes.append(Mount("/basemap", Files(basemap, FRESH)))
    app.router.routes.append(Mount("/assets", Files(front / "assets", FOREVER)))
    for name in ENTRIES:
        app.router.routes.append(Mount(f"/{name}", Files(front / name, FRESH, html=True)))
    app.router.routes.append(Mount("/", Files(front, FRESH)))
