"""`wardline user` and `wardline audit`: who may be let in when nobody can get in any more, and what is told of it."""

import json
import sqlite3
from pathlib import Path

import pytest

from services.cli import main

Told = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARDLINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("WARDLINE_DATABASE_URL", raising=False)
    return tmp_path / "data"


def run(monkeypatch: pytest.MonkeyPatch, *words: str, typed: str = "") -> int:
    """Run a command; return its exit status. `typed` answers the question for the password."""
    monkeypatch.setattr("sys.argv", ["wardline", *words])
    monkeypatch.setattr("click.prompt", lambda *_, **__: typed)
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def ask(data: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(data / "wardline.sqlite3") as connection:
        return connection.execute(query).fetchall()


def acts(data: Path) -> list[tuple[object, ...]]:
    return ask(data, "SELECT action, subject FROM audit WHERE username = 'wardline user' ORDER BY n")


@pytest.mark.parametrize("role", ["auditor", "collector", "admin"])
def test_an_account_of_each_kind_is_made_and_told(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told, role: str
) -> None:
    assert run(monkeypatch, "user", "add", "kim", "--role", role) == 0
    assert "shown this once" in capsys.readouterr().out
    assert ask(data, "SELECT username, role FROM users") == [("kim", role)]
    assert acts(data) == [("account.added", "kim")]
    assert json.loads(str(ask(data, "SELECT detail FROM audit")[0][0])) == {"role": role}


@pytest.mark.parametrize(
    ("words", "typed", "why"),
    [
        (("kim", "--role", "king"), "", "there is no role"),
        (("kim", "--role", "department_dispatcher"), "", "of a department"),
        (("k", "--role", "admin"), "", "2 to 64"),
        (("kim", "--role", "admin"), "password123", "leaked"),
        (("kim", "--role", "admin"), "short", "10 to 200"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_leaves_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told, words: tuple[str, ...], typed: str, why: str
) -> None:
    assert run(monkeypatch, "user", "add", *words, typed=typed) == 1
    assert why in capsys.readouterr().err
    assert ask(data, "SELECT * FROM users") == []
    assert acts(data) == [], "what has not happened is not told"


def test_an_account_is_closed_reopened_and_given_a_password(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    run(monkeypatch, "user", "add", "kim", "--role", "admin")
    before = ask(data, "SELECT password_hash FROM users")
    for words in (("close", "kim"), ("reopen", "kim"), ("password", "kim")):
        assert run(monkeypatch, "user", *words) == 0
    assert ask(data, "SELECT password_hash FROM users") != before
    assert [action for action, _ in acts(data)] == [
        "account.added",
        "account.closed",
        "account.reopened",
        "account.password-reset",
    ]
    assert run(monkeypatch, "user", "close", "nobody") == 1
    assert "no account nobody" in capsys.readouterr().err
    assert run(monkeypatch, "user", "totp-reset", "kim") == 1
    assert "no second factor" in capsys.readouterr().err
    assert len(acts(data)) == 4


def test_the_audit_is_checked_and_held_to_an_earlier_end(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    run(monkeypatch, "user", "add", "kim", "--role", "admin")
    capsys.readouterr()
    assert run(monkeypatch, "audit", "check") == 0
    end = capsys.readouterr().out.split()[-1]
    assert end.startswith("1:")
    run(monkeypatch, "user", "close", "kim")
    assert run(monkeypatch, "audit", "check", "--expect", end) == 0
    with sqlite3.connect(data / "wardline.sqlite3") as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET subject = 'somebody' WHERE n = 1")
    capsys.readouterr()
    assert run(monkeypatch, "audit", "check") == 1
    assert "row 1 is changed" in capsys.readouterr().err
    assert run(monkeypatch, "audit", "check", "--expect", "nonsense") == 2
