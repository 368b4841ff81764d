"""States of sensing rules hold what may still be overtaken; keys have room for a rule's name."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = sa.table("sensing_state", sa.column("key", sa.String), sa.column("doc", sa.LargeBinary))


def upgrade() -> None:
    _set_length(120, 200)
    _rewrite(_lift)


def downgrade() -> None:
    _rewrite(_lower)
    # Names that the version before has no room for are of rules that it does not know.
    op.execute(sa.delete(_STATES).where(sa.func.length(_STATES.c.key) > 120))
    _set_length(200, 120)


def _set_length(before: int, after: int) -> None:
    with op.batch_alter_table("sensing_state") as table:
        table.alter_column("key", existing_type=sa.String(before), type_=sa.String(after), existing_nullable=False)


def _rewrite(change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    connection = op.get_bind()
    for key, doc in connection.execute(sa.select(_STATES.c.key, _STATES.c.doc)).all():
        changed = change(json.loads(doc))
        here = _STATES.c.key == key
        if changed is None:
            connection.execute(sa.delete(_STATES).where(here))
        else:
            connection.execute(sa.update(_STATES).where(here).values(doc=json.dumps(changed).encode()))


def _lift(old: dict[str, Any]) -> dict[str, Any]:
    """Take the state of a level as what is settled: nothing of it can be overtaken any more."""
    held = old.get("held", [False] * 3)
    base: dict[str, Any] = {"held": held, "since_us": [_us(each) for each in old.get("since", [None] * 3)]}
    if old.get("last_at"):
        base |= {"last_us": _us(old["last_at"]), "last_metric": "", "value_us": _us(old["last_at"])}
    if old.get("value") is not None:
        base |= {"value": old["value"], "measured": old["value"]}
    return {"base": base, "told": max((n + 1 for n, holds in enumerate(held) if holds), default=0)}


def _lower(new: dict[str, Any]) -> dict[str, Any] | None:
    if "heard" in new:
        return None  # silence means nothing to the version before
    base = new.get("base", {})
    last = max([base.get("last_us"), *(each[0] for each in new.get("window", []))], key=lambda each: each or 0)
    return {
        "held": base.get("held", [False] * 3),
        "since": [_text(each) for each in base.get("since_us", [None] * 3)],
        "last_at": _text(last),
        "value": base.get("value"),
    }


def _us(text: str | None) -> int | None:
    return None if text is None else (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)


def _text(us: int | None) -> str | None:
    return None if us is None else (_EPOCH + timedelta(microseconds=us)).isoformat()
