"""What the templates are given: values with their names in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from dispatch.category import Category
from dispatch.city import Codes
from dispatch.citymap import City
from dispatch.ids import AreaCode, CategoryCode
from gis.gazetteer import Match
from services.api.plain.filled import ANSWER, BAIT, Filled, Spot
from services.api.plain.steps import Fault, Halt, Offer, asks_of
from services.api.plain.words import say
from services.api.report_form import PHOTOS_MAX
from services.api.routes.report_help import PartNear, list_parts_near


def form_values(filled: Filled, city: City, faults: Sequence[Fault]) -> dict[str, Any]:
    """Return all that the form's template needs."""
    questions = city.codes.questions.get(filled.category, ())
    return {
        "filled": filled,
        "faults": faults,
        "wrong": {fault.field: fault.words for fault in reversed(faults)},
        "groups": _groups(city.codes, filled.language),
        "questions": asks_of(questions) if filled.asked == filled.category else (),
        "places": [],
        "looked": False,
        "suggested": [],
        "asked_words": False,
        "beside_us": False,
        "newly_asked": False,
        "parts": _parts(filled, city),
        "part_name": _part_name(filled, city),
        "photos_max": PHOTOS_MAX,
        "answer": ANSWER,
        "bait": BAIT,
    }


def _parts(filled: Filled, city: City) -> Sequence[PartNear]:
    """Return the parts among which one may be chosen: those of the category near the place."""
    if filled.spot is None or filled.category not in city.codes.categories or filled.component:
        return ()
    return list_parts_near(city, filled.spot.point, filled.category)


def _part_name(filled: Filled, city: City) -> str:
    component = city.components.find(filled.component)
    return component.name_zh if component else ""


def _groups(codes: Codes, language: str) -> Sequence[tuple[str, Sequence[tuple[CategoryCode, str]]]]:
    """Return the categories by their class, each (code, name), in the order of the codes."""
    groups: dict[str, list[tuple[CategoryCode, str]]] = {}
    for code in sorted(codes.categories):
        row = codes.categories[code]
        groups.setdefault(row.major_zh if language == "zh" else row.major_en, []).append((code, name_of(row, language)))
    return list(groups.items())


def name_of(category: Category, language: str) -> str:
    return category.name_zh if language == "zh" else category.name_en


def spots_of(found: Sequence[Match], english: Mapping[str, str], language: str) -> Sequence[Spot]:
    names = [match.name if language == "zh" else english.get(match.name) or match.name for match in found]
    return [Spot(match.point, match.accuracy_m, name) for match, name in zip(found, names, strict=True)]


def hidden_of(filled: Filled, kept: Sequence[str]) -> list[tuple[str, str]]:
    """Return the whole form as hidden fields, for a page between two of its steps."""
    fields = [
        ("key", filled.key),
        ("text", filled.text),
        ("category", filled.category),
        ("address", filled.address),
        ("query", filled.query),
        ("place", str(filled.spot) if filled.spot else ""),
        ("component", filled.component),
        ("name", filled.name),
        ("phone", filled.phone),
        ("asked", filled.asked),
        ("offered", filled.offered),
        ("same_as", filled.same_as),
        (BAIT, filled.bait),
        *((ANSWER + code, each) for code, said in filled.answers.items() for each in said),
        *(("kept", each) for each in kept),
        *(("passed", each) for each in sorted(filled.passed)),
    ]
    return [(name, value) for name, value in fields if value]


def stop_values(halt: Halt) -> dict[str, Any]:
    return {
        "category": halt.category,
        "stops": halt.stops,
        "is_final": any(stop.required for stop in halt.stops),
    }


def offer_values(offer: Offer, city: City, language: str) -> dict[str, Any]:
    """Return the cases, each (number, what and where in words, since when in words)."""

    def area(code: str) -> str:
        found = city.codes.areas.get(AreaCode(code))
        return "" if found is None else found.name_zh if language == "zh" else found.name_en

    items = []
    for case in offer.cases:
        name = case.category.name.zh if language == "zh" else case.category.name.en
        places = [named for code in (case.place.street, case.place.community) if (named := area(code))]
        since = f"{case.opened_at.astimezone(city.timezone):%Y-%m-%d %H:%M}"
        what = say(language, "near_item", name=name, place=" · ".join(places) or "—", m=case.distance_m)
        items.append((case.number, what, say(language, "near_since", time=since, n=case.told)))
    return {"items": items}
