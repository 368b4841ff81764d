"""The city's settings for its sources: `[flood]` and `[health]` of city.toml."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from dispatch.ids import CategoryCode


class BucketRule(Struct, frozen=True, kw_only=True):
    """How many events a source may tell: `per_s` for ever, `burst` at once after it has been quiet."""

    per_s: float
    burst: float


BUCKETS: Mapping[str, BucketRule] = MappingProxyType(
    {
        # A camera or sensor sees a few things a minute; five a second for ever is a fault, a busy minute is not.
        "camera": BucketRule(per_s=5, burst=300),
        "sensor": BucketRule(per_s=5, burst=300),
        # These speak for many: less than half of what the engine decides in a second, and a district's storm at once.
        "gateway": BucketRule(per_s=1_000, burst=20_000),
        "desk": BucketRule(per_s=1_000, burst=20_000),
    }
)
"""By kind of source."""


class FloodRules(Struct, frozen=True, kw_only=True):
    """What a source may tell before the rest is set aside, and how long nothing must be until its flood is over."""

    buckets: Mapping[str, BucketRule] = BUCKETS
    quiet_s: float = 60.0


CRITICAL = (
    "gateway",
    "septic_gas",
    "septic_h2s",
    "confined_space_o2",
    "confined_space_co",
    "confined_space_co2",
    "tunnel_co",
    "gas_leak",
)
"""Kinds of source, and sensor types, whose silence is a danger of its own: gas that nobody measures, and gateways."""


class HealthRules(Struct, frozen=True, kw_only=True):
    """When a source counts as unwell, and what is made of it."""

    critical: frozenset[str] = frozenset(CRITICAL)
    """Kinds of source (camera, sensor, gateway, desk) and sensor or video types whose silence opens a case."""
    category: CategoryCode = CategoryCode("")
    """Category of maintenance cases; "" for that of the sensor type `device_offline`."""
    settle_s: float = 60.0
    """How long a silent source waits for others of its gateway to fall silent too, before it is a case of its own."""
    group_share: float = 0.5
    """The share of a gateway's sources whose silence is the gateway's."""
    mass_share: float = 0.3
    """The share of all sources whose silence, within the settling time, is one happening."""
    clock_limit_s: float = 300.0
    """A clock that is further off than this is put right by what was learned of it."""
    late_s: float = 900.0
    """What was observed longer ago than this, when it comes, opens a case only if it is still so."""
    late_wait_s: float = 5.0
    """How long a late alarm of a sensor waits for the readings behind it: they may say that it is over long since."""
    flap_count: int = 3
    """How often within `flap_window_s` an episode may end before its next end is held back."""
    flap_window_s: float = 900.0
    hold_s: float = 60.0
    """How long the first end that is held back waits; doubled with each further one."""
    hold_max_s: float = 900.0
