"""A case of the past, brought in from another system with its own times."""

from dispatch.case import CaseImported, Fact
from dispatch.citymap import City
from dispatch.deadlines import due_and_warning, limit_of
from dispatch.decide import Triaged
from dispatch.duties import duty_table
from dispatch.event import Record
from dispatch.ids import CaseId, CategoryCode, DepartmentId, WorkerId
from dispatch.reasons import Reason


def recall(record: Record, triaged: Triaged, city: City, *, new_id: CaseId, number: str) -> Fact:
    """Return the one fact that a case of the past is.

    Its limit is the city's own, counted from when it was filed (or opened, where that was not recorded), so that
    past and present are measured alike. One that has not ended waits for a person.
    """
    event, category, place = record.event, triaged.category, triaged.place
    opened_at = event.observed_at
    filed_at = record.filed_at or (opened_at if record.closed_at else None)
    responsible = duty_table(city.codes).find(category, place) if category else None
    limit = limit_of(category, triaged.priority) if category and filed_at else None
    department = responsible.department if responsible else DepartmentId("")
    calendar = city.calendar_of(category.code if category else CategoryCode(""), department, place)
    due_at, warn_at = due_and_warning(calendar, filed_at, limit) if limit and filed_at else (None, None)
    handled_at = record.handled_at or record.closed_at
    late = due_at is not None and handled_at is not None and handled_at > due_at
    return Fact(
        new_id,
        opened_at,
        CaseImported(
            number=number,
            category=category.code if category else CategoryCode(""),
            priority=triaged.priority,
            severity=event.severity,
            place=place,
            feed=event.feed,
            source_id=event.source_id,
            event_id=event.id,
            text=event.text,
            waiting="" if record.closed_at else "wait.imported",
            department=department,
            worker=WorkerId(record.worker) if record.worker in city.codes.workers else WorkerId(""),
            filed_at=filed_at,
            due_at=due_at,
            warn_at=warn_at,
            dispatched_at=record.dispatched_at,
            accepted_at=record.accepted_at,
            arrived_at=record.arrived_at,
            handled_at=record.handled_at,
            checked_at=record.checked_at,
            closed_at=record.closed_at,
            overdue=late,
            on_time=None if record.closed_at is None or due_at is None else not late,
            because=(*triaged.because, Reason("history.imported", {"record": str(event.attributes.get("record", ""))})),
        ),
    )
