"""The console with fifty thousand open cases: it shows its first page, filters, and drops no key while facts come in.

The trace of the typing is kept beside the pictures, in tests/browser/screenshots.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from bench import console
from tests.browser.pages import SCREENSHOTS
from tests.parts.wardline import Wardline, run_wardline

pytestmark = pytest.mark.browser

CASES = 50_000
BUSY = 8
"""How much slower the machine may be than one that does nothing else: the figures themselves stand in
docs/benchmarks.md."""


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[Wardline]:
    """A demo city with fifty thousand open cases."""
    console.prepare(tmp_path / "data", CASES)
    with run_wardline(tmp_path / "data") as server:
        yield server


async def test_fifty_thousand_cases_are_shown_filtered_and_typed_over(chromium: Browser, crowded: Wardline) -> None:
    trace = SCREENSHOTS / "console-50k-trace.json"
    result = await console.measure(chromium, crowded.url, cases=CASES, rounds=2, facts=60, trace=trace)
    assert result.typed == len(console.LINE)
    assert result.dropped == 0
    assert result.first_view_ms < BUSY * console.FIRST_VIEW_MS
    assert max(result.filter_ms.values()) < BUSY * console.FILTER_MS
    assert trace.stat().st_size > 100_000
