"""People who report: citizens by the public page's door, the hotline's operators, and patrols who know the codes."""

import asyncio
from random import Random
from typing import NamedTuple

from gis.point import LonLat
from simulators.clock import now
from simulators.frequencies import draw_category
from simulators.pace import Channel, Moment, plan
from simulators.pictures import draw_photo
from simulators.sayings import SAYINGS, VAGUE, say
from simulators.stage import Stage, Truth
from simulators.wire import JsonObject, Refused, Unreachable
from simulators.world import Spot

CITIZENS = "/api/v1/reports"
INTAKE = "/api/v1/intake/report"
ENGLISH, NONSENSE, OWN_CHOICE = 0.2, 0.02, 0.3
"""Shares of citizens who write English, who say nothing of use, who pick a category themselves."""
STRAY_M_PER_DEG = 100_000.0
SECOND_S = (60.0, 1500.0)
"""City seconds after which a second citizen reports the same."""
HOTLINE_OF_SURGE, CITIZEN_OF_SURGE = 0.3, 0.7


class Said(NamedTuple):
    """One report as a person makes it: what is meant, what is written, where it is and where it is said to be."""

    category: str
    text: str
    spot: Spot
    point: LonLat | None
    """Where the phone says it is; None where it gave none."""
    address: str
    photo: bool


async def run_citizens(stage: Stage) -> None:
    """Citizens report until the scenario ends."""
    await _run(stage, "citizen", Channel(stage.scenario.shares.citizen, "said", CITIZEN_OF_SURGE))


async def run_hotline(stage: Stage) -> None:
    """The hotline passes on calls: words and an address, never a position."""
    await _run(stage, "hotline", Channel(stage.scenario.shares.hotline, "said", HOTLINE_OF_SURGE))


async def run_patrols(stage: Stage) -> None:
    """Patrols report by category, from where they stand, with a picture."""
    await _run(stage, "patrol", Channel(stage.scenario.shares.patrol, "none"))


async def _run(stage: Stage, channel: str, plan_of: Channel) -> None:
    random = stage.stream(channel)
    async with asyncio.TaskGroup() as group:
        for moment in plan(stage.scenario, plan_of, random):
            seed = random.getrandbits(48)
            await stage.time.sleep_until(moment.at_s)
            group.create_task(_tell(stage, channel, moment, Random(seed)))


async def _tell(stage: Stage, channel: str, moment: Moment, random: Random) -> None:
    wanted = [code for code in (moment.surge.said if moment.surge else ()) if code in SAYINGS]
    category = random.choice(wanted) if wanted else draw_category(random, SAYINGS)
    first = compose(stage, channel, category, random)
    try:
        await _send(stage, channel, first, random)
        stage.ledger.expect_case("report")
        if channel == "citizen" and first.point and random.random() < stage.scenario.habits.duplicate:
            await stage.time.sleep(random.uniform(*SECOND_S))
            again = compose(stage, channel, category, random, spot=first.spot)
            nearby = _near(first.point, 8.0, random)
            await _send(stage, channel, again._replace(point=nearby, address=first.address), random)
            stage.ledger.did("told twice")
    except (Refused, Unreachable) as refused:
        stage.ledger.refuse(f"report {refused}")


def compose(stage: Stage, channel: str, category: str, random: Random, spot: Spot | None = None) -> Said:
    """Return what a person of the channel says of the category; texts and their truth are remembered for the desk."""
    habits, spots = stage.scenario.habits, stage.world.spots
    spot = spot or random.choice(spots)
    point: LonLat | None = _near(spot.point, 40.0, random)
    named = spot
    if channel != "patrol" and random.random() < habits.wrong_place:
        named = random.choice(spots)
    if channel == "hotline" or (channel == "citizen" and random.random() < habits.no_place):
        point = None
    english = channel == "citizen" and random.random() < ENGLISH
    text = say(category, (named.zh, named.en), random, english=english, slips=0.0 if channel == "patrol" else 0.12)
    meant = category
    if channel == "citizen" and random.random() < NONSENSE:
        text, meant = random.choice(VAGUE), ""
    stage.truths[text] = Truth(meant, _near(spot.point, 10.0, random))
    address = (named.en if english else named.zh) if channel == "hotline" or random.random() < 0.5 else ""
    return Said(meant or category, text, spot, point, address, random.random() < _photo_chance(channel, habits.photo))


def _photo_chance(channel: str, citizens: float) -> float:
    return {"patrol": 0.9, "hotline": 0.0}.get(channel, citizens)


async def _send(stage: Stage, channel: str, said: Said, random: Random) -> None:
    photo = draw_photo(said.spot.zh, said.category, now(), random) if said.photo else b""
    if channel == "citizen":
        await _send_by_page(stage, said, photo, random)
    else:
        await _send_by_desk(stage, channel, said, photo, random)
    stage.ledger.sent("report")


async def _send_by_page(stage: Stage, said: Said, photo: bytes, random: Random) -> None:
    """As the citizen's page sends it. The key spares the simulated crowd the limit of one address."""
    fields: JsonObject = {"text": said.text}
    if said.point:
        fields |= {"lon": said.point.lon, "lat": said.point.lat, "accuracy_m": round(random.uniform(4, 60), 1)}
    if said.address:
        fields["address"] = said.address
    if random.random() < OWN_CHOICE:
        fields["category"] = said.category
    headers = {"Authorization": f"Bearer {stage.keys[stage.world.desks['citizen']]}"}
    if photo:
        form = {name: str(value) for name, value in fields.items()}
        files = {"photos": ("photo.jpg", photo, "image/jpeg")}
        await stage.wire.send("POST", CITIZENS, data=form, files=files, headers=headers)
    else:
        await stage.wire.send("POST", CITIZENS, json=fields, headers=headers)


async def _send_by_desk(stage: Stage, channel: str, said: Said, photo: bytes, random: Random) -> None:
    key = stage.keys[stage.world.desks[channel]]
    body = desk_message(channel, said, f"{channel}-{random.getrandbits(60):015x}")
    if photo:
        body["media"] = [await stage.wire.put_picture(key, photo)]
    await stage.wire.post_key(INTAKE, key, body)


def desk_message(channel: str, said: Said, key: str) -> JsonObject:
    """Return a report in the feed's own format."""
    body: JsonObject = {"channel": channel, "text": said.text, "key": key, "observed_at": now().isoformat()}
    if channel == "patrol":
        body["category"] = said.category
    if said.point:
        body |= {"lon": said.point.lon, "lat": said.point.lat, "accuracy_m": 8.0}
    if said.address:
        body["address"] = said.address
    return body


def _near(point: LonLat, spread_m: float, random: Random) -> LonLat:
    return LonLat(
        round(point.lon + random.gauss(0, spread_m) / STRAY_M_PER_DEG, 6),
        round(point.lat + random.gauss(0, spread_m) / STRAY_M_PER_DEG, 6),
    )
