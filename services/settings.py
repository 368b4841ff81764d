"""Settings: environment -> one frozen value. Each is described in docs/settings.md."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class BadSetting(ValueError):
    """A WARDLINE_* variable holds what it cannot mean."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One process's settings. Durations in seconds, sizes in bytes."""

    data_dir: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    mqtt_url: str = ""
    front_dir: Path = Path("frontend/dist")
    demo: bool = False
    trust_proxy: bool = False
    message_max_bytes: int = 10 * 1024 * 1024
    upload_max_bytes: int = 25 * 1024 * 1024
    session_max_age_s: int = 12 * 3600
    inbox_keep_days: int = 90
    track_keep_hours: int = 2
    vapid_private_key: str = field(default="", repr=False)
    push_subject: str = ""
    push_services: tuple[str, ...] = ()
    log_level: str = "info"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read `WARDLINE_*`.

        :raises BadSetting: naming the variable, if a value cannot be read.
        """
        data_dir = Path(env.get("WARDLINE_DATA_DIR", "data")).absolute()
        here = Path(__file__).resolve().parent.parent
        return cls(
            data_dir=data_dir,
            database_url=_database_url(env.get("WARDLINE_DATABASE_URL", ""), data_dir),
            host=env.get("WARDLINE_HOST", cls.host),
            port=_int(env, "WARDLINE_PORT", cls.port),
            public_url=env.get("WARDLINE_PUBLIC_URL", "").rstrip("/"),
            mqtt_url=env.get("WARDLINE_MQTT_URL", ""),
            front_dir=Path(env.get("WARDLINE_FRONT_DIR", str(here / "frontend" / "dist"))).absolute(),
            demo=_bool(env, "WARDLINE_DEMO"),
            trust_proxy=_bool(env, "WARDLINE_TRUST_PROXY"),
            message_max_bytes=_int(env, "WARDLINE_MESSAGE_MAX_BYTES", cls.message_max_bytes),
            upload_max_bytes=_int(env, "WARDLINE_UPLOAD_MAX_BYTES", cls.upload_max_bytes),
            session_max_age_s=_int(env, "WARDLINE_SESSION_MAX_AGE_S", cls.session_max_age_s),
            inbox_keep_days=_int(env, "WARDLINE_INBOX_KEEP_DAYS", cls.inbox_keep_days),
            track_keep_hours=_int(env, "WARDLINE_TRACK_KEEP_HOURS", cls.track_keep_hours),
            vapid_private_key=env.get("WARDLINE_VAPID_PRIVATE_KEY", ""),
            push_subject=env.get("WARDLINE_PUSH_SUBJECT", ""),
            push_services=tuple(env.get("WARDLINE_PUSH_SERVICES", "").split()),
            log_level=env.get("WARDLINE_LOG_LEVEL", cls.log_level).lower(),
        )


def _int(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise BadSetting(f"{name} must be a whole number, not {text!r}")
    return int(text)


_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})


def _bool(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name, "").lower()
    if text not in _TRUE | _FALSE:
        raise BadSetting(f"{name} must be true or false, not {text!r}")
    return text in _TRUE


_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def _database_url(text: str, data_dir: Path) -> str:
    """Return a URL with the driver that we install; the default is a SQLite file in the data folder."""
    if not text:
        return f"sqlite:///{data_dir / 'wardline.sqlite3'}"
    scheme, _, rest = text.partition("://")
    full = f"{_DRIVERS.get(scheme, scheme)}://{rest}"
    try:
        backend = make_url(full).get_backend_name()
    except ArgumentError as error:
        raise BadSetting(f"WARDLINE_DATABASE_URL cannot be read: {error}") from None
    if backend not in ("sqlite", "postgresql"):
        raise BadSetting(f"WARDLINE_DATABASE_URL must be sqlite or postgresql, not {backend}")
    return full
