"""`wardline media push`: brings the pictures of a data folder into the bucket of a city that moves to one."""

import click

from services.settings import Settings
from services.store.bucket import Bucket
from services.store.migrate import open_database
from services.store.moving import push_folder
from services.store.shelf import BucketAway, DiskShelf


@click.group()
def media() -> None:
    """Pictures and recordings."""


@media.command("push")
def push() -> None:
    """Send what lies in the data folder to the bucket of WARDLINE_MEDIA_S3. Run it as often as you like: what is there
    is not sent again, what has been deleted is not sent at all, and the folder stays as it is.
    """
    settings = Settings.from_env()
    if not settings.media.bucket:
        raise click.ClickException("WARDLINE_MEDIA_S3 names no bucket")
    folder = DiskShelf(settings.data_dir).folder
    try:
        pushed = push_folder(open_database(settings).engine, folder, Bucket(settings.media, rest_s=0.0))
    except BucketAway as error:
        raise click.ClickException(f"the bucket cannot be reached: {error}") from None
    click.echo(f"{pushed.sent} files sent, {pushed.there} were there, {pushed.unnamed} belong to nothing that is kept.")
    if pushed.taken_back:
        click.echo(f"{pushed.taken_back} that were sent before have been deleted here, and now there.")
    click.echo(f"All that is kept of {folder} is in the bucket.")
