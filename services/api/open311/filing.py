"""A request that a partner files: checked, stored, and given to the desk through the inbox like any message.

The answer goes out when all is durable. The same request of the same partner within a day is the same request: its
message has the same id, and with it the same number and token.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from starlette.requests import Request

from dispatch.asked import Question
from dispatch.category import Category
from dispatch.city import Source
from dispatch.citymap import City
from dispatch.ids import CategoryCode, MessageId
from dispatch.redaction import redact
from gis.point import LonLat
from services.api.answers import check_answers
from services.api.open311.errors import BadRequest311, Fault
from services.api.open311.fetching import MediaFetcher, NotFetched
from services.api.open311.formats import Value
from services.api.open311.reading import Posted
from services.api.platform import platform_of, tools_of
from services.api.values import read_number
from services.observe.clock import now
from services.partners.reach import NotAllowed
from services.store.inbox import keyed_id
from services.store.media import add_medium
from services.store.pictures import BadPicture, PictureTooLarge
from services.store.reporters import CitizenReport, Filing, Reporter
from services.store.requests import FEED, file_request, find_filed

SAME_WITHIN = timedelta(hours=24)
"""A partner that had no answer tries again for some hours, not for days; tomorrow the same words are news."""
SHORT_MAX = 200
"""Characters of a name, a telephone number, an e-mail address."""
WORDS_MAX = 8_000
"""Characters of the description and all answers together: with what we add they are one text of a message (10,000)."""
URL_SHOWN = 300
"""Characters of the address of a picture that did not come, as the desk reads it."""
KEY_MAX = 128
TOKEN = "open311 token"

NOTICES: Mapping[str, str] = {
    "zh": "已收到，将由指挥中心受理。如遇危险请立即拨打 {emergency}。",
    "en": "Received; the operations centre will look at it. In danger call {emergency} at once.",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A request that fits: its category, where it is, and the answers in words."""

    category: Category
    point: LonLat | None
    answers: Sequence[tuple[str, str]]


# --- does it fit -----------------------------------------------------------------------------------------------------


def check(posted: Posted, city: City, language: str) -> Checked:
    """Return what a request asks for.

    :raises BadRequest311: 404 for a service that there is not, 400 with all else that is wrong.
    """
    code = posted.get("service_code")
    if not code:
        raise BadRequest311(400, Fault(400, "缺少 service_code", "service_code is missing"))
    category = city.codes.categories.get(CategoryCode(code))
    if category is None:
        raise BadRequest311(404, Fault(404, f"没有服务 {code[:40]}", f"No service is called {code[:40]}"))
    faults: list[Fault] = []
    point = _check_place(posted, city, faults)
    answers = _check_answers(posted, city.codes.questions.get(category.code, ()), language, faults)
    for name in ("email", "first_name", "last_name", "phone"):
        if len(posted.get(name)) > SHORT_MAX:
            faults.append(_fault(f"{name} 至多 {SHORT_MAX} 个字符", f"{name} has at most {SHORT_MAX} characters"))
    if len(posted.get("description")) + sum(len(asked) + len(said) for asked, said in answers) > WORDS_MAX:
        faults.append(
            _fault(f"描述与答案合计至多 {WORDS_MAX} 个字符", f"Words and answers have at most {WORDS_MAX} characters")
        )
    if faults:
        raise BadRequest311(400, *faults)
    return Checked(category, point, answers)


def _fault(zh: str, en: str) -> Fault:
    return Fault(400, zh, en)


def _check_place(posted: Posted, city: City, faults: list[Fault]) -> LonLat | None:
    lat, lon = posted.get("lat"), posted.get("long")
    component = posted.get("address_id")
    if component and city.components.find(component) is None:
        faults.append(_fault("没有这个 address_id（部件标识码）", "address_id is no component of the city"))
    if not (lat or lon):
        if not (posted.get("address_string") or component):
            faults.append(
                _fault(
                    "缺少位置：lat 与 long，或 address_string，或 address_id",
                    "A place is missing: lat and long, or address_string, or address_id",
                )
            )
        return None
    found = read_number(lat, -90, 90), read_number(lon, -180, 180)
    if found[0] is None or found[1] is None:
        faults.append(_fault("lat、long 须为 WGS-84 度数", "lat and long must be degrees of WGS-84"))
        return None
    point = LonLat(found[1], found[0])
    if not city.locate(point).inside:
        faults.append(_fault("位置不在本市范围内", "The place is outside this city"))
    return point


def _check_answers(
    posted: Posted, questions: Sequence[Question], language: str, faults: list[Fault]
) -> Sequence[tuple[str, str]]:
    answered = check_answers(questions, posted.answers, language)
    for question in answered.missing:
        name = f"attribute[{question.code}]"
        faults.append(_fault(f"缺少必答项 {name}：{question.zh}", f"{name} is required: {question.en}"))
    for question in answered.unfit:
        name = f"attribute[{question.code}]"
        faults.append(_fault(f"{name} 不是可取的值", f"{name} has a value that does not fit"))
    return answered.words


# --- storing it ------------------------------------------------------------------------------------------------------


async def store_pictures(
    request: Request, posted: Posted, source: Source, fetcher: MediaFetcher
) -> tuple[tuple[str, ...], Sequence[str]]:
    """Store the pictures of a form; return their ids, and the addresses from which none came.

    :raises BadRequest311: 400 for a file that is no picture, and for an address that this server does not ask.
    """
    bodies, lost = list(posted.pictures), []
    for url in posted.media_urls:
        try:
            bodies.append(await fetcher.fetch(url))
        except NotAllowed as error:
            fault = _fault("media_url 不是可访问的公网图片地址", f"media_url is not asked by this server: {error}")
            raise BadRequest311(400, fault) from None
        except NotFetched:
            lost.append(url)  # a report is not lost because a host of pictures is away
    given = len(posted.pictures)
    media: dict[str, None] = {}
    for n, body in enumerate(bodies):
        try:
            medium = await tools_of(request).pictures.store(body)
        except (BadPicture, PictureTooLarge) as error:
            fault = _fault("图片无法读取或过大", f"A picture cannot be taken: {error}")
            if n < given:
                raise BadRequest311(400, fault) from None
            continue
        await platform_of(request).db.write(
            lambda connection, medium=medium: add_medium(connection, medium, f"source:{source.id}", now())  # type: ignore[misc]
        )
        media[medium.id] = None
    return tuple(media), lost


async def file(
    request: Request, posted: Posted, checked: Checked, source: Source, media: tuple[str, ...], lost: Sequence[str]
) -> tuple[str, str]:
    """Store the request; return its number and its token. All is durable then.

    :raises services.engine.refusals.Overloaded: if too many messages wait.
    """
    platform, at = platform_of(request), now()
    said = _digest(posted, request.headers.get("idempotency-key", "")[:KEY_MAX])
    key, message_id, filed_at = await _same_or_new(request, said, source, at)
    token = tools_of(request).vault.digest(TOKEN, message_id)
    reporter = _reporter(posted, message_id)
    report = CitizenReport(
        message_id=message_id,
        reporter_id=reporter.id if reporter else "",
        media=media,
        created_at=filed_at,
        filing=Filing(
            service_code=checked.category.code,
            description=redact(posted.get("description")),
            address=redact(posted.get("address_string")),
            lon=checked.point.lon if checked.point else None,
            lat=checked.point.lat if checked.point else None,
        ),
    )
    day = filed_at.astimezone(platform.city.timezone).date()
    # Before its message: whatever the desk reads has its number already.
    number = await platform.db.write(lambda connection: file_request(connection, token, report, reporter, day))
    message = _message(posted, checked, report, lost, key)
    await platform.inbox.receive(FEED, source.id, message, at)
    return number, token


def _digest(posted: Posted, idempotency_key: str) -> str:
    """Return what a request is told from others by: all that it says."""
    said: list[Any] = [sorted(posted.fields.items()), sorted(posted.answers.items()), posted.media_urls]
    digest = sha256(json.dumps([*said, idempotency_key], ensure_ascii=True).encode())
    for body in posted.pictures:
        digest.update(sha256(body).digest())
    return digest.hexdigest()


async def _same_or_new(request: Request, said: str, source: Source, at: datetime) -> tuple[str, MessageId, datetime]:
    """Return the key, message id and time of a request: those of the same one within a day, where there was one."""
    days = {f"{said}-{day:%y%m%d}": day for day in (at, at - SAME_WITHIN)}
    ids = {keyed_id(FEED, source.id, key.encode()): key for key in days}
    found = await platform_of(request).db.read(lambda connection: find_filed(connection, list(ids), at - SAME_WITHIN))
    if found is not None:
        message_id = MessageId(found[0])
        return ids[message_id], message_id, at
    message_id = next(iter(ids))
    return ids[message_id], message_id, at


def _reporter(posted: Posted, message_id: str) -> Reporter | None:
    """Return who reports, if he says so. His account and device are not kept: nobody here asks for them."""
    name = " ".join(part for part in (posted.get("first_name"), posted.get("last_name")) if part)
    phone, email = posted.get("phone"), posted.get("email")
    if not (name or phone or email):
        return None
    return Reporter(id=message_id, name=name, phone=phone, email=email)


def _message(posted: Posted, checked: Checked, report: CitizenReport, lost: Sequence[str], key: str) -> bytes:
    """Return the request as the feed `open311` reads it, without who reports it."""
    answers = [{"question": question, "answer": answer} for question, answer in checked.answers]
    answers += [{"question": "media_url:", "answer": url[:URL_SHOWN]} for url in lost]
    fields: dict[str, Any] = {
        "service_code": checked.category.code,
        "description": posted.get("description"),
        "answers": answers,
        "address": posted.get("address_string"),
        "component": posted.get("address_id"),
        "media": report.media,
        "reporter": report.reporter_id,
        "key": key,
    }
    if checked.point is not None:
        fields |= {"lat": checked.point.lat, "long": checked.point.lon}
    return json.dumps(fields, ensure_ascii=False).encode()


def receipt(checked: Checked, number: str, token: str, city: City, language: str, *, later: bool) -> Value:
    """Return what is answered: the id, or a token where the client asked for that; neither for what is not public."""
    found: dict[str, Value] = {}
    if checked.category.is_public:
        found["token" if later else "service_request_id"] = token if later else number
    found["service_notice"] = NOTICES[language].format(emergency=" / ".join(city.emergency) or "110")
    return [found]
