"""`python -m simulators.day NAME` (`wardline simulate NAME` is the same): a day of faults, against a running server.

Exit status: 0 if everything planted became its one case and no more than the day allows was opened for nothing, 1 if
not, 2 if there is no such day or no server, 3 if messages came so late that the machine is too slow for the speed. The
administrator's password comes from WARDLINE_SIM_PASSWORD.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

from simulators.day.play import Wish, is_good, is_too_late, play_day
from simulators.day.spec import list_days, read_day
from simulators.wire import Refused, Unreachable

DEMO_PASSWORD = "wardline-demo"


def main(argv: Sequence[str] | None = None) -> int:
    """Play; return the exit status."""
    parser = argparse.ArgumentParser(prog="wardline simulate", description="Plays a day of faults.")
    parser.add_argument("day", choices=list_days())
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--admin-user", default="admin")
    given = parser.parse_args(argv)
    day, password = read_day(given.day), os.environ.get("WARDLINE_SIM_PASSWORD", DEMO_PASSWORD)
    try:
        findings, figures = asyncio.run(play_day(day, Wish(given.url, given.seed, given.admin_user, password)))
    except (Refused, Unreachable) as error:
        print(f"cannot play to {given.url}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    if is_too_late(figures):
        print("TOO LATE: messages were posted so late that nothing can be said; let the server's clock run slower")
        return 3
    is_as_it_should = is_good(day, findings, figures)
    print("PASS" if is_as_it_should else "FAIL")
    return 0 if is_as_it_should else 1


if __name__ == "__main__":
    sys.exit(main())
