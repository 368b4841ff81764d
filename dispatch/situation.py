"""What is going on around a decision: the city's rules, the cases that may matter, the staff."""

from collections.abc import Sequence

from msgspec import Struct

from dispatch.assign import Roster
from dispatch.case import Case
from dispatch.citymap import City


class Situation(Struct, frozen=True, eq=False):
    """`cases` are those that an event may speak of, narrowed by the caller, in any order: the open ones of its category
    near its place, and those of its episode, open or ended. A decision about one case needs none of them.
    """

    city: City
    roster: Roster
    cases: Sequence[Case] = ()
