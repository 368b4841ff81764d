"""`python -m simulators SCENARIO`: a scenario against a running server (`wardline simulate` is the same).

Exit status: 0 if everything expected came to pass, 1 if not, 2 if there is no such scenario or no server.
The administrator's password comes from WARDLINE_SIM_PASSWORD (default: the demo's).
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

import msgspec

from simulators.day.__main__ import main as play_a_day
from simulators.day.spec import list_days
from simulators.run import NoServer, Wish, play
from simulators.scenario import UnknownScenario, list_scenarios, read_scenario

DEMO_PASSWORD = "wardline-demo"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the command line's values."""
    parser = argparse.ArgumentParser(prog="wardline simulate", description="Plays a scenario against a server.")
    parser.add_argument(
        "scenario", help=f"one of {', '.join(list_scenarios())}, or a .toml file; or {' or '.join(list_days())}"
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--speed", type=float, help="city seconds in one second (default: the scenario's)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="stop after so many minutes of the wall's clock")
    parser.add_argument("--forever", action="store_true", help="begin again at the end, until Ctrl-C")
    parser.add_argument("--admin-user", default="admin")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Play; return the exit status."""
    words = sys.argv[1:] if argv is None else argv
    if words and words[0] in list_days():
        return play_a_day(words)
    given = parse(words)
    try:
        scenario = read_scenario(given.scenario)
    except (UnknownScenario, msgspec.ValidationError) as error:
        print(error, file=sys.stderr)
        return 2
    wish = Wish(
        url=given.url,
        speed=given.speed or scenario.speed,
        seed=given.seed,
        minutes=given.minutes,
        admin=given.admin_user,
        password=os.environ.get("WARDLINE_SIM_PASSWORD", DEMO_PASSWORD),
        forever=given.forever,
    )
    try:
        lines = asyncio.run(play(scenario, wish))
    except NoServer as error:
        print(f"cannot play to {wish.url}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0 if all(line.passed for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
