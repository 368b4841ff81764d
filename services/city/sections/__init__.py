"""The sections of a city pack that are edited row by row: which file, which rows, what each column means.

One row of SECTIONS is one table of the settings screen; its columns carry their words in both languages.
"""

from collections.abc import Mapping

from services.city.sections.city import FLOW, PROFILE
from services.city.sections.matters import CATEGORIES, SENSOR_TYPES, TEMPLATES, VIDEO_TYPES
from services.city.sections.model import Column, Form, Option, Section
from services.city.sections.people import DEPARTMENTS, DUTIES, WORKERS
from services.city.sections.places import AREAS, COMPONENTS, GAZETTEER
from services.city.sections.senders import SOURCES
from services.city.sections.times import HOLIDAYS, HOURS, SHIFTS, WEEKEND, WORKDAYS

__all__ = ["SECTIONS", "Column", "Form", "Option", "Section", "list_of_file"]

SECTIONS: Mapping[str, Section] = {
    section.id: section
    for section in (
        *AREAS,
        CATEGORIES,
        VIDEO_TYPES,
        SENSOR_TYPES,
        DEPARTMENTS,
        DUTIES,
        WORKERS,
        SHIFTS,
        HOURS,
        WEEKEND,
        HOLIDAYS,
        WORKDAYS,
        SOURCES,
        TEMPLATES,
        GAZETTEER,
        COMPONENTS,
        PROFILE,
        FLOW,
    )
}
"""Id -> section, in the order of the screen."""


def list_of_file(file: str) -> list[Section]:
    """Return the sections whose rows stand in a file of the pack."""
    return [section for section in SECTIONS.values() if section.file == file]
