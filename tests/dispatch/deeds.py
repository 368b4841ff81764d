"""What each command does to a case of the model."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tests.dispatch.model import DUTY, LIMITS, STAFF, Clock, Data, M, Rules
from tests.dispatch.world import DONE, Deed, World


def make_world(rules: Rules, sent: Callable[[str], str]) -> World:
    return World(rules, sent, DEEDS)


def accept(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    if case.stage == "reported":
        case.stage = "pending_filing"
    else:
        case.stage = "accepted"
        case.steps.add("accepted")


def verify(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.stage = "verifying"


def report_verified(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    if data["real"]:
        case.stage = "pending_filing"
    else:
        world.end(case, "void", at)


def file(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    world.file(case, at)
    world.flow(case, at)


def decline(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    if not case.worker:
        world.end(case, "not_filed", at)
        return
    case.declined.add(case.worker)
    case.free()
    case.stage = "filed"
    world.flow(case, at)


def void(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.free()
    world.end(case, "void", at)


def merge(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    master = world.cases[data["into"]]
    case.free()
    case.merged_into = master.id
    master.merged += [case.id, *case.merged]
    world.last.pop(master.id, None)
    world.end(case, "merged", at)


def self_handle(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.stage, case.handled_at = "self_handled", at


def dispatch(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    if data.get("worker"):
        world.give_task(case, data["worker"], STAFF[data["worker"]][0], at)
    else:
        world.flow(case, at)


def reassign(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    world.give_task(case, data["worker"], STAFF[data["worker"]][0], at)


def assist(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.assists[data["worker"]] = set()


def release_assist(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    del case.assists[data["worker"]]
    world.flow(case, at)


def depart(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.steps.add(DONE["depart"])


def arrive(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.steps.add(DONE["arrive"])
    if case.stage == "accepted":
        case.stage = "arrived"
    else:
        case.held = "arrived"


def report_handled(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.stage, case.held, case.handled_at = "handled", "", at
    assert case.clock is not None
    case.clock.stop(at)
    world.flow(case, at)


def _asks(stage: str) -> Deed:
    def ask(world: World, case: M, data: Data, at: datetime, user: str) -> None:
        case.held, case.stage, case.amount = case.stage, stage, data["amount"]
        case.review_at = at + timedelta(hours=data["review_h"])

    return ask


def go_back(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.stage, case.held = case.held, ""


def grant(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    {
        "return_requested": _grant_return,
        "extension_requested": _grant_extension,
        "suspension_requested": _grant_suspension,
    }[case.stage](world, case, data, at, user)


def _grant_return(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    department, times = data.get("department") or DUTY[case.category], case.returns
    case.declined = {*case.declined, case.worker} if department == case.department else set()
    case.free()
    world.file(case, at, department)
    case.returns = times + 1
    if times >= world.rules.returns_max:
        coordinate(world, case, data, at, user)
    else:
        world.flow(case, at)


def _grant_extension(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    assert case.clock is not None
    case.clock.extra += 60 * case.amount
    case.extensions += 1
    go_back(world, case, data, at, user)


def _grant_suspension(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    assert case.clock is not None
    case.stage, case.suspensions = "suspended", case.suspensions + 1
    case.clock.stop(at)


def suspend(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.held = case.stage
    _grant_suspension(world, case, data, at, user)


def resume(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    assert case.clock is not None
    case.clock.run(at)
    go_back(world, case, data, at, user)
    world.flow(case, at)


def coordinate(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.free()
    case.stage = "coordinating"
    assert case.clock is not None
    if world.rules.coordinating_stops_clock:
        case.clock.stop(at)


def settle(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    assert case.clock is not None
    case.stage, case.department, case.declined = "filed", data["lead"], set()
    case.clock.run(at)
    world.flow(case, at)
    for department, child in zip(data.get("assisting", ()), data["new_cases"], strict=False):
        _open_child(world, case, child, department, at)


def split(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    _open_child(world, case, data["new_cases"][0], data["department"], at)


def _open_child(world: World, case: M, name: str, department: str, at: datetime) -> None:
    child = M(id=name, category=case.category, priority=case.priority, parent=case.id)
    world.cases[name] = child
    case.open_children.add(name)
    world.file(child, at, department)
    world.flow(child, at)


def send_to_check(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.stage, case.answer_by = "checking", None


def check(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    if data["passed"]:
        case.stage, case.answer_by = "checked", None
        world.flow(case, at)
    else:
        world.again(case, at)


def rework(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    world.again(case, at)


def close(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    world.close(case, at)


def force_close(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    world.end(case, "forced_closed", at)


def reopen(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.free()
    case.declined, case.on_time, case.ended_at, case.reopened = set(), None, None, case.reopened + 1
    whole = world.cases.get(case.parent)
    if whole is not None and whole.is_open:
        whole.open_children.add(case.id)
        world.last.pop(whole.id, None)
    world.file(case, at)
    world.flow(case, at)


def reclassify(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.category = data["category"]
    case.priority = "urgent" if case.category == "gas" else "general"
    if case.stage == "filed":
        case.department = DUTY[case.category]
    _relimit(case)
    world.flow(case, at)


def set_priority(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.priority = data["priority"]
    _relimit(case)


def _relimit(case: M) -> None:
    """Another limit from the same start; what extensions have given stays, in another unit as the same part of it."""
    if case.clock is None or case.clock.is_rework:
        return
    old = case.clock
    unit, limit = LIMITS[case.category, case.priority != "general"]
    case.clock = Clock(unit, limit, old.runs, old.extra if unit == old.unit else old.extra * limit / old.limit)


def claim(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.claimed = (user, at)


def release(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.claimed = None


def supervise(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.supervised = True


def unsupervise(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    case.supervised = False


def say(world: World, case: M, data: Data, at: datetime, user: str) -> None:
    """What is only said changes nothing that the model knows of."""


DEEDS: dict[str, Deed] = {
    "accept": accept,
    "verify": verify,
    "report_verified": report_verified,
    "file": file,
    "decline": decline,
    "void": void,
    "merge": merge,
    "self_handle": self_handle,
    "dispatch": dispatch,
    "reassign": reassign,
    "hand_over": reassign,
    "assist": assist,
    "release_assist": release_assist,
    "depart": depart,
    "arrive": arrive,
    "report_handled": report_handled,
    "return": _asks("return_requested"),
    "request_extension": _asks("extension_requested"),
    "request_suspension": _asks("suspension_requested"),
    "withdraw_request": go_back,
    "refuse": go_back,
    "grant": grant,
    "suspend": suspend,
    "resume": resume,
    "coordinate": coordinate,
    "settle": settle,
    "split": split,
    "send_to_check": send_to_check,
    "check": check,
    "rework": rework,
    "close": close,
    "force_close": force_close,
    "reopen": reopen,
    "reclassify": reclassify,
    "set_priority": set_priority,
    "claim": claim,
    "release": release,
    "supervise": supervise,
    "unsupervise": unsupervise,
    "mark": say,
    "remind": say,
    "note": say,
    "reply": say,
}
