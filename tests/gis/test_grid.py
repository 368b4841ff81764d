"""Codes: fifteen digits for a unit grid, sixteen for a part."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.grid import BadCode, GridCode, PartId

DIGITS_15 = st.text("0123456789", min_size=15, max_size=15)
DIGITS_16 = st.text("0123456789", min_size=16, max_size=16)


def test_a_grid_code_names_its_street_and_community() -> None:
    code = GridCode.parse("500103003001007")
    assert code == GridCode("500103", "003", "001", "007")
    assert (code.street_code, code.community_code) == ("500103003", "500103003001")


def test_a_grid_code_is_composed_from_its_community_and_serial() -> None:
    assert str(GridCode.compose("500103003001", 7)) == "500103003001007"


@settings(deadline=None)
@given(DIGITS_15)
def test_every_grid_code_is_written_as_it_was_read(text: str) -> None:
    assert str(GridCode.parse(text)) == text


@pytest.mark.parametrize("text", ["", "50010300300100", "5001030030010071", "50010300300100x", "٥٠٠١٠٣٠٠٣٠٠١٠٠٧"])
def test_what_is_not_fifteen_digits_is_no_grid_code(text: str) -> None:
    with pytest.raises(BadCode):
        GridCode.parse(text)


@pytest.mark.parametrize("serial", [0, -1, 1000])
def test_a_serial_beyond_three_digits_is_refused(serial: int) -> None:
    with pytest.raises(BadCode):
        GridCode.compose("500103003001", serial)


def test_a_part_id_names_its_class() -> None:
    part = PartId.parse("3205080101000001")
    assert part == PartId("320508", "01", "01", "000001")
    assert part.gb_code == "0101"


@settings(deadline=None)
@given(DIGITS_16)
def test_every_part_id_is_written_as_it_was_read(text: str) -> None:
    assert str(PartId.parse(text)) == text


def test_what_is_not_sixteen_digits_is_no_part_id() -> None:
    with pytest.raises(BadCode):
        PartId.parse("320508010100001")
