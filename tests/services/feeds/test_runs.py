"""What one character costs that is sent a hundred thousand times grows with its number, not with the square of it.

A pattern that is tried anew from each place makes seconds of a hundred kilobytes, and hours of a megabyte. All of that
time nothing else runs. So the bound is a hundred times what any body takes, and a thousandth of what a square would.
"""

import time
from itertools import cycle

import pytest

from services.feeds import Unreadable
from tests.services.feeds.test_fuzz import FEEDS, ORIGINS

LENGTH = 128 * 1024
BOUND_S = 3.0
RUNS = [
    b" ", b"\xff", b"<", b"<a ", b"\n", b"\r\n", b"--a\r\n", b'"', b"\\", b"a", b"1 ", b"{", b"[", b"a=", b";", b"<!--",
    b"&amp;", b"]]>", b"\t", b",", b":", b"</a>", b'="', b"\xe4\xb8\xad", b".", b"/",
]  # fmt: skip
HEADS = [
    b"", b'{"a": "', b"--b\r\nContent-Type: text/xml\r\n\r\n", b"--b\r\nContent-Disposition: form-data; name=",
    b"Code=VideoMotion;action=Start;index=0;data=", b"Code=", b"<alert><identifier>", b"<alert><sender>",
    b"<EventNotificationAlert><UUID>", b"<AnalyticsEvent><ID>", b'<?xml version="1.0" encoding="UTF-', b"<a xmlns=",
]  # fmt: skip
TAILS = [b"", b"!", b">", b"\r\nx", b'"}']


def read(feed: str, body: bytes) -> None:
    known = FEEDS[feed]
    try:
        known.key(body)
        known.is_timeless(body)
        for part in known.split(body)[:3]:
            known.translate(part, ORIGINS[feed])
    except Unreadable:
        return


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_no_body_of_one_character_holds_up_the_others(feed: str) -> None:
    tails = cycle(TAILS)
    for head in HEADS:
        for run in RUNS:
            body = head + run * (LENGTH // len(run)) + next(tails)
            began_s = time.process_time()
            read(feed, body)
            spent_s = time.process_time() - began_s
            assert spent_s < BOUND_S, f"{spent_s:.1f} s for {head!r} and {run!r}"
