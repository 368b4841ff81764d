"""A webhook's mapping, tried on a pasted sample before anything is sent by it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Request
from msgspec import Struct
from pydantic import Field

from dispatch.city import Names, Source
from dispatch.citymap import City
from dispatch.event import Event, Reading, Vocabulary
from dispatch.ids import CategoryCode, MessageId, SourceId
from dispatch.webhooks import WEBHOOK_USUAL, WebhookMapping
from services.api.fields import Form, Short
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.settings import Editor
from services.api.settings_desk import open_workspace, refuse_faults
from services.api.wire import Reply, reply, router
from services.engine.senders import Senders
from services.feeds import Origin, Said, Unreadable
from services.observe.clock import now

routes = router("settings")

FEED = "webhook"
SAMPLE_MAX = 200_000
"""Characters of a pasted body: what a person copies out of a system's log, or its documentation."""
SHOWN_MAX = 100
"""Things said that are listed; the count tells of all."""
_PLACE = re.compile(r"`\$\.(\w+)")
"""How msgspec names the field that it could not read."""


class WebhookTrialForm(Form):
    """Which mapping of one's draft, and a body as the system would post it."""

    mapping: Annotated[Short, Field(min_length=1, max_length=80)]
    sample: Annotated[str, Field(min_length=1, max_length=SAMPLE_MAX)]


class SaidView(Struct, frozen=True, kw_only=True):
    """One thing that the body tells: a reading (`metric`, `value`) or an event. `word` is the category or type that was
    understood, "" where only words are left; `source` the city's id of who it is of, "" for the sender itself.
    """

    what: str
    at: datetime
    source: str
    word: str = ""
    name: Names | None = None
    text: str = ""
    phase: str = ""
    episode: str = ""
    severity: int = 0
    confidence: float | None = None
    point: tuple[float, float] | None = None
    address: str = ""
    metric: str = ""
    value: float | None = None


class WebhookFault(Struct, frozen=True, kw_only=True):
    """Why the body could not be read. `field` and `expression` are the row of the mapping that it is of, where it is
    of one.
    """

    reason: str
    detail: str
    field: str = ""
    expression: str = ""


class WebhookTrial(Struct, frozen=True, kw_only=True):
    """What the body would tell; `count` of all, the first of them listed. Either that or the fault."""

    mapping: str
    count: int
    said: Sequence[SaidView]
    fault: WebhookFault | None


@routes.post("/settings/webhooks/try", operation_id="tryWebhookMapping")
async def try_webhook_mapping(request: Request, form: WebhookTrialForm, account: Editor) -> Reply[WebhookTrial]:
    """Read a pasted body by a mapping of one's draft; nothing is kept, and nothing comes of it."""
    platform = platform_of(request)
    workspace = await open_workspace(request, account)
    checked = await platform.renewal.check(workspace.files)
    refuse_faults(checked, workspace.files)
    assert checked.pack is not None, "faults are refused"
    city = await platform.renewal.city_of(checked.pack)
    mapping = city.codes.webhooks.get(form.mapping)
    if mapping is None:
        raise Problem("not-found", "The draft has no such mapping.")
    origin = _origin(form.mapping, mapping, platform.desk.state.senders.renew(city.codes), city)
    try:
        said = platform.desk.feeds[FEED].translate(form.sample.encode(), origin)
    except Unreadable as unreadable:
        fault = _fault(unreadable, mapping)
        return reply(WebhookTrial(mapping=form.mapping, count=0, said=[], fault=fault))
    shown = [_view(each, origin.source, city) for each in said[:SHOWN_MAX]]
    return reply(WebhookTrial(mapping=form.mapping, count=len(said), said=shown, fault=None))


def _origin(name: str, mapping: WebhookMapping, senders: Senders, city: City) -> Origin:
    """Return where the sample would come from: the source of the mapping's name, or one that stands in for it."""
    own = senders.find_named(FEED, name) if name != WEBHOOK_USUAL else None
    stand_in = Source(id=SourceId(""), feed=FEED, kind="gateway", external_id=name, name_zh=name, name_en=name)
    return Origin(
        message_id=MessageId("sample"),
        source=own or stand_in,
        received_at=now(),
        find_child=lambda gateway, child: senders.find_child(gateway, child) or senders.find_named(FEED, child),
        kind_of_label=senders.kind_of_label,
        dwell_s=senders.dwell_s,
        find_mapping=lambda _name: mapping,
        zone=city.timezone,
    )


def _fault(unreadable: Unreadable, mapping: WebhookMapping) -> WebhookFault:
    """Return the fault with the row of the mapping that it is of."""
    place = _PLACE.search(unreadable.detail)
    field = place[1] if place else ""
    if not field and unreadable.reason == "mapping":
        said = unreadable.detail
        asked = [name for name, expression in mapping.items() if said.startswith(f"{expression}: ")]
        no_list = ["items"] if said == f"{mapping.get('items')} finds no list" else []
        field = next(iter(no_list + asked), "")
    return WebhookFault(
        reason=unreadable.reason, detail=unreadable.detail, field=field, expression=mapping.get(field, "")
    )


def _view(said: Said, sender: Source, city: City) -> SaidView:
    assert isinstance(said, Event | Reading), "a webhook tells of nothing else"
    source = "" if said.source_id == sender.id else said.source_id
    if isinstance(said, Reading):
        return SaidView(what="reading", at=said.observed_at, source=source, metric=said.metric, value=said.value)
    return SaidView(
        what="event",
        at=said.observed_at,
        source=source,
        word=said.kind,
        name=_name_of(said, city),
        text=said.text,
        phase=said.phase.value,
        episode=said.episode,
        severity=said.severity,
        confidence=said.confidence,
        point=(said.point.lon, said.point.lat) if said.point else None,
        address=said.place_text,
    )


def _name_of(event: Event, city: City) -> Names | None:
    """Return what the city calls the event's word; None for one that it does not know."""
    if event.vocabulary is Vocabulary.CATEGORY:
        found = city.codes.categories.get(CategoryCode(event.kind))
    else:
        found = city.codes.video_types.get(event.kind)  # type: ignore[assignment]
    return Names(found.name_zh, found.name_en) if found else None
