"""Rules that turn readings into events: threshold, dead band and persistence, on the readings' own time.

    rule = find_rule(codes, source, metric)          once per source and metric
    state, events = step(rule, state, reading)       once per reading

The caller keeps one SensorState per source and metric (`episode_of` is a good key) and begins with SensorState().
"""

from dispatch.sensing.rules import Rule, SensorState, episode_of, find_rule, make_rule
from dispatch.sensing.step import step

__all__ = ["Rule", "SensorState", "episode_of", "find_rule", "make_rule", "step"]
