"""One number, however it was written; and what is no number of the world's stays as it came."""

import pytest

from dispatch.city import Hotline
from services.live.phones import read_phone

CHONGQING = Hotline(region="CN", area_code="023")


@pytest.mark.parametrize(
    "text", ["13812345678", "138 1234 5678", "013812345678", "+86 138-1234-5678", "008613812345678", " 138-1234-5678 "]
)
def test_a_number_is_one_however_it_was_written(text: str) -> None:
    phone = read_phone(text, CHONGQING)
    assert phone is not None
    assert (phone.e164, phone.shown) == ("+8613812345678", "138 1234 5678")
    assert {"13812345678", "+8613812345678"} <= set(phone.written), "as it may stand in the books"


def test_a_local_number_is_one_of_the_citys_area() -> None:
    phone = read_phone("6321 0000", CHONGQING)
    assert phone is not None
    assert (phone.e164, phone.shown) == ("+862363210000", "023 6321 0000")
    assert {"63210000", "02363210000"} <= set(phone.written)


def test_a_number_of_another_country_is_read_with_its_code() -> None:
    phone = read_phone("+1 415 555 2671", CHONGQING)
    assert phone is not None
    assert phone.e164 == "+14155552671"
    assert phone.shown.startswith("+1")


@pytest.mark.parametrize("text", ["8001", "12319", "*17#", "99"])
def test_what_is_no_number_of_the_world_stays_as_it_came(text: str) -> None:
    phone = read_phone(text, CHONGQING)
    assert phone is not None
    assert (phone.e164, phone.kept, phone.shown) == ("", text, text)


@pytest.mark.parametrize("text", ["", "  ", "anonymous", "-"])
def test_without_digits_there_is_no_number(text: str) -> None:
    assert read_phone(text, CHONGQING) is None
