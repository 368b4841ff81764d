"""What is going on around a decision: the city's rules, the cases that may matter, the staff."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from dispatch.assign import Roster
from dispatch.case import Case, FactData
from dispatch.citymap import City


class LastMove(Struct, frozen=True, kw_only=True, eq=False):
    """The last thing that was done to a case: the case before it, its first fact with its `seq`, and when it was.

    `version` is the case's after it, `by` who did it (the rules as `rule`); `others` says whether facts of other cases
    belong to it.
    """

    before: Case
    first: FactData
    seq: int
    at: datetime
    version: int
    by: frozenset[str]
    others: bool = False


class Situation(Struct, frozen=True, eq=False):
    """`cases` are those that an event may speak of, narrowed by the caller, in any order: the open ones of its category
    near its place, and those of its episode, open or ended. For a command about one case they are its family: its
    parent, its parts, and the case that it is to be merged into. `last` is what `undo` may take back. Silence before
    `listening_since` says nothing of a source: nobody listened.
    """

    city: City
    roster: Roster
    cases: Sequence[Case] = ()
    last: LastMove | None = None
    listening_since: datetime | None = None
