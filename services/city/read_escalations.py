"""escalations.csv and notices.csv: who is told when nobody acts, and when people are not to be disturbed."""

from collections.abc import Collection

from dispatch.category import Priority
from dispatch.changes import MARKS
from dispatch.escalations import Action, Escalation, NoticeRule, Unit
from dispatch.ids import DepartmentId
from services.city.cells import Row, Rows
from services.city.files import Reader
from services.city.read_calendar import WEEKDAYS

ESCALATIONS_FILE, NOTICES_FILE = "escalations.csv", "notices.csv"
ESCALATION_COLUMNS = ("department", "priority", "step", "after", "unit", "action", "target")
NOTICE_COLUMNS = ("who", "from", "to", "days", "passes", "digest_min")

MOST_STEPS = 12
"""Of one chain: as many as one case may be told of at one moment."""
LONGEST_MIN = 30 * 24 * 60.0
LONGEST_DIGEST_MIN = 24 * 60.0


def read_escalations(reader: Reader) -> Rows[Escalation]:
    """Return escalations.csv; () where the pack has none."""
    if not reader.has(ESCALATIONS_FILE):
        return ()
    found: list[tuple[Row, Escalation]] = []
    last: dict[tuple[str, str, bool], Escalation] = {}
    for row in reader.rows(ESCALATIONS_FILE, ESCALATION_COLUMNS):
        escalation = _escalation(row)
        key = escalation.department, escalation.priority, escalation.unit is Unit.PERCENT
        _check_order(row, escalation, last.get(key))
        last[key] = escalation
        found.append((row, escalation))
    return tuple(found)


def _escalation(row: Row) -> Escalation:
    unit = Unit(row.choice("unit", list(Unit)))
    after = row.number("after", 0, LONGEST_MIN)
    if unit is Unit.PERCENT and after not in MARKS:
        row.fault(f"after must be one of {', '.join(map(str, MARKS))} per cent")
    action = Action(row.choice("action", list(Action)))
    if unit is Unit.PERCENT and action is Action.NEXT_WORKER:
        row.fault("next_worker is for tasks that nobody accepts: after must count minutes")
    return Escalation(
        department=DepartmentId(row.text("department")),
        priority=row.choice("priority", list(Priority)) if row.text("priority") else "",
        step=int(row.number("step", 1, MOST_STEPS)),
        after=after,
        unit=unit,
        action=action,
        target=row.text("target"),
    )


def _check_order(row: Row, escalation: Escalation, before: Escalation | None) -> None:
    """The steps of a chain stand under each other: 1, 2, 3, none sooner than the one before."""
    if escalation.step != (before.step + 1 if before else 1):
        row.fault(
            f"step must be {before.step + 1 if before else 1}: steps of one chain count from 1 and follow each other"
        )
    elif before and before.unit is escalation.unit and escalation.after < before.after:
        row.fault(f"step {escalation.step} comes before step {before.step}")


def check_escalations(
    rows: Rows[Escalation], departments: Collection[DepartmentId], with_lead: Collection[DepartmentId]
) -> None:
    for row, escalation in rows:
        if escalation.department and escalation.department not in departments:
            row.fault(f"the department is not known: {escalation.department}")
        needs_lead = escalation.action is Action.TEAM_LEAD and escalation.department and not escalation.target
        if needs_lead and escalation.department not in with_lead:
            row.fault(f"{escalation.department} has no lead in departments.csv, and no target is named")


def read_notice_rules(reader: Reader) -> tuple[NoticeRule, ...]:
    """Return notices.csv; () where the pack has none."""
    if not reader.has(NOTICES_FILE):
        return ()
    seen: dict[str, int] = {}
    found = []
    for row in reader.rows(NOTICES_FILE, NOTICE_COLUMNS):
        rule = _notice_rule(row)
        if rule.who in seen:
            row.fault(f"who is that of line {seen[rule.who]}")
        seen.setdefault(rule.who, row.line)
        found.append(rule)
    return tuple(found)


def _notice_rule(row: Row) -> NoticeRule:
    start, end = row.find_clock("from"), row.find_clock("to")
    if (start is None) is not (end is None):
        row.fault("from and to must both be given, or neither")
    days = _days(row)
    quiet = (start, end) if start is not None and end is not None else None
    if quiet and start == end and len(days) == len(WEEKDAYS):
        row.fault("quiet hours around the clock on all days would never end")
    return NoticeRule(
        who=row.text("who"),
        quiet=quiet,
        days=days,
        passes=frozenset(Priority(each) for each in _known(row, "passes", [each.value for each in Priority]))
        | {Priority.CRITICAL},
        digest_min=row.number("digest_min", 0, LONGEST_DIGEST_MIN, 0.0),
    )


def _days(row: Row) -> frozenset[int]:
    if row.is_empty("days"):
        return frozenset(range(len(WEEKDAYS)))
    return frozenset(WEEKDAYS.index(day) for day in _known(row, "days", WEEKDAYS))


def _known(row: Row, name: str, allowed: Collection[str]) -> list[str]:
    items = row.items(name)
    for item in items:
        if item not in allowed:
            row.fault(f"{name} may hold {', '.join(allowed)}: {item!r}")
    return [item for item in items if item in allowed]
