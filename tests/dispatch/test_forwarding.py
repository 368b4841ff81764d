"""Which partners are told of a case, and what follows from what they say."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from dispatch.case import Case, CaseForwarded, CaseVoided, PartnerUpdated, Stage
from dispatch.city import Codes
from dispatch.forwarding import FORWARDS_MAX, News, forwarding, parcels_of, told
from dispatch.ids import AreaCode, CategoryCode, DepartmentId
from dispatch.partners import ForwardRule, Meaning, Partner, Updates
from dispatch.record import Forward
from tests.builders import MUN, SAN, TUESDAY_10, make_case, make_codes
from tests.taxonomy import GAS

AT = TUESDAY_10


def partner(name: str = "gasworks", **more: Any) -> Partner:
    return Partner(id=name, name_zh=name, name_en=name, endpoint="https://gas.example/v2", **more)


def rule(name: str = "gasworks", **more: Any) -> ForwardRule:
    return ForwardRule(**{"partner": name, "category": CategoryCode(GAS), "service_code": "LEAK", **more})


def codes(*rules: ForwardRule, **more: Any) -> Codes:
    partners = {name: partner(name, **more) for name in ("gasworks", "neighbour")}
    return msgspec.structs.replace(make_codes(), partners=partners, forwarding={CategoryCode(GAS): rules})


def filed(**more: Any) -> Case:
    return make_case(**{"stage": Stage.FILED, "category": GAS, "department": MUN, "filed_at": AT, **more})


def sent(case: Case, *rules: ForwardRule) -> list[tuple[str, str, bool]]:
    return [(each.partner, each.service_code, each.handles) for each in forwarding(case, codes(*rules))]


def test_each_partner_whom_a_row_names_is_told_and_one_handles_it_at_most() -> None:
    rows = rule(handles=True), rule("neighbour", handles=True), rule("nobody")
    assert sent(filed(), *rows) == [("gasworks", "LEAK", True), ("neighbour", "LEAK", False)]


def test_a_row_binds_by_area_and_department_and_the_narrowest_counts() -> None:
    case = filed()
    area = case.place.path[-1]
    rows = (
        rule(service_code="ANY"),
        rule(service_code="HERE", areas=(area,)),
        rule(service_code="OURS", department=DepartmentId(MUN)),
        rule(service_code="THEIRS", department=DepartmentId(SAN)),
        rule("neighbour", areas=(AreaCode("elsewhere"),)),
    )
    assert sent(case, *rows) == [("gasworks", "OURS", False)]
    assert sent(case, *rows[:2]) == [("gasworks", "HERE", False)]


def forward(**more: Any) -> Forward:
    values = {"partner": "gasworks", "service_code": "LEAK", "reference": "1", "at": AT, **more}
    return Forward(**values)


def test_who_was_told_since_it_was_filed_is_not_told_again_and_after_a_reopening_is() -> None:
    assert sent(filed(forwards=(forward(),)), rule()) == []
    again = filed(forwards=(forward(),), filed_at=AT + timedelta(hours=1))
    (data,) = forwarding(again, codes(rule()))
    assert data.reference == f"{again.number}/2"
    assert sent(filed(forwards=(forward(at=AT - timedelta(1)),) * FORWARDS_MAX), rule()) == []


@pytest.mark.parametrize(("updates", "count"), [(Updates.BOTH, 1), (Updates.READ, 0), (Updates.NONE, 0)])
def test_who_takes_updates_hears_of_the_end(updates: Updates, count: int) -> None:
    case = make_case(stage=Stage.VOID, forwards=(forward(),))
    data = CaseVoided(by="ann", reason="a test")
    assert [each.status for each in parcels_of(data, case, codes(updates=updates))] == ["CANCELLED"] * count


def test_the_request_is_one_parcel_under_its_reference() -> None:
    data = CaseForwarded(partner="gasworks", service_code="LEAK", reference="1/2", handles=False)
    (parcel,) = parcels_of(data, filed(forwards=(forward(),)), codes())
    assert (parcel.reference, parcel.status) == ("1/2", "")


def test_the_same_word_again_is_no_news_and_an_older_one_moves_nothing() -> None:
    case = filed(forwards=(forward(word="open", meaning="open", said_at=AT),))
    news = News(reference="1", word="open", meaning=Meaning.OPEN)
    assert told(case, news) == []
    late = News(reference="1", word="closed", meaning=Meaning.HANDLED, note="older", said_at=AT - timedelta(hours=1))
    (data,) = told(case, late)
    assert isinstance(data, PartnerUpdated)
    assert data.meaning == "open"
    assert told(case, News(reference="2", word="closed", meaning=Meaning.HANDLED)) == []


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        (("Erledigt", "closed"), Meaning.HANDLED),
        (("", "CLOSED"), Meaning.HANDLED),
        (("", "not_councils_responsibility"), Meaning.REFUSED),
        (("strange", "open"), Meaning.OPEN),
        (("strange",), Meaning.OPEN),
    ],
)
def test_a_partners_own_words_come_before_those_of_the_standard(words: tuple[str, ...], meaning: Meaning) -> None:
    assert partner(words={"erledigt": Meaning.HANDLED}).read_status(*words)[1] is meaning
