"""`wardline source add`."""

import click
from sqlalchemy.exc import IntegrityError

from dispatch.city import Source
from dispatch.ids import SourceId
from gis.point import LonLat
from services.city.addresses import find_address_fault
from services.feeds import load_feeds
from services.intake.pulls.puller import PROTOCOLS
from services.observe import clock
from services.settings import Settings
from services.store import sources
from services.store.migrate import open_database

FEEDS = load_feeds()
PULLED = frozenset({*PROTOCOLS, "frigate"})
"""Feeds whose devices Wardline itself asks: for their messages, or for the pictures of them."""
NAME_MAX = 60
"""With the feed's name before it, a source's id stays within its column."""


@click.group()
def source() -> None:
    """Make sources."""


def _help() -> str:
    """Return the help of `add`: how the devices of each feed are pointed at us."""
    rows = "\n\n".join(f"\b\n{feed.name}\n  {feed.pointing}" for feed in FEEDS.values())
    return f"Make a source of a feed and print its key, once, as the last word.\n\n{rows}"


@source.command(help=_help())
@click.argument("feed", type=click.Choice(sorted(FEEDS)))
@click.argument("name")
@click.option("--at", nargs=2, type=float, metavar="LON LAT", help="Where it stands (WGS-84).")
@click.option("--datum", type=click.Choice(["wgs84", "gcj02", "bd09"]), default="wgs84", help="Of its coordinates.")
@click.option("--pull", default="", metavar="URL", help="Where Wardline itself asks the device; no password in it.")
@click.option("--kinds", default="", help="Video or sensor types that it can tell of, separated by |.")
@click.option("--per-minute", type=click.IntRange(1, 1_000_000), help="Open311: requests that the key may file.")
def add(
    feed: str, name: str, at: tuple[float, float] | None, datum: str, pull: str, kinds: str, per_minute: int | None
) -> None:
    """See `_help`."""
    if not name.isprintable() or not name.strip() or len(name) > NAME_MAX:
        raise click.BadParameter(f"a name has 1 to {NAME_MAX} printable characters", param_hint="NAME")
    if at and not (-180 <= at[0] <= 180 and -90 <= at[1] <= 90):
        raise click.BadParameter(f"{at[0]:g} {at[1]:g} is no position on the globe", param_hint="--at")
    _check_pull(feed, pull)
    db = open_database(Settings.from_env())
    now = clock.now()
    made = Source(
        id=SourceId(f"{feed}:{name}"),
        feed=feed,
        kind="gateway",
        external_id=name,
        name_zh=name,
        name_en=name,
        point=LonLat(*at) if at else None,
        datum=datum,
        kinds=tuple(kind for kind in kinds.split("|") if kind),
        pull=pull,
    )
    try:
        with db.engine.begin() as connection:
            sources.add_source(connection, made, now)
            key = sources.add_key(connection, made.id, now, per_minute=per_minute)
    except IntegrityError:
        raise click.ClickException(f"there is a source {made.id} already") from None
    click.echo(f"Source {made.id} is made. Its key, shown this once: {key}")


def _check_pull(feed: str, address: str) -> None:
    if not address:
        return
    fault = find_address_fault(address)
    if fault:
        raise click.BadParameter(f"it {fault}", param_hint="--pull")
    if feed not in PULLED:
        raise click.BadParameter(f"{feed} is not pulled; {', '.join(sorted(PULLED))} are", param_hint="--pull")
