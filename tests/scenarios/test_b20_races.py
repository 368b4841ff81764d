"""B20. Two of the desk and a worker act on one case at the same moment: one wins, the others hear that they did not.

A thousand such moments over HTTP, on a running server: some say which version they saw (If-Match), some do not.

with If-Match     one 200; the others 412, with the version that the case has now; what changed is in its journal.
                  A worker who has lost the task meanwhile sees the case no longer: 409, and why
without           one 200; the others 409, with what is legal now
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from tests.parts.wardline import DEMO_PASSWORD, Wardline

pytestmark = pytest.mark.slow

RACES = 1_000
CASES = 20
"""Cases that are raced for side by side: each is a race of its own kind at any time."""

Case = dict[str, Any]
Bid = tuple[httpx.AsyncClient, str, dict[str, Any]]
"""Who asks for what."""


def _case_in(answer: httpx.Response, status: int) -> Case:
    assert answer.status_code == status, answer.text
    case: Case = answer.json()
    return case


class Track:
    """One case, and the three who race for it."""

    def __init__(
        self, people: Sequence[httpx.AsyncClient], staff: Sequence[tuple[str, httpx.AsyncClient]], category: str
    ) -> None:
        self.li, self.wu = people
        self.staff, self.category = dict(staff), category
        self.case: Case = {}
        self.seen: Counter[str] = Counter()

    async def begin(self, number: int) -> None:
        """Open a case and give it to the first of the workers."""
        body = {
            "channel": "console",
            "category": self.category,
            "text": f"race {number}",
            "lon": 106.53 + 0.002 * number,
            "lat": 29.556,
        }
        self.case = _case_in(await self.li.post("/api/v1/cases", json=body), 201)
        if self.case["stage"] == "reported":
            self.case = await self._do("file", {})
        first = next(iter(self.staff))
        if self.case["worker"] != first:
            name = "reassign" if self.case["worker"] else "dispatch"
            self.case = await self._do(name, {"worker": first, "reason": "the start"})

    async def _do(self, name: str, data: dict[str, Any]) -> Case:
        return _case_in(await self._give((self.li, name, data), None), 200)

    async def race(self, chance: random.Random) -> None:
        """Let three act at once; look at what each of them hears."""
        has_version = chance.random() < 0.7
        bids = self._versioned() if has_version else self._exclusive()
        if not bids:
            has_version, bids = True, self._versioned()
        chance.shuffle(bids)
        version = self.case["version"] if has_version else None
        answers = await asyncio.gather(*(self._give(bid, version) for bid in bids))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses.count(200) == 1, [answer.text for answer in answers]
        assert set(statuses) <= ({200, 412, 409} if has_version else {200, 409}), [answer.text for answer in answers]
        won = next(answer.json() for answer in answers if answer.status_code == 200)
        for answer in answers:
            if answer.status_code != 200:
                self._check_loser(answer.json(), won)
        if chance.random() < 0.3:
            await self._check_journal(won)
        self.seen[f"{self.case['stage']} -> {won['stage']} {'412' if has_version else '409'}"] += 1
        self.case = won

    def _check_loser(self, problem: Case, won: Case) -> None:
        """Whoever lost is told so by name, and what he may do now, or which version the case has."""
        assert problem["title"]
        assert problem["titles"]["zh"]
        if problem["status"] == 412:
            assert problem["type"] == "urn:wardline:problem:version-mismatch"
            assert problem["version"] == won["version"]
        elif problem["type"] == "urn:wardline:problem:conflict":
            assert "no longer yours" in problem["detail"], "the phone of who has lost the task"
            assert won["worker"] != self.case["worker"]
        else:
            assert problem["type"] == "urn:wardline:problem:illegal-move"
            assert isinstance(problem["legal"], list)
            assert won["stage"] in problem["detail"]

    async def _check_journal(self, won: Case) -> None:
        """What has changed stands in the journal after the version that all had seen: the winner's facts alone."""
        path = f"/api/v1/cases/{won['id']}/journal"
        answer = await self.wu.get(path, params={"after": self.case["version"]})
        facts = answer.json()["items"]
        assert facts
        assert facts[-1]["seq"] == won["version"]

    async def _give(self, bid: Bid, version: int | None) -> httpx.Response:
        client, name, data = bid
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await client.post(f"/api/v1/cases/{self.case['id']}/commands/{name}", json=data, headers=headers)

    def _versioned(self) -> list[Bid]:
        """Three that are legal now; by the version that all have seen only one can be first."""
        worker, stage = self.case["worker"], self.case["stage"]
        other = next(each for each in self.staff if each != worker)
        phone = self.staff[worker]
        step = {
            "dispatched": "accept",
            "rework": "accept",
            "accepted": "arrive",
            "arrived": "report_handled",
            "handled": "note",
            "checking": "note",
        }[stage]
        if step == "note":
            again = {"reason": "not clean"}
            return [(phone, step, {"note": "done"}), (self.li, "rework", again), (self.wu, "send_to_check", {})]
        away = {"worker": other, "reason": "nearer"}
        return [(phone, step, {}), (self.li, "reassign", away), (self.wu, "set_priority", {"priority": "urgent"})]

    def _exclusive(self) -> list[Bid]:
        """Three of which each rules the others out, whoever is first; [] where there are none."""
        stage, phone = self.case["stage"], self.staff[self.case["worker"]]
        step = {"dispatched": "accept", "rework": "accept", "accepted": "arrive", "arrived": "report_handled"}.get(
            stage
        )
        return [(each, step, {}) for each in (phone, self.li, self.wu)] if step else []


async def sign_in(stack: AsyncExitStack, server: Wardline, username: str) -> httpx.AsyncClient:
    client = await stack.enter_async_context(httpx.AsyncClient(base_url=server.url, timeout=30))
    body = {"username": username, "password": DEMO_PASSWORD}
    (await client.post("/api/v1/session", json=body)).raise_for_status()
    client.headers["X-CSRF-Token"] = client.cookies["wardline_csrf"]
    return client


async def test_b20_a_thousand_races_have_a_thousand_winners(server: Wardline) -> None:
    async with AsyncExitStack() as stack:
        people = [await sign_in(stack, server, name) for name in ("dispatcher", "leader")]
        listed = (await people[1].get("/api/v1/workers")).json()["items"]
        logins = [(each["id"], each["username"]) for each in listed if each["username"]][:2]
        staff = [(worker, await sign_in(stack, server, username)) for worker, username in logins]
        category = (await people[1].get("/api/v1/city")).json()["categories"][0]["code"]
        tracks = [Track(people, staff, category) for _ in range(CASES)]
        for number, track in enumerate(tracks):
            await track.begin(number)
        await asyncio.gather(*(_run(track, random.Random(number)) for number, track in enumerate(tracks)))
    seen: Counter[str] = sum((track.seen for track in tracks), Counter())
    assert seen.total() == RACES
    assert {each.split()[-1] for each in seen} == {"409", "412"}
    assert len(seen) >= 8, "races of many kinds"
    assert "Traceback" not in server.log()


async def _run(track: Track, chance: random.Random) -> None:
    for _ in range(RACES // CASES):
        await track.race(chance)
