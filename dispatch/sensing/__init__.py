"""Rules that turn readings into events, on the readings' own time.

    for rule in rules_for(source, reading.metric, city):
        key = episode_of(source.id, rule)
        states[key], events = step(rule, states.get(key), reading)

The caller keeps one SensorState per source and rule. What time alone brings (a sensor that has fallen silent) it asks
for by `pass_time`. `replay` tells what rules would have told of readings of the past.
"""

from dispatch.sensing.conditions import BadCondition, read_condition
from dispatch.sensing.kinds import KINDS
from dispatch.sensing.make import SensingTable, make_rule, rules_for, sensing_table, usual_rule
from dispatch.sensing.rules import Rule, episode_of, split_episode
from dispatch.sensing.state import SensorState
from dispatch.sensing.step import UNMEASURED, forget_times, is_timed, must_keep, pass_time, step, wake
from dispatch.sensing.trial import Opening, replay

__all__ = [
    "KINDS",
    "UNMEASURED",
    "BadCondition",
    "Opening",
    "Rule",
    "SensingTable",
    "SensorState",
    "episode_of",
    "forget_times",
    "is_timed",
    "make_rule",
    "must_keep",
    "pass_time",
    "read_condition",
    "replay",
    "rules_for",
    "sensing_table",
    "split_episode",
    "step",
    "usual_rule",
    "wake",
]
