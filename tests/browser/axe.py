"""axe-core over a page: what keeps people out (WCAG 2.2, levels A and AA)."""

from typing import Any

from playwright.async_api import Page

from tests.parts.wardline import ROOT

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def find_barriers(page: Page) -> list[str]:
    """Return each violation with the element that it is about."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = await page.evaluate(
        "(values) => axe.run(document, {runOnly: {type: 'tag', values}})", RULES
    )
    return [f"{each['id']}: {node['html'][:200]}" for each in found["violations"] for node in each["nodes"]]
