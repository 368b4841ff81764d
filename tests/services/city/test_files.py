"""Files that know their lines: what they hold is what the standard decoders say, wherever it stands."""

import json
import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.city.files import Lines, scan_features
from services.city.toml import find_toml_lines

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner))
LAYOUTS = st.fixed_dictionaries(
    {"indent": st.sampled_from([None, 0, 1, 4]), "ensure_ascii": st.booleans(), "separators": st.just((",", ":"))}
)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=3), st.lists(VALUES, max_size=5), LAYOUTS, st.booleans())
def test_features_are_scanned_as_the_decoder_reads_them(
    others: dict[str, Any], features: list[Any], layout: dict[str, Any], first: bool
) -> None:
    others.pop("features", None)
    whole = {"features": features, **others} if first else {**others, "features": features}
    text = json.dumps(whole, **layout)
    found = list(scan_features(text))
    assert [value for _, value in found] == features
    for position, value in found:
        assert json.JSONDecoder().raw_decode(text, position)[0] == value


@settings(deadline=None)
@given(st.text("ab\n", max_size=60), st.integers(0, 60))
def test_a_position_has_the_line_that_counting_gives(text: str, position: int) -> None:
    position = min(position, len(text))
    assert Lines(text).of(position) == text.count("\n", 0, position) + 1


TOML = """\
# a comment = "is no key"
id = "x"
"quoted key" = 1
center = [
  1.0,
  2.0,
]
notice = \"\"\"
id = "this is text, not a key"
[table]
\"\"\"
after = 1

[flow]  # a comment
most = 3
[shift . day]
start = "08:00"

[[holiday]]
date = 2026-01-01

[[holiday]]
name = "b"
date = 2026-01-02
"""


def test_keys_and_tables_of_toml_have_their_lines() -> None:
    tomllib.loads(TOML)
    lines = find_toml_lines(TOML)
    expected = {
        ("id",): 2, ("quoted key",): 3, ("center",): 4, ("notice",): 8, ("after",): 12,
        ("flow",): 14, ("flow", "most"): 15, ("shift", "day"): 16, ("shift", "day", "start"): 17,
        ("holiday",): 19, ("holiday", 0): 19, ("holiday", 0, "date"): 20,
        ("holiday", 1): 22, ("holiday", 1, "name"): 23, ("holiday", 1, "date"): 24,
    }  # fmt: skip
    assert lines == expected
