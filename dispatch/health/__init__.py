"""How a source fares: whether it is heard, how often, by what clock, and whether it says too much.

Each part is a small value that one message more makes into the next; none grows with time.
"""

from dispatch.health.bucket import Bucket, draw
from dispatch.health.cadence import Cadence, beat
from dispatch.health.faults import Faults, add_fault, count_lately
from dispatch.health.flap import Episode, Step, follow
from dispatch.health.flood import Flood, is_critical
from dispatch.health.judge import Condition, Finding, Signs, judge, quiet_limit_s, silence_limit_s
from dispatch.health.outages import Absence, Move, sort_out
from dispatch.health.rules import BucketRule, FloodRules, HealthRules
from dispatch.health.skew import Clocked, Skew, note_delay, read_clock

__all__ = [
    "Absence",
    "Bucket",
    "BucketRule",
    "Cadence",
    "Clocked",
    "Condition",
    "Episode",
    "Faults",
    "Finding",
    "Flood",
    "FloodRules",
    "HealthRules",
    "Move",
    "Signs",
    "Skew",
    "Step",
    "add_fault",
    "beat",
    "count_lately",
    "draw",
    "follow",
    "is_critical",
    "judge",
    "note_delay",
    "quiet_limit_s",
    "read_clock",
    "silence_limit_s",
    "sort_out",
]
