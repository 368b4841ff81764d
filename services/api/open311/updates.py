"""What has become of requests, and what partners add to them: `servicerequestupdates` of mySociety.

An update of a partner is a note of the case, whatever its stage: the city's own people decide what it means. Its
`update_id` is kept in the note, so that the same one is not added twice.
"""

from collections.abc import Mapping, Sequence

from starlette.requests import Request

from dispatch.city import Source
from dispatch.ids import CaseId
from services.api.open311.errors import BadRequest311, Fault, not_found
from services.api.open311.formats import Value
from services.api.open311.reading import Posted
from services.api.open311.records import KINDS, Reader, extended_status, hidden_of
from services.api.platform import platform_of, tools_of
from services.api.timeline import say
from services.api.values import read_time
from services.store.requests import PublicRequest, Update, Wanted, has_note, list_requests

NEEDED = ("service_request_id", "update_id", "status", "updated_datetime", "description")
ID_MAX = 100
STATUSES = frozenset(
    {
        "unchanged", "open", "closed", "fixed", "in_progress", "planned", "action_scheduled", "investigating",
        "duplicate", "not_councils_responsibility", "no_further_action", "internal_referral", "cancelled", "reopen",
        "for_triage",
    }
)  # fmt: skip


def describe_update(update: Update, reader: Reader) -> Mapping[str, Value]:
    """Return a fact that the public is told as an update."""
    words = say(update.entry)
    assert words is not None, "only facts that are told are listed"
    return {
        "update_id": f"{update.number}-{update.entry.seq}",
        "service_request_id": update.number,
        "status": extended_status(words[0]),
        "updated_datetime": update.entry.at,
        "description": reader.choose(words[1], words[2]),
        "media_url": "",  # required by that schema, and may be empty
    }


def check_update(posted: Posted) -> None:
    """Refuse an update that lacks something (400)."""
    faults = [Fault(400, f"缺少 {name}", f"{name} is missing") for name in NEEDED if not posted.get(name)]
    if posted.get("updated_datetime") and read_time(posted.get("updated_datetime")) is None:
        faults.append(Fault(400, "updated_datetime 须为带时区的时间", "updated_datetime must be a time with a zone"))
    if posted.get("status") and posted.get("status").lower() not in STATUSES:
        faults.append(Fault(400, "status 不是已知的状态", f"status is one of {', '.join(sorted(STATUSES))}"))
    if len(posted.get("update_id")) > ID_MAX:
        faults.append(Fault(400, f"update_id 至多 {ID_MAX} 个字符", f"update_id has at most {ID_MAX} characters"))
    if faults:
        raise BadRequest311(400, *faults)


async def find_case_of(request: Request, number: str) -> PublicRequest:
    """Return a request that the desk has read.

    :raises BadRequest311: 404 for one that there is not, 503 for one that is still to be read.
    """
    platform = platform_of(request)
    wanted = Wanted(ids=(number,), hidden=hidden_of(platform.city.codes.categories))
    found = await platform.db.read(lambda c: list_requests(c, wanted, KINDS, offset=0, limit=1))
    if not found:
        raise not_found("没有这个 service_request_id", "No request has that service_request_id")
    if found[0].case is None:
        fault = Fault(503, "该请求尚在受理，请稍后再试", "The request is being taken in; try again shortly")
        raise BadRequest311(503, fault, headers={"Retry-After": "2"})
    return found[0]


async def add_update(
    request: Request, posted: Posted, source: Source, found: PublicRequest, media: tuple[str, ...]
) -> None:
    """Put the update into the case, once; it is durable then."""
    assert found.case is not None
    platform, case_id = platform_of(request), found.case.id
    ref = f"{source.id}/{posted.get('update_id')}"
    in_progress = tools_of(request).in_progress
    if ref in in_progress:
        fault = Fault(409, "该更新正在处理", "This update is being worked on")
        raise BadRequest311(409, fault)
    in_progress.add(ref)
    try:
        if not await platform.db.read(lambda connection: has_note(connection, case_id, ref)):
            await platform.desk.add_late_note(CaseId(case_id), source.id, _note(posted, found), media, ref)
    finally:
        in_progress.discard(ref)


def _note(posted: Posted, found: PublicRequest) -> str:
    """Return the update as the desk reads it: what the other side says, of which request, and then its words."""
    head = f"[{found.number} · {posted.get('status').upper()} · {posted.get('updated_datetime')}]"
    return "\n".join(part for part in (head, posted.get("title"), posted.get("description")) if part)


def answer_update(update_id: str) -> Sequence[Value]:
    return [{"update_id": update_id}]
