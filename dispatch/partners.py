"""Other systems that the city gives cases to, as the city pack tells of them (`partners.csv`, `forwarding.csv`)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from dispatch.ids import AreaCode, CategoryCode, DepartmentId


class Meaning(StrEnum):
    """What the city reads in a partner's word for a status."""

    OPEN = "open"  # he has it; nothing more is said
    WORKING = "working"
    HANDLED = "handled"  # done, he says: to be checked by our own flow
    REFUSED = "refused"  # not his, or not to be done


class Updates(StrEnum):
    """What of `servicerequestupdates` a partner has."""

    NONE = "none"
    READ = "read"  # he tells them
    BOTH = "both"  # and takes them


USUAL_WORDS: Mapping[str, Meaning] = MappingProxyType(
    {
        "open": Meaning.OPEN,
        "closed": Meaning.HANDLED,
        "fixed": Meaning.HANDLED,
        "in_progress": Meaning.WORKING,
        "planned": Meaning.WORKING,
        "action_scheduled": Meaning.WORKING,
        "investigating": Meaning.WORKING,
        "internal_referral": Meaning.WORKING,
        "for_triage": Meaning.OPEN,
        "reopen": Meaning.OPEN,
        "unchanged": Meaning.OPEN,
        "duplicate": Meaning.HANDLED,
        "not_councils_responsibility": Meaning.REFUSED,
        "no_further_action": Meaning.REFUSED,
        "cancelled": Meaning.REFUSED,
    }
)
"""The standard's two words and mySociety's; a partner's own come before them."""

SENDS: Mapping[str, str] = MappingProxyType(
    {
        "text": "the words of who reported, telephone numbers and e-mail addresses blacked out",
        "address": "the address",
        "photos": "the pictures, as parts named `media` of a multipart form",
        "name": "the reporter's name",
        "phone": "his telephone number",
        "email": "his e-mail address",
    }
)
"""What a row may add to the place, the service code and our reference, which always go."""


class Partner(Struct, frozen=True, kw_only=True):
    """One other system. `secret` names its table in the file of WARDLINE_PARTNER_SECRETS.

    `internal` says that its address may be one of the city's own network. `searchable` says that its list of requests
    shows their descriptions, so that one whose answer was lost is found by our reference.
    """

    id: str
    name_zh: str
    name_en: str
    endpoint: str
    format: str = "json"
    jurisdiction: str = ""
    secret: str = ""
    internal: bool = False
    searchable: bool = True
    updates: Updates = Updates.NONE
    poll_min: float = 5
    words: Mapping[str, Meaning] = MappingProxyType({})

    def read_status(self, *words: str) -> tuple[str, Meaning]:
        """Return the first of a partner's words that is known and what it means; what is not known means OPEN."""
        for word in words:
            key = word.strip().lower()
            found = self.words.get(key) or USUAL_WORDS.get(key)
            if found is not None:
                return word.strip(), found
        return (words[0].strip() if words else ""), Meaning.OPEN


class ForwardRule(Struct, frozen=True, kw_only=True):
    """One row of forwarding.csv: cases of a category, in these areas (() is everywhere) and of this department (""
    is any), are told to the partner as his `service_code`. `handles` says that he deals with them.

    `attributes` are answers to the questions that he asks: code -> text, in which `{number}`, `{priority}`, `{grid}`,
    `{component}`, `{district}`, `{street}` and `{community}` stand for those of the case.
    """

    partner: str
    category: CategoryCode
    service_code: str
    areas: tuple[AreaCode, ...] = ()
    department: DepartmentId = DepartmentId("")
    handles: bool = False
    sends: tuple[str, ...] = ()
    attributes: Mapping[str, str] = MappingProxyType({})
