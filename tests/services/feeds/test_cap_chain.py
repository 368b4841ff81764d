"""CAP chains: what belongs together and what is over, in whatever order it comes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from itertools import permutations

import pytest

from dispatch.event import Event, Phase
from services.feeds import Learned
from services.feeds._cap import read_alert
from services.feeds._cap_chain import DOC_MAX, KEPT_MAX, Chains
from services.feeds.cap import translate
from tests.services.feeds.test_cap import ORIGIN, alert

SENT = {
    "A": ("Alert", "2026-03-03T09:00:00+08:00"),
    "U": ("Update", "2026-03-03T09:10:00+08:00"),
    "V": ("Update", "2026-03-03T09:20:00+08:00"),
    "C": ("Cancel", "2026-03-03T09:30:00+08:00"),
}
LINKS = {
    "all before": {"U": "A", "V": "AU", "C": "AUV"},
    "the last alone": {"U": "A", "V": "U", "C": "V"},
    "the first alone": {"U": "A", "V": "A", "C": "A"},
}
"""How senders name what goes before."""


def chain(name: str, links: Mapping[str, str]) -> bytes:
    kind, sent = SENT[name]
    # Some write UTC where others write their own time.
    named = " ".join(f"met@city.test,{each},{SENT[each][1]}" for each in links.get(name, ""))
    return alert(kind, number=name, references=named, sent=sent)


def play(names: Sequence[str], links: Mapping[str, str]) -> list[Event]:
    """Return the events of messages that come in that order, each told what was learned before it."""
    known: dict[str, bytes] = {}
    events = []
    for name in names:
        for each in translate(chain(name, links), replace(ORIGIN, recall=known.get)):
            if isinstance(each, Learned):
                known[each.key] = each.doc
            elif isinstance(each, Event):
                events.append(each)
    return events


def open_episodes(events: Sequence[Event]) -> set[str]:
    """Return the episodes that are open at the end, as the desk sees them: an update opens too."""
    found: set[str] = set()
    for event in events:
        if event.phase in (Phase.OPEN, Phase.UPDATE):
            found.add(event.episode)
        elif event.phase is Phase.CLOSE:
            found.discard(event.episode)
    return found


@pytest.mark.parametrize("links", LINKS.values(), ids=LINKS)
@pytest.mark.parametrize("names", ["AUC", "AUV", "AUVC", "AC"])
def test_a_chain_ends_the_same_in_whatever_order_it_comes(names: str, links: Mapping[str, str]) -> None:
    own = {name: "".join(each for each in named if each in names) for name, named in links.items()}
    if names == "AC":
        own["C"] = "A"
    elif names == "AUC":
        own["C"] = own["C"] or "U"
    for order in permutations(names):
        left = open_episodes(play(order, own))
        # Two ends that were told of before their link are two, until they are cancelled.
        is_split = links is LINKS["the last alone"] and order[-1] == "U"
        assert len(left) == (0 if "C" in names else 2 if is_split else 1), "".join(order)


def test_a_cancellation_that_came_first_closes_what_it_names_and_opens_nothing() -> None:
    events = play("CA", {"C": "A"})
    assert [event.phase for event in events] == [Phase.CLOSE, Phase.CLOSE]
    assert len({event.episode for event in events}) == 1


def test_what_was_replaced_before_it_came_is_a_state() -> None:
    events = play("UA", {"U": "A"})
    assert [event.phase for event in events] == [Phase.UPDATE, Phase.SYNC]
    assert len({event.episode for event in events}) == 1


def test_an_update_that_was_sent_after_a_cancellation_goes_on() -> None:
    later = alert("Update", number="X", references="met@city.test,A,x", sent="2026-03-03T09:45:00+08:00")
    known: dict[str, bytes] = {}
    phases = []
    for body in (chain("A", {}), chain("C", {"C": "A"}), later):
        learned, event = translate(body, replace(ORIGIN, recall=known.get))
        assert isinstance(learned, Learned)
        assert isinstance(event, Event)
        known[learned.key] = learned.doc
        phases.append(event.phase)
    assert phases == [Phase.OPEN, Phase.CLOSE, Phase.UPDATE]


def test_what_is_not_actual_cancels_nothing_real() -> None:
    body = alert("Cancel", status="Exercise", number="C", references="met@city.test,A1,x")
    said = translate(body, ORIGIN)
    assert not any(isinstance(each, Learned) for each in said)


def test_what_is_remembered_has_a_bound() -> None:
    known: dict[str, bytes] = {}
    for n in range(KEPT_MAX + 50):
        learned, *_ = translate(alert(number=f"N{n}"), replace(ORIGIN, recall=known.get))
        assert isinstance(learned, Learned)
        known[learned.key] = learned.doc
    assert len(json.loads(known["chain"])) == KEPT_MAX
    assert len(known["chain"]) < 100_000


def test_long_names_do_not_make_what_is_remembered_too_large() -> None:
    chains, zone = Chains(None), UTC
    for n in range(KEPT_MAX):
        references = tuple(("s" * 300, f"{n}-{m}" + "i" * 290, "2026-03-03T09:00:00Z") for m in range(3))
        found = read_alert(alert("Update", number=f"N{n}"))
        chains.take(replace(found, references=references), zone)
    assert len(chains.doc()) <= DOC_MAX
    assert len(json.loads(chains.doc())) > 10
