"""`[flood]` and `[health]` of city.toml: what a source may say, and when it counts as unwell."""

from dispatch.health.rules import BUCKETS, BucketRule, FloodRules, HealthRules
from dispatch.ids import CategoryCode
from services.city.toml import TomlTable

PER_S_MAX = 100_000.0
BURST_MAX = 10_000_000.0
"""Bounds of what a city may allow: past them the engine is what limits a source."""
DAY_S = 86_400.0


def read_flood(flood: TomlTable) -> FloodRules:
    """Return the buckets: `camera_per_s`, `camera_burst` and so on by kind of source."""
    return FloodRules(
        buckets={
            kind: BucketRule(
                per_s=flood.number(f"{kind}_per_s", 0.001, PER_S_MAX, usual.per_s),
                burst=flood.number(f"{kind}_burst", 1, BURST_MAX, usual.burst),
            )
            for kind, usual in BUCKETS.items()
        },
        quiet_s=flood.number("quiet_s", 0.1, DAY_S, FloodRules().quiet_s),
    )


def read_health(health: TomlTable) -> HealthRules:
    usual = HealthRules()
    return HealthRules(
        critical=frozenset(health.texts("critical", tuple(sorted(usual.critical)))),
        category=CategoryCode(health.text("category", usual.category)),
        settle_s=health.number("settle_s", 0, DAY_S, usual.settle_s),
        group_share=health.number("group_share", 0.01, 1, usual.group_share),
        mass_share=health.number("mass_share", 0.01, 1, usual.mass_share),
        clock_limit_s=health.number("clock_limit_s", 1, DAY_S, usual.clock_limit_s),
        late_s=health.number("late_s", 1, 30 * DAY_S, usual.late_s),
        late_wait_s=health.number("late_wait_s", 0.1, DAY_S, usual.late_wait_s),
        flap_count=int(health.number("flap_count", 1, 1_000, usual.flap_count)),
        flap_window_s=health.number("flap_window_s", 1, DAY_S, usual.flap_window_s),
        hold_s=health.number("hold_s", 0.1, DAY_S, usual.hold_s),
        hold_max_s=health.number("hold_max_s", 0.1, DAY_S, usual.hold_max_s),
    )
