"""Telephone numbers, in the many ways in which they are written (ITU-T E.164, E.123)."""

import re
from collections.abc import Sequence

import phonenumbers
from msgspec import Struct
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from dispatch.city import Hotline

LENGTH_MAX = 40
"""Characters: the longest number has 15 digits (E.164), with room for an extension and for how people space it."""

_LOCAL = re.compile(r"[2-9]\d{5,7}")
"""A number that is dialled inside one area, without the area's code."""
_SPACING = re.compile(r"[\s()\-.]")


class Phone(Struct, frozen=True, kw_only=True):
    """A number. `e164` is "" for what is none that is known (an inner line, a short code); `shown` is as it is read."""

    e164: str
    shown: str
    written: Sequence[str]
    """How it may stand in the books: whoever typed it has not asked us."""

    @property
    def kept(self) -> str:
        """The number as we keep it."""
        return self.e164 or self.shown


def read_phone(text: str, hotline: Hotline) -> Phone | None:
    """Return the number that a text is, in the city's region; None for a text without digits."""
    plain = text.strip()[:LENGTH_MAX]
    if not any(each.isdigit() for each in plain):
        return None
    number = _parse(plain, hotline)
    if number is None:
        return Phone(e164="", shown=plain, written=tuple(dict.fromkeys((plain, _SPACING.sub("", plain)))))
    e164, national, international = (
        phonenumbers.format_number(number, each)
        for each in (PhoneNumberFormat.E164, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL)
    )
    at_home = number.country_code == phonenumbers.country_code_for_region(hotline.region)
    shown = national if at_home else international
    digits = _SPACING.sub("", national)
    ways = (e164, e164[1:], national, national.replace(" ", "-"), digits, international, plain, _SPACING.sub("", plain))
    local = digits.removeprefix(hotline.area_code) if hotline.area_code else digits
    return Phone(e164=e164, shown=shown, written=tuple(dict.fromkeys((*ways, local))))


def _parse(plain: str, hotline: Hotline) -> PhoneNumber | None:
    digits = _SPACING.sub("", plain)
    if hotline.area_code and _LOCAL.fullmatch(digits):
        plain = hotline.area_code + digits
    try:
        number = phonenumbers.parse(plain, hotline.region)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
