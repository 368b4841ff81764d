"""Programs that fill in what nobody sees: they learn nothing, and the acceptor reads why the report waits."""

import re

from dispatch.access import Role
from tests.services.api.plain.page import open_page
from tests.services.api.plain.test_plain import LITTER, SPOT, number_of, token_of
from tests.services.api.test_report_help import GAS, case_of
from tests.services.api.test_reports import follow
from tests.services.api.world import World


async def rules_of(world: World, number: str) -> set[str]:
    async with world.sign_in("leader", Role.LEADER) as leader:
        row = await case_of(leader, {"number": number})
        case = (await leader.get(f"/api/v1/cases/{row['id']}")).json()
        return {ground["rule"] for ground in case["because"]}


async def test_a_field_that_nobody_sees_tells_a_program_and_refuses_it_nothing(world: World) -> None:
    async with world.stranger() as citizen:
        page = await open_page(citizen)
        assert page.value("website") == ""
        field = re.search(r'<div class="hidden" aria-hidden="true">.*?</div>', page.text, re.DOTALL)
        assert field is not None
        assert 'tabindex="-1"' in field[0]
        assert 'autocomplete="off"' in field[0]
        done = await page.send(LITTER, website="http://cheap.example")
        assert (done.status, done.heading) == (200, "We have it. Thank you!"), "it learns nothing"
        await follow(citizen, token_of(done))
        assert "flag.robot" in await rules_of(world, number_of(done))
        assert (await citizen.get("/api/v1/public/cases")).json()["items"] == [], "the public sees nothing of it"


async def test_a_person_leaves_it_empty_and_is_not_flagged(world: World) -> None:
    async with world.stranger() as citizen:
        done = await (await open_page(citizen)).send(LITTER)
        await follow(citizen, token_of(done))
        assert "flag.robot" not in await rules_of(world, number_of(done))


async def test_what_a_program_filled_in_is_remembered_over_every_step(world: World) -> None:
    async with world.stranger() as citizen:
        page = await open_page(citizen)
        stop = await page.send(text="gas", category=GAS, place=SPOT, website="x")
        assert stop.value("website") == "x"
        faulty = await (await open_page(citizen)).send(website="<b>x</b>")
        assert faulty.status == 422
        assert faulty.value("website") == "<b>x</b>"
        assert "<b>x</b>" not in faulty.text
