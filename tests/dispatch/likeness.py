"""What must be true of a case and its model after every step."""

from datetime import datetime, timedelta

from dispatch.case import Case
from tests.dispatch.model import M, minutes
from tests.taxonomy import GAS, LITTER

SECOND = timedelta(seconds=1)
CODES = {"gas": GAS, "litter": LITTER}
WORDS = {code: word for word, code in CODES.items()}


def check_likeness(case: Case, model: M) -> None:
    """The case is what the model says."""
    assert case.stage.value == model.stage
    assert {
        "held": case.held.value if case.held else "",
        "worker": case.worker,
        "assists": set(case.helpers),
        "declined": set(case.declined_by),
        "counts": (case.extensions, case.returns, case.suspensions, case.reworks, case.reopened),
        "claimed": case.claimed_by,
        "supervised": case.supervised is not None,
        "asked": case.answer_by,
        "family": (case.parent, set(case.open_children), list(case.merged), case.merged_into),
        "kind": (WORDS[case.category], case.priority.value),
        "cleared": case.cleared,
    } == {
        "held": model.held,
        "worker": model.worker,
        "assists": set(model.assists),
        "declined": model.declined,
        "counts": (model.extensions, model.returns, model.suspensions, model.reworks, model.reopened),
        "claimed": model.claimed[0] if model.claimed else "",
        "supervised": model.supervised,
        "asked": model.answer_by,
        "family": (model.parent, model.open_children, model.merged, model.merged_into),
        "kind": (model.category, model.priority),
        "cleared": model.cleared,
    }
    if model.stage == "closed":
        assert case.on_time is model.on_time
    if model.department and case.filed_at:
        assert case.department == model.department


def check_clock(case: Case, model: M, at: datetime) -> None:
    """The clock has run as long as the model's; running and standing still together are all of the time."""
    if model.clock is None or case.clock is None:
        assert (model.clock is None) is (case.clock is None)
        return
    unit, stops = model.clock.unit, [*case.clock.stops]
    still = [(stop.start, stop.end) for stop in stops]
    if case.clock.stopped_since is not None:
        still.append((case.clock.stopped_since, at))
    stood = sum(minutes(unit, start, end) for start, end in still)
    whole = minutes(unit, case.clock.start, at)
    assert abs(model.clock.used(at) + stood - whole) < 0.02, "running and stopped spans make up all of the time"
    assert (case.clock.stopped_since is None) is model.clock.is_running
    due = model.clock.due()
    if due is not None and model.clock.is_running:
        assert case.due_at is not None
        assert abs(case.due_at - due) < SECOND
