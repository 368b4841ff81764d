"""`wardline media push`: a city moves to a bucket, as often as it takes."""

from pathlib import Path

import pytest

from services.observe.clock import now
from services.settings import Settings
from services.store.media import Medium, add_medium
from services.store.migrate import open_database
from services.store.shelf import DiskShelf
from tests.parts.bucket import Store, environment_of, names_in
from tests.services.cli.test_commands import run

Told = pytest.CaptureFixture[str]


def test_a_city_moves_to_a_bucket(s3: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    bucket, media_id = s3.make(), "ab" * 20
    monkeypatch.setenv("WARDLINE_DATA_DIR", str(tmp_path))
    DiskShelf(tmp_path).put(f"ab/{media_id}.jpg", b"a picture")
    medium = Medium(id=media_id, content_type="image/jpeg", width=1, height=1, size=9)
    with open_database(Settings.from_env()).engine.begin() as connection:
        add_medium(connection, medium, "citizen", now())
    assert run(monkeypatch, "media", "push") == 1
    assert "WARDLINE_MEDIA_S3" in capsys.readouterr().err
    for name, value in environment_of(bucket).items():
        monkeypatch.setenv(name, value)
    for words in ("1 files sent, 0 were there", "0 files sent, 1 were there"):
        assert run(monkeypatch, "media", "push") == 0
        assert words in capsys.readouterr().out
    assert names_in(bucket) == {f"ab/{media_id}.jpg"}
    s3.line.cut()
    try:
        assert run(monkeypatch, "media", "push") == 1
    finally:
        s3.line.mend()
    assert "cannot be reached" in capsys.readouterr().err
