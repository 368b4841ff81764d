"""Every way in which a request can be refused, as RFC 9457 problem details.

A refusal is named where it is raised; this file alone knows how it looks on the wire. One row of KINDS is one
`type` that a client may rely on; one row of REFUSALS (services/api/refusals.py) leads from an
exception to its kind.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:wardline:problem:"
"""A `type` names, it is not fetched (RFC 9457, 3.1.1): the names are described in docs/generated/problems.md."""

MAX_ERRORS = 20
"""Of a body with a thousand faults the first twenty are told: enough to mend it, and the answer stays small."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of problem: its slug, its HTTP status and its title in both languages."""

    slug: str
    status: int
    zh: str
    en: str

    @property
    def type(self) -> str:
        return TYPE_PREFIX + self.slug


KINDS: Mapping[str, Kind] = {
    kind.slug: kind
    for kind in (
        Kind("malformed-request", 400, "请求无法读取", "The request cannot be read"),
        Kind("not-signed-in", 401, "未登录或凭证无效", "Not signed in, or the credentials are not valid"),
        Kind("wrong-password", 401, "用户名或密码错误", "The name or the password is wrong"),
        Kind("second-factor-needed", 401, "请输入动态验证码", "A code of the second factor is needed"),
        Kind("wrong-code", 401, "验证码错误或已使用", "The code is wrong, or was used before"),
        Kind("code-expired", 401, "验证码已过期，请重新获取", "The code has expired; ask for another"),
        Kind("code-spent", 401, "验证码尝试次数过多，请重新获取", "The code was tried too often; ask for another"),
        Kind("csrf-failed", 403, "缺少防伪令牌", "The X-CSRF-Token header is missing or wrong"),
        Kind("not-allowed", 403, "没有权限", "This role may not do that"),
        Kind("second-factor-required", 403, "该角色须先启用两步验证", "This role must set up a second factor first"),
        Kind("not-found", 404, "未找到", "There is no such thing"),
        Kind("method-not-allowed", 405, "不支持该方法", "This address does not take that method"),
        Kind("not-acceptable", 406, "无法提供所需格式", "It cannot be given in that form"),
        Kind("illegal-move", 409, "案件当前阶段不允许该操作", "The case does not allow this now"),
        Kind("claimed", 409, "案件正由他人办理", "Another person is working on the case"),
        Kind("conflict", 409, "与现有数据冲突", "It is at odds with what is there"),
        Kind("settings-in-use", 409, "未结案件仍需要将被删除的设置", "Open cases need what would vanish"),
        Kind("request-in-progress", 409, "相同请求正在处理", "The same request is being worked on"),
        Kind("version-mismatch", 412, "案件已被他人更新", "The case has changed since it was read"),
        Kind("settings-changed", 412, "设置已被他人更新", "The settings have been changed since they were read"),
        Kind("too-large", 413, "内容过大", "The content is too large"),
        Kind("unsupported-media-type", 415, "不支持的内容类型", "This type of content is not taken"),
        Kind("invalid", 422, "内容不符合要求", "The content does not fit"),
        Kind("bad-recording", 422, "录音无法读取", "The recording cannot be read"),
        Kind("settings-faulty", 422, "设置有误，未予采用", "The settings have faults and were not taken"),
        Kind("weak-password", 422, "密码不符合要求", "The password is not good enough"),
        Kind("bad-picture", 422, "图片无法读取", "The picture cannot be read"),
        Kind("idempotency-key-reused", 422, "幂等键已用于其他请求", "The Idempotency-Key was used for another request"),
        Kind("proof-required", 428, "请先完成后台验证", "A proof of work is needed first"),
        Kind("too-many-requests", 429, "请求过于频繁", "Too many requests"),
        Kind("internal", 500, "服务器内部错误", "The server failed"),
        Kind(
            "media-unreachable",
            503,
            "图片存储暂不可用，请稍后再试",
            "Pictures cannot be kept or read now; try again shortly",
        ),
        Kind("overloaded", 503, "服务繁忙，请稍后再试", "The server is busy; try again shortly"),
    )
}


class Problem(Exception):
    """A refusal that a handler of the API names itself, by the slug of its kind.

    `more` are extension members of the problem; `headers` go with the answer. `zh` says in Chinese what `detail` says
    in English: then the member `words` has both.
    """

    def __init__(
        self, slug: str, detail: str = "", *, zh: str = "", headers: Mapping[str, str] | None = None, **more: object
    ) -> None:
        super().__init__(detail or slug)
        self.kind = KINDS[slug]
        self.detail = detail
        self.more = {**more, "words": {"zh": zh, "en": detail}} if zh else more
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Row:
    """How an exception of the core, the engine or the store is told: its kind, which attributes it gives away, and
    after how many seconds it is worth asking again (0: not said).
    """

    slug: str
    members: Sequence[str] = field(default_factory=tuple)
    retry_after_s: int = 0
    is_quiet: bool = False
    """What it says is for the log, not for whoever asks."""


def prefers_english(accept_language: str) -> bool:
    """Tell whether English stands before Chinese in an Accept-Language header (RFC 9110, 12.5.4).

    Order decides; q-values are not weighed, since every browser writes its list in order.
    """
    for part in accept_language.lower().split(","):
        language = part.strip()
        if language.startswith("zh"):
            return False
        if language.startswith("en"):
            return True
    return False


def answer(
    kind: Kind,
    detail: str = "",
    *,
    more: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    english: bool = True,
) -> Response:
    """Return the problem as an HTTP answer."""
    text = json.dumps(_body(kind, detail, more or {}, english=english), ensure_ascii=True, allow_nan=False)
    return Response(text, kind.status, dict(headers or {}), CONTENT_TYPE)


def _body(kind: Kind, detail: str, more: Mapping[str, object], *, english: bool) -> dict[str, object]:
    body: dict[str, object] = {
        "type": kind.type,
        "title": kind.en if english else kind.zh,
        "titles": {"zh": kind.zh, "en": kind.en},
        "status": kind.status,
    }
    return body | ({"detail": detail} if detail else {}) | dict(more)


def _answer_to(request: Request, kind: Kind, detail: str = "", **rest: Mapping[str, object] | None) -> Response:
    english = prefers_english(request.headers.get("accept-language", "en"))
    headers = {str(name): str(value) for name, value in (rest.get("headers") or {}).items()}
    return answer(kind, detail, more=rest.get("more"), headers=headers, english=english)


async def _tell_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _answer_to(request, error.kind, error.detail, more=error.more, headers=error.headers)


_BY_STATUS: Mapping[int, str] = {
    400: "malformed-request",
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many-requests",
    503: "overloaded",
}


async def _tell_http_error(request: Request, error: Exception) -> Response:
    """Tell what Starlette or FastAPI refuse themselves (no such route, no such method, an unreadable form)."""
    assert isinstance(error, HTTPException)
    kind = KINDS[_BY_STATUS.get(error.status_code, "malformed-request" if error.status_code < 500 else "internal")]
    return _answer_to(request, kind, str(error.detail), headers=error.headers)


def _place_of(location: Sequence[object]) -> str:
    """Return where a fault stands as a path: ("body", "lon") -> "body.lon". Names that came in stay short."""
    return ".".join(str(step)[:60] for step in location)


async def _tell_invalid(request: Request, error: Exception) -> Response:
    """Tell what the models refuse. What came in is not repeated: it may be huge, secret or not printable."""
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _answer_to(request, KINDS["malformed-request"], "The body is not JSON.")
    if _is_unread_body(request, faults):
        return _answer_to(request, KINDS["unsupported-media-type"], "The body must be application/json.")
    errors = [{"where": _place_of(fault["loc"]), "message": fault["msg"]} for fault in faults[:MAX_ERRORS]]
    detail = "; ".join(f"{one['where']}: {one['message']}" for one in errors[:3])
    return _answer_to(request, KINDS["invalid"], detail, more={"errors": errors})


def _is_unread_body(request: Request, faults: Sequence[Mapping[str, object]]) -> bool:
    """Tell whether the body was not even tried because its Content-Type is not JSON."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type.endswith(("/json", "+json")) or content_type.startswith("multipart/"):
        return False
    return any(fault["loc"] == ("body",) for fault in faults) and request.headers.get("content-length", "0") != "0"


def install(app: FastAPI, refusals: Mapping[type[Exception], Row]) -> None:
    """Teach the application to tell its own refusals and those of `refusals` as problems."""

    async def tell_refusal(request: Request, error: Exception) -> Response:
        return refusal_to_answer(request, error, refusals)

    app.add_exception_handler(Problem, _tell_problem)
    app.add_exception_handler(HTTPException, _tell_http_error)
    app.add_exception_handler(RequestValidationError, _tell_invalid)
    for refusal in refusals:
        app.add_exception_handler(refusal, tell_refusal)


def refusal_to_answer(request: Request, error: Exception, refusals: Mapping[type[Exception], Row]) -> Response:
    """Return the refusal as a problem; `refusals` has a row for its class or one that it descends from."""
    kind, detail, more = _tell(request, error, refusals)
    wait_s = _row_of(error, refusals).retry_after_s
    return _answer_to(request, kind, detail, more=more, headers={"Retry-After": str(wait_s)} if wait_s else None)


def problem_of(request: Request, error: Exception, refusals: Mapping[type[Exception], Row]) -> dict[str, object]:
    """Return a problem or a refusal as the members of its answer: for one of many, which has no answer of its own."""
    english = prefers_english(request.headers.get("accept-language", "en"))
    if isinstance(error, Problem):
        return _body(error.kind, error.detail, error.more, english=english)
    kind, detail, more = _tell(request, error, refusals)
    return _body(kind, detail, more, english=english)


def _tell(
    request: Request, error: Exception, refusals: Mapping[type[Exception], Row]
) -> tuple[Kind, str, dict[str, object]]:
    row = _row_of(error, refusals)
    more = {name: _plain(getattr(error, name)) for name in row.members}
    more["refusal"] = type(error).__name__
    return KINDS[row.slug], "" if row.is_quiet else _words_of(error, more, request), more


def _row_of(error: Exception, refusals: Mapping[type[Exception], Row]) -> Row:
    return next(refusals[base] for base in type(error).__mro__ if base in refusals)


def _words_of(error: Exception, more: dict[str, object], request: Request) -> str:
    """Return what the refusal says, in the reader's language where it speaks both; then `words` has both."""
    zh, en = getattr(error, "zh", ""), getattr(error, "en", "")
    if not en:
        return str(error)
    more["words"] = {"zh": zh, "en": en}
    return en if prefers_english(request.headers.get("accept-language", "en")) else zh


def _plain(value: object) -> object:
    """Return a refusal's attribute as JSON can carry it."""
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
