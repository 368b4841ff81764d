"""The small city of tests/builders.py, where sources are asked: litter's answer decides, a person judges gas's."""

from typing import Any

from msgspec.structs import replace

from dispatch.category import SmartCheck
from dispatch.city import Flow
from dispatch.citymap import City
from tests.builders import make_city, make_codes
from tests.taxonomy import CATEGORIES, GAS, LITTER

ASKED = {LITTER: SmartCheck.CLOSE, GAS: SmartCheck.SUGGEST}


def make_checking_city(asked: dict[Any, SmartCheck] = ASKED, flow: Flow | None = None) -> City:
    """Return the city with these categories' sources asked, and no others'."""
    categories = [replace(each, smart_check=asked.get(each.code, SmartCheck.OFF)) for each in CATEGORIES]
    return make_city(codes=make_codes(categories=categories), flow=flow)


CITY = make_checking_city()
