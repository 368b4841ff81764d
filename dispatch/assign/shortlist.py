"""Who could be sent to a case, what each would cost, and how many were left out for what."""

from math import cos, hypot, radians

from msgspec import Struct

from dispatch.assign.policies import Policy
from dispatch.assign.roster import Roster, WorkerState
from dispatch.case import Candidate, Case
from gis.point import EARTH_RADIUS_M, LonLat
from gis.travel import DETOUR

CANDIDATES_KEPT = 5
"""Candidates stored with a sending: enough to answer "why not her?", small enough for every fact."""

SPEED_MPS = 4.0
"""A worker's speed through the city, lights and all: about 15 km/h, by scooter or on foot and by car."""

METRES_PER_DEGREE = radians(1.0) * EARTH_RADIUS_M


class Shortlist(Struct, frozen=True, kw_only=True, gc=False):
    """The cheapest candidates, the cheapest first, and the counts behind them.

    `total` have the skill in the department, `on_duty` of them are on duty; of these `full` have all the tasks
    they may have, `declined` have declined this case, `outside` work elsewhere. `widened` says that
    nobody of the place's own area was free, so that the others of the department were taken.
    """

    candidates: tuple[Candidate, ...]
    total: int
    on_duty: int
    full: int
    declined: int
    outside: int
    widened: bool


def shortlist(case: Case, skill: str, policy: Policy, max_open_tasks: int, roster: Roster) -> Shortlist:
    """Return who of the case's department can be sent, cheapest first; equal costs in order of the workers' ids."""
    on_duty = roster.list_on_duty(case.department, skill)
    path = frozenset(case.place.path)
    inside: list[WorkerState] = []
    outside: list[WorkerState] = []
    full = declined = 0
    for state in on_duty.values():
        if state.open_tasks >= max_open_tasks:
            full += 1
        elif state.worker in case.declined_by:
            declined += 1
        elif state.areas and state.areas.isdisjoint(path):
            outside.append(state)
        else:
            inside.append(state)
    return Shortlist(
        candidates=_cheapest(inside or outside, case.place.point, policy),
        total=roster.count(case.department, skill),
        on_duty=len(on_duty),
        full=full,
        declined=declined,
        outside=len(outside),
        widened=bool(outside) and not inside,
    )


def _cheapest(states: list[WorkerState], goal: LonLat | None, policy: Policy) -> tuple[Candidate, ...]:
    # Plain arithmetic on a plane tangent at the case: within a city it is the great circle to a few parts in a
    # thousand, at a tenth of the cost, and this loop runs over the staff for every case.
    lon, lat = goal or (0.0, 0.0)
    metres_per_lon = METRES_PER_DEGREE * cos(radians(lat))
    costs = []
    for state in states:
        distance_m = 0.0
        if goal:
            distance_m = hypot((state.point[0] - lon) * metres_per_lon, (state.point[1] - lat) * METRES_PER_DEGREE)
        travel_s = distance_m * DETOUR / SPEED_MPS
        costs.append((policy(travel_s, state.open_tasks), state.worker, distance_m, travel_s, state.open_tasks))
    return tuple(
        Candidate(
            worker=worker, distance_m=round(distance_m, 1), travel_s=round(travel_s, 1), load=load, cost=round(cost, 1)
        )
        for cost, worker, distance_m, travel_s, load in sorted(costs)[:CANDIDATES_KEPT]
    )
