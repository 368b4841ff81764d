"""What passes between the city and the other systems that it gives cases to (转交). Whoever handles it, it stays the
city's case: what a partner says is kept, and what follows from it is a fact of its own.
"""

from datetime import datetime

from dispatch.clocks import HandlingClock
from dispatch.facts.base import FactData
from dispatch.reasons import Reason


class CaseForwarded(FactData, frozen=True, kw_only=True):
    """转交. A partner is to be told of it, as its `service_code`; `reference` is what we call the case to him.

    `handles` says that he is to deal with it: nobody of ours is sent. The parcel to him is in the same commit.
    """

    partner: str
    service_code: str
    reference: str
    handles: bool
    because: tuple[Reason, ...] = ()


class ForwardTaken(FactData, frozen=True, kw_only=True):
    """The partner has it, under a number of his own."""

    partner: str
    reference: str
    request_id: str


class PartnerUpdated(FactData, frozen=True, kw_only=True):
    """What the partner says has become of it. `word` is his own for the status, `meaning` what the city reads in it
    (`dispatch.forwarding.Meaning`); `update_id` is his name for this news, "" where he only shows a status.
    """

    partner: str
    reference: str
    meaning: str
    word: str = ""
    note: str = ""
    update_id: str = ""
    said_at: datetime | None = None


class ForwardFailed(FactData, frozen=True, kw_only=True):
    """The partner could not be told: `reason` is a word of the list of dead parcels, `detail` what he answered.

    `by` is who has given it up; "" where the tries have run out.
    """

    partner: str
    reference: str
    reason: str
    detail: str = ""
    by: str = ""


class ForwardEnded(FactData, frozen=True, kw_only=True):
    """The partner is not to handle it any longer: he will not, or a check found it not done. Our own people go."""

    partner: str
    reference: str
    by: str
    reason: str = ""
    media: tuple[str, ...] = ()
    due_at: datetime | None = None
    warn_at: datetime | None = None
    marks: tuple[datetime, ...] = ()
    clock: HandlingClock | None = None
    because: tuple[Reason, ...] = ()
