"""A rule of sensors, tried on what the city's sensors have told before it is switched on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Request
from msgspec import Struct
from pydantic import Field

from dispatch.city import Names
from dispatch.citymap import City
from dispatch.ids import SourceId
from dispatch.sensing import Opening
from services.api.fields import Form, Short
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.settings import Editor
from services.api.settings_desk import open_workspace, refuse_faults
from services.api.wire import Reply, reply, router
from services.engine.trying import Question, Tried, UnknownRule, try_rule

routes = router("settings")

OPENINGS_SHOWN = 200
"""Episodes that a trial lists, the newest first; the counts tell of all."""
DAYS_MAX = 90


class TrialForm(Form):
    """Which rule, over how many days; `source` for one sensor alone."""

    rule: Annotated[Short, Field(min_length=1, max_length=64)]
    days: Annotated[float, Field(gt=0, le=DAYS_MAX)] = 7
    source: Annotated[Short, Field(max_length=80)] = ""


class OpeningView(Struct, frozen=True, kw_only=True):
    """An episode that the rule would have told of. `level` is 1 to 3; a case is opened from 2, a warning, on."""

    source_id: str
    source: Names
    opened_at: datetime
    closed_at: datetime | None
    level: int
    said: str


class TrialView(Struct, frozen=True, kw_only=True):
    """What the rule as one's draft has it would have told; `was_cases` what it tells as it is at work now, None where
    it is not. `is_cut`: `start` is later than was asked, because there was too much to read.
    """

    rule: str
    start: datetime
    end: datetime
    is_cut: bool
    messages: int
    readings: int
    sensors: int
    cases: int
    advisories: int
    was_cases: int | None
    openings: Sequence[OpeningView]


@routes.post("/settings/sensing/try", operation_id="trySensingRule")
async def try_sensing_rule(request: Request, form: TrialForm, account: Editor) -> Reply[TrialView]:
    """Try a rule of one's draft, on or off, on the readings of the last days; nothing comes of it."""
    platform = platform_of(request)
    if platform.renewal.trying.locked():
        raise Problem("conflict", "Another rule is being tried. Try again in a moment.")
    async with platform.renewal.trying:
        workspace = await open_workspace(request, account)
        checked = await platform.renewal.check(workspace.files)
        refuse_faults(checked, workspace.files)
        assert checked.pack is not None, "faults are refused"
        city = await platform.renewal.city_of(checked.pack)
        try:
            tried = await try_rule(
                platform.db,
                platform.desk.feeds,
                platform.desk.state.senders.renew(city.codes),
                city,
                Question(rule=form.rule, days=form.days, only=SourceId(form.source) if form.source else None),
                platform.desk.city,
            )
        except UnknownRule:
            raise Problem("not-found", "No sensor has such a rule.") from None
    return reply(_view(tried, city))


def _view(tried: Tried, city: City) -> TrialView:
    newest = sorted(tried.openings, key=lambda each: each.opened_at, reverse=True)[:OPENINGS_SHOWN]
    cases = sum(each.opens_case for each in tried.openings)
    return TrialView(
        rule=tried.rule,
        start=tried.start,
        end=tried.end,
        is_cut=tried.is_cut,
        messages=tried.messages,
        readings=tried.readings,
        sensors=tried.sensors,
        cases=cases,
        advisories=len(tried.openings) - cases,
        was_cases=None if tried.was is None else sum(each.opens_case for each in tried.was),
        openings=[_opening(each, city) for each in newest],
    )


def _opening(opening: Opening, city: City) -> OpeningView:
    source = city.codes.sources.get(opening.source_id)
    names = Names(source.name_zh, source.name_en) if source else Names(opening.source_id, opening.source_id)
    return OpeningView(
        source_id=opening.source_id,
        source=names,
        opened_at=opening.opened_at,
        closed_at=opening.closed_at,
        level=opening.level,
        said=opening.said,
    )
