"""`wardline webhook try`."""

from datetime import UTC
from pathlib import Path

import click
import msgspec

from dispatch.city import Source
from dispatch.ids import MessageId, SourceId
from dispatch.webhooks import WEBHOOK_USUAL
from services.city.faults import FaultList
from services.city.files import Reader
from services.city.read_webhooks import WEBHOOKS_FILE, read_webhooks
from services.feeds import Origin, Unreadable
from services.feeds import webhook as feed
from services.observe import clock


@click.group()
def webhook() -> None:
    """Try mappings of webhooks."""


@webhook.command("try")
@click.argument("mappings", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("sample", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", default="", help="Its name in the file; not needed where it is alone there.")
def try_mapping(mappings: Path, sample: Path, mapping: str) -> None:
    """Say what SAMPLE (a JSON body) would tell by a mapping of MAPPINGS (a webhooks.csv), one line each; keep nothing.

    The city is not asked: a word of `kind` counts as a type, and a `source` as unknown.
    """
    faults = FaultList()
    found = read_webhooks(Reader({WEBHOOKS_FILE: mappings.read_bytes()}, faults))
    faults.raise_any()
    name = mapping or (next(iter(found)) if len(found) == 1 else WEBHOOK_USUAL)
    if name not in found:
        raise click.BadParameter(f"the file has {', '.join(found) or 'none'}", param_hint="--mapping")
    now = clock.now().astimezone(UTC)
    tried = Source(id=SourceId(name), feed="webhook", kind="gateway", external_id=name, name_zh=name, name_en=name)
    origin = Origin(
        message_id=MessageId("sample"),
        source=tried,
        received_at=now,
        find_child=lambda _gateway, _name: None,
        kind_of_label=lambda word: word,
        dwell_s=lambda _kind: 0.0,
        find_mapping=found.get,
    )
    try:
        said = feed.translate(sample.read_bytes(), origin)
    except Unreadable as unreadable:
        raise click.ClickException(f"{unreadable.reason}: {unreadable.detail}") from None
    for each in said:
        click.echo(msgspec.json.encode(each).decode())
    click.echo(f"{len(said)} said by {name}", err=True)
