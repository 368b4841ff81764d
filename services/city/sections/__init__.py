"""The sections of a city pack that are edited row by row: which file, which rows, what each column means.

One row of SECTIONS is one table of the settings screen; its columns carry their words in both languages.
"""

from collections.abc import Mapping

from services.city.sections.city import FLOW, FLOW_LIMITS, HOTLINE, PROFILE
from services.city.sections.escalations import ESCALATIONS, NOTICES
from services.city.sections.filing import AUTOFILE, SAME
from services.city.sections.health import FLOOD, HEALTH
from services.city.sections.matters import CATEGORIES, SENSOR_TYPES, TEMPLATES, VIDEO_TYPES
from services.city.sections.model import Column, Form, Option, Section
from services.city.sections.partners import FORWARDING, PARTNERS
from services.city.sections.people import DEPARTMENTS, DUTIES, WORKERS
from services.city.sections.places import AREAS, COMPONENTS, GAZETTEER
from services.city.sections.questions import MODERATION, QUESTIONS
from services.city.sections.retention import RETENTION
from services.city.sections.senders import SOURCES, WEBHOOKS
from services.city.sections.sensing import SENSING
from services.city.sections.times import (
    CALENDAR_DAYS,
    CALENDAR_HOURS,
    CALENDAR_SERVES,
    CALENDARS,
    HOLIDAYS,
    HOURS,
    SHIFTS,
    WEEKEND,
)

__all__ = ["SECTIONS", "Column", "Form", "Option", "Section", "list_of_file"]

SECTIONS: Mapping[str, Section] = {
    section.id: section
    for section in (
        *AREAS,
        CATEGORIES,
        VIDEO_TYPES,
        SENSOR_TYPES,
        QUESTIONS,
        MODERATION,
        SENSING,
        SAME,
        AUTOFILE,
        DEPARTMENTS,
        DUTIES,
        WORKERS,
        SHIFTS,
        HOLIDAYS,
        HOURS,
        WEEKEND,
        *CALENDAR_DAYS,
        CALENDARS,
        CALENDAR_HOURS,
        CALENDAR_SERVES,
        ESCALATIONS,
        NOTICES,
        SOURCES,
        WEBHOOKS,
        PARTNERS,
        FORWARDING,
        FLOOD,
        HEALTH,
        RETENTION,
        TEMPLATES,
        GAZETTEER,
        COMPONENTS,
        PROFILE,
        FLOW,
        FLOW_LIMITS,
        HOTLINE,
    )
}
"""Id -> section, in the order of the screen."""


def list_of_file(file: str) -> list[Section]:
    """Return the sections whose rows stand in a file of the pack."""
    return [section for section in SECTIONS.values() if section.file == file]
