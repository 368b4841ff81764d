"""Counters and histograms (Prometheus). Names end in their unit; each is described in docs/operations.md."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("wardline_messages_total", "Messages by what became of them.", ["feed", "state"])
QUARANTINED = Counter("wardline_quarantined_total", "Messages that could not be read.", ["feed", "reason"])
SET_ASIDE = Counter("wardline_set_aside_total", "Messages set aside because their source flooded.")
FACTS = Counter("wardline_facts_total", "Facts recorded.", ["kind"])
REFUSED = Counter("wardline_refused_total", "Commands that were refused.", ["refusal"])
PUSHED = Counter("wardline_pushed_total", "Messages to push services by what became of them.", ["outcome"])
LETTERS = Counter("wardline_letters_total", "Tries to send a mail or a short message.", ["channel", "outcome"])
TURN_SECONDS = Histogram(
    "wardline_engine_turn_seconds",
    "One turn of the engine: decide, commit, publish.",
    buckets=(0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0),
)
TURN_SIZE = Histogram(
    "wardline_engine_turn_size",
    "Messages, commands and timers in one turn.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)
TIMER_LATENESS = Histogram(
    "wardline_timer_lateness_seconds",
    "From when time changes a case until that is durable.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0),
)
OPEN_CASES = Gauge("wardline_open_cases", "Cases that are not closed.")
LISTENERS = Gauge("wardline_listeners", "Open sockets.")
PENDING = Gauge("wardline_inbox_pending", "Messages stored and not yet read by the engine.")
PULL_LINES = Gauge("wardline_pull_lines", "Lines to devices that are pulled, by how they stand.", ["state"])
PULL_ENDED = Counter("wardline_pull_ended_total", "Lines to devices that have ended and are opened again.", ["feed"])
PICTURES = Counter("wardline_pictures_total", "Pictures that came with messages, by what became of them.", ["outcome"])
BUCKET_CALLS = Counter(
    "wardline_bucket_calls_total", "Calls to the bucket of pictures by what became of them.", ["call", "outcome"]
)
DROPPED = Counter("wardline_dropped_files_total", "Files of the drop folder by where they went.", ["outcome"])
ASKED = Counter("wardline_asked_total", "What messages would have us ask their senders.", ["what", "outcome"])
PARCELS = Gauge("wardline_parcels", "Parcels to partner systems by state; dead ones wait for a person.", ["state"])
FORWARDED = Counter("wardline_forwarded_total", "Tries to tell partner systems by what became of them.", ["outcome"])
FOLLOWED = Counter("wardline_followed_total", "Questions to partner systems of what became.", ["partner", "outcome"])
SOURCES = Gauge("wardline_sources", "Sources by the worst that can be said of each.", ["condition"])
