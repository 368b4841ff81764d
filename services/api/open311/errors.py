"""What the interface refuses, in the standard's own form: a list of errors, each with a code and a description."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from services.api.open311.formats import FORMATS, XML, Format, Value, respond
from services.api.problems import prefers_english

ERRORS_MAX = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `code` is that of the status; the words are for the user."""

    code: int
    zh: str
    en: str


class BadRequest311(Exception):
    """A request is refused, for one reason or several."""

    def __init__(self, status: int, *faults: Fault, headers: Mapping[str, str] | None = None) -> None:
        super().__init__("; ".join(fault.en for fault in faults))
        self.status = status
        self.faults = faults[:ERRORS_MAX]
        self.headers = dict(headers or {})


def invalid(zh: str, en: str) -> BadRequest311:
    """Return the refusal of a request that does not fit (400)."""
    return BadRequest311(400, Fault(400, zh, en))


def not_found(zh: str, en: str) -> BadRequest311:
    return BadRequest311(404, Fault(404, zh, en))


def format_of(path: str) -> Format:
    """Return the format that a path asks for by its suffix; XML, which the standard requires, for any other."""
    return FORMATS.get(path.rpartition(".")[2], XML)


def language_of(request: Request) -> str:
    """Return zh or en: the parameter `locale`, else what the client prefers, else zh."""
    wanted = request.query_params.get("locale", "").lower()
    if wanted[:2] in ("zh", "en"):
        return wanted[:2]
    return "en" if prefers_english(request.headers.get("accept-language", "")) else "zh"


def answer_faults(
    path: str,
    language: str,
    status: int,
    faults: Sequence[Fault],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the faults as an answer, in the format of the path."""
    is_zh = language == "zh"
    told: list[Value] = [{"code": each.code, "description": each.zh if is_zh else each.en} for each in faults]
    return respond(format_of(path), "errors", told, status, headers)
