"""Names for the identifiers, so that one cannot be passed for another."""

from typing import NewType

CaseId = NewType("CaseId", str)
TaskId = NewType("TaskId", str)
EventId = NewType("EventId", str)
MessageId = NewType("MessageId", str)
SourceId = NewType("SourceId", str)
WorkerId = NewType("WorkerId", str)
DepartmentId = NewType("DepartmentId", str)
CategoryCode = NewType("CategoryCode", str)
AreaCode = NewType("AreaCode", str)
MediaId = NewType("MediaId", str)
