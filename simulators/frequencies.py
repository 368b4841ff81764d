"""How often what happens. Weights are filed cases of one real district in one period (Chengdu Jinniu, see
docs/how-to/run-a-scenario.md); those marked "ours" had no figure there and are guesses of the same scale."""

from collections.abc import Mapping
from random import Random

WEIGHTS: Mapping[str, int] = {
    "E0506": 613, "E0297": 367, "E0507": 307, "E0102": 275, "E0511": 191, "E0501": 184, "E0201": 107, "P0305": 102,
    "E0104": 90, "E0504": 71, "E0198": 55, "E0598": 45, "E0103": 44, "E0503": 28, "E0108": 23, "E0197": 21,
    "E0106": 6, "E0110": 6, "P0198": 6, "P0211": 5, "P0115": 4,
    # ours
    "E0505": 220, "E0190": 60, "E0597": 60, "P0118": 40, "E0404": 15, "E0406": 8, "E0508": 24, "E0301": 16, "E0594": 14,
    "E0112": 12, "E0510": 12, "E0117": 6, "P0402": 8, "E0593": 4, "E0395": 6, "E0401": 2, "E0498": 2, "E0497": 3,
    "E0402": 3,
}  # fmt: skip

BY_HOUR = (
    0.25, 0.18, 0.14, 0.12, 0.14, 0.25, 0.55, 0.95, 1.35, 1.55, 1.60, 1.45,
    1.15, 1.20, 1.45, 1.55, 1.55, 1.50, 1.45, 1.40, 1.30, 1.10, 0.75, 0.45,
)  # fmt: skip
"""How busy each hour of a day is, against the day's mean."""


def weight_of(category: str) -> int:
    """Return the weight; 1 for a category that no figure is known of."""
    return WEIGHTS.get(category, 1)


def busy_at(hour: float) -> float:
    """Return how busy it is at an hour of the day (0..24), between the table's rows in a straight line."""
    first = int(hour) % 24
    share = hour - int(hour)
    return BY_HOUR[first] * (1 - share) + BY_HOUR[(first + 1) % 24] * share


def draw_category(random: Random, among: Mapping[str, object]) -> str:
    """Return one of the categories of `among`, the frequent ones more often."""
    codes = sorted(among)
    return random.choices(codes, [weight_of(code) for code in codes])[0]
