"""What the running process tells about itself: the clock, the log, the counters."""
