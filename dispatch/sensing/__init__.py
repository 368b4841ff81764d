"""Rules that turn readings into events: threshold, dead band and persistence, on the readings' own time.

    for rule in rules_for(source, reading.metric, codes):
        key = episode_of(source.id, rule)
        states[key], events = step(rule, states.get(key), reading)

The caller keeps one SensorState per source and rule.
"""

from dispatch.sensing.rules import Rule, SensorState, episode_of, make_rule, rules_for
from dispatch.sensing.step import step

__all__ = ["Rule", "SensorState", "episode_of", "make_rule", "rules_for", "step"]
