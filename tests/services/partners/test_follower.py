"""What a partner says of a case becomes facts of it, once, and the desk's own flow decides what follows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.case import Stage
from dispatch.partners import Meaning
from services.store import parcels
from tests.parts.open311_partner import PartnerServer
from tests.services.partners.conftest import Pair, run_pair

HANDS_OVER = {"handles": True}


@pytest.fixture
async def handed(tmp_path: Path, partner: PartnerServer) -> AsyncIterator[Pair]:
    async with run_pair(tmp_path, partner, rule=HANDS_OVER, words={"erledigt": Meaning.HANDLED}) as running:
        yield running


async def test_nobody_of_ours_is_sent_to_a_case_that_the_partner_handles(handed: Pair) -> None:
    case = await handed.file()
    assert (case.stage, case.partner is not None, case.stage_due_at) == (Stage.FILED, True, None)
    assert "CaseQueued" not in await handed.kinds(case)


async def test_what_the_partner_has_closed_is_handled_and_waits_for_our_check(handed: Pair) -> None:
    case = await handed.file()
    await handed.send()
    assert await handed.follow() == 0
    handed.partner.set_status("0001", status="closed", status_notes="done, call 13800138000")
    assert await handed.follow() == 1
    after = await handed.again(case)
    assert after.stage in (Stage.HANDLED, Stage.CHECKING)
    assert after.handled_at is not None
    assert after.forwards[0].note == "done, call ***"
    assert await handed.follow() == 0
    checked = await handed.town.do(after, "check", passed=True, note="fine")
    assert checked.stage is Stage.CLOSED


async def test_what_a_check_finds_not_done_our_own_people_do(handed: Pair) -> None:
    case = await handed.file()
    await handed.send()
    handed.partner.set_status("0001", detailed_status="Erledigt", status="closed")
    await handed.follow()
    after = await handed.town.do(await handed.again(case), "check", passed=False, note="it still leaks")
    assert (after.stage, after.partner, after.reworks) == (Stage.DISPATCHED, None, 1)
    assert after.clock is not None
    assert after.clock.stopped_since is None
    await handed.follow()
    assert (await handed.again(case)).stage is Stage.DISPATCHED


async def test_what_the_partner_will_not_do_our_own_people_do(tmp_path: Path, partner: PartnerServer) -> None:
    async with run_pair(tmp_path, partner, rule=HANDS_OVER, updates="read") as pair:
        case = await pair.file()
        await pair.send()
        partner.updates = [an_update("u1", status="NOT_COUNCILS_RESPONSIBILITY", description="not ours")]
        partner.set_status("0001", status="closed")
        assert await pair.follow() == 1
        after = await pair.again(case)
        assert (after.stage, after.forwards[0].meaning) == (Stage.DISPATCHED, "refused")


async def test_a_case_whose_partner_cannot_be_told_is_ours_again(handed: Pair) -> None:
    handed.partner.fails = ["400"]
    case = await handed.file()
    await handed.send()
    after = await handed.again(case)
    assert (after.stage, after.partner) == (Stage.DISPATCHED, None)


async def test_updates_are_told_once_and_late_ones_move_nothing(tmp_path: Path, partner: PartnerServer) -> None:
    async with run_pair(tmp_path, partner, updates="read") as pair:
        case = await pair.file()
        await pair.send()
        partner.updates = [an_update("u2", status="IN_PROGRESS", at="2026-03-01T10:00:00Z")]
        assert (await pair.follow(), await pair.follow()) == (1, 0)
        partner.updates.append(an_update("u1", status="INVESTIGATING", at="2026-03-01T09:00:00Z", description="older"))
        assert (await pair.follow(), await pair.follow()) == (1, 0)
        forward = (await pair.again(case)).forwards[0]
        assert (forward.meaning, forward.word, forward.note) == ("working", "IN_PROGRESS", "older")
        assert (await pair.kinds(case)).count("PartnerUpdated") == 2


async def test_a_partner_only_told_of_a_case_moves_it_not(pair: Pair) -> None:
    case = await pair.file()
    await pair.send()
    pair.partner.set_status("0001", status="closed")
    assert await pair.follow() == 1
    after = await pair.again(case)
    assert (after.stage, after.forwards[0].meaning) == (Stage.DISPATCHED, "handled")


@pytest.mark.parametrize("how", ["500", "garbage", "html", "huge", "cut"])
async def test_a_partner_who_answers_badly_changes_nothing_and_is_asked_less(pair: Pair, how: str) -> None:
    case = await pair.file()
    await pair.send()
    pair.partner.set_status("0001", status="closed")
    pair.partner.read_fails = [how]
    assert await pair.follow() == 0
    state = (await pair.town.db.read(parcels.load_states))["gasworks"]
    assert state.failures == 1
    assert state.error
    assert await pair.follow() == 1
    assert (await pair.town.db.read(parcels.load_states))["gasworks"].failures == 0
    assert (await pair.kinds(case)).count("PartnerUpdated") == 1


async def test_a_dispatcher_may_take_back_what_the_partner_handles(handed: Pair) -> None:
    case = await handed.file()
    after = await handed.town.do(case, "dispatch")
    assert (after.stage, after.partner) == (Stage.DISPATCHED, None)


async def test_the_cases_are_what_the_journal_says(handed: Pair) -> None:
    case = await handed.file()
    await handed.send()
    handed.partner.set_status("0001", status="closed")
    await handed.follow()
    assert (await handed.town.fold())[case.id] == await handed.again(case)


def an_update(name: str, **more: str) -> dict[str, str]:
    at = more.pop("at", "2026-03-01T09:00:00Z")
    return {"update_id": name, "service_request_id": "0001", "updated_datetime": at, "description": "", **more}
