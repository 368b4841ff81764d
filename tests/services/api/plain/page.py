"""A browser without scripts: reads a page, fills in its form, presses a button."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from httpx import AsyncClient, Response


@dataclass
class Form:
    """Fields as a browser would send them, and the buttons by their words."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(own["action"])
            self.forms.append(self._open)
        if self._open is None:
            return
        if tag == "textarea":
            self._area = own["name"], []
        elif tag == "select":
            self._select = own["name"]
        elif tag == "option" and "selected" in own:
            self._open.fields.append((self._select, own["value"]))
        elif tag == "input" and own["type"] != "file" if "type" in own else tag == "input":
            self._take(own)

    def _take(self, own: Mapping[str, str]) -> None:
        assert self._open is not None
        if own.get("type") in ("radio", "checkbox"):
            self._open.choices.append((own["name"], own["value"]))
            if "checked" not in own:
                return
        self._open.fields.append((own["name"], own.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area and self._open:
            self._open.fields.append((self._area[0], "".join(self._area[1])))
            self._area = None
        elif tag == "form":
            self._open = None


@dataclass
class PlainPage:
    """A page that has come, and the way back to its server."""

    client: AsyncClient
    response: Response

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def heading(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text)
        assert found is not None, self.text
        return found[1]

    @property
    def forms(self) -> Sequence[Form]:
        reader = _Reader()
        reader.feed(self.text)
        return reader.forms

    def value(self, name: str) -> str:
        """Return what a field of the first form holds."""
        return dict(self.forms[0].fields).get(name, "")

    @property
    def faults(self) -> Sequence[str]:
        """The fields to which the list of faults leads."""
        box = re.search(r'<div class="faults".*?</div>', self.text, re.DOTALL)
        return re.findall(r'href="#([^"]+)"', box[0]) if box else []

    async def send(
        self,
        said: Mapping[str, str | Sequence[str]] | None = None,
        *,
        press: str = "send",
        form: int = 0,
        photos: Sequence[bytes] = (),
        **more: str | Sequence[str],
    ) -> "PlainPage":
        """Fill in the form and press a button. Leads on where the answer leads."""
        values = {**(said or {}), **{name.replace("__", "."): value for name, value in more.items()}}
        return PlainPage(self.client, await self.post(values, press=press, form=form, photos=photos))

    async def post(
        self,
        values: Mapping[str, str | Sequence[str]],
        *,
        press: str = "send",
        form: int = 0,
        photos: Sequence[bytes] = (),
        follow: bool = True,
    ) -> Response:
        said = self.forms[form]
        fields = [(name, value) for name, value in said.fields if name not in values]
        for name, value in values.items():
            fields += [(name, each) for each in ([value] if isinstance(value, str) else value)]
        body: dict[str, Any] = {}
        for name, each in [*fields, ("action", press)]:
            body.setdefault(name, []).append(each)
        files: list[Any] = [("photos", (f"{n}.jpg", photo, "image/jpeg")) for n, photo in enumerate(photos)]
        # What a browser sends for a field of files that was left empty.
        files = files or [("photos", ("", b"", "application/octet-stream"))]
        return await self.client.post(said.action, data=body, files=files, follow_redirects=follow)


async def open_page(client: AsyncClient, path: str = "/report/plain/?lang=en") -> PlainPage:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return PlainPage(client, answer)
