"""Settings: environment -> one frozen value. Each is described in docs/settings.md."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class BadSetting(ValueError):
    """A WARDLINE_* variable holds what it cannot mean."""


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """Single sign-on at an OpenID Connect provider. Without an `issuer` there is none.

    `role_map` leads from a value of the role claim to a role, the product's or a custom one; who has no value in it
    gets `default_role`, and is not let in where that is "".
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    label: str = ""
    scopes: str = "openid profile email"
    username_claim: str = "preferred_username"
    name_claim: str = "name"
    role_claim: str = "groups"
    role_map: tuple[tuple[str, str], ...] = ()
    default_role: str = ""
    department_claim: str = ""
    area_claim: str = ""
    link: bool = False
    provision: bool = True

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Oidc":
        issuer = env.get("WARDLINE_OIDC_ISSUER", "").rstrip("/")
        if issuer and not _is_safe_issuer(issuer):
            raise BadSetting(f"WARDLINE_OIDC_ISSUER must be an https address (http on this machine), not {issuer!r}")
        client_id = env.get("WARDLINE_OIDC_CLIENT_ID", "")
        if issuer and not client_id:
            raise BadSetting("WARDLINE_OIDC_ISSUER needs WARDLINE_OIDC_CLIENT_ID")
        return cls(
            issuer=issuer,
            client_id=client_id,
            client_secret=env.get("WARDLINE_OIDC_CLIENT_SECRET", ""),
            label=env.get("WARDLINE_OIDC_LABEL", cls.label),
            scopes=env.get("WARDLINE_OIDC_SCOPES", cls.scopes),
            username_claim=env.get("WARDLINE_OIDC_USERNAME_CLAIM", cls.username_claim),
            name_claim=env.get("WARDLINE_OIDC_NAME_CLAIM", cls.name_claim),
            role_claim=env.get("WARDLINE_OIDC_ROLE_CLAIM", cls.role_claim),
            role_map=_pairs(env, "WARDLINE_OIDC_ROLE_MAP"),
            default_role=env.get("WARDLINE_OIDC_DEFAULT_ROLE", cls.default_role),
            department_claim=env.get("WARDLINE_OIDC_DEPARTMENT_CLAIM", cls.department_claim),
            area_claim=env.get("WARDLINE_OIDC_AREA_CLAIM", cls.area_claim),
            link=_bool(env, "WARDLINE_OIDC_LINK"),
            provision=_bool(env, "WARDLINE_OIDC_PROVISION", default="true"),
        )


@dataclass(frozen=True, kw_only=True)
class MediaBucket:
    """The bucket of an S3 store that keeps pictures and recordings. Without a `bucket` they lie in the data folder.

    What it needs to be let in is no setting of ours: the library takes AWS_ACCESS_KEY_ID and its siblings.
    """

    bucket: str = ""
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    cache_bytes: int = 20_000_000_000

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "MediaBucket":
        bucket, prefix = _bucket(env, "WARDLINE_MEDIA_S3")
        return cls(
            bucket=bucket,
            prefix=prefix,
            endpoint=_endpoint(env, "WARDLINE_MEDIA_S3_ENDPOINT"),
            region=env.get("WARDLINE_MEDIA_S3_REGION", ""),
            cache_bytes=_int(env, "WARDLINE_MEDIA_CACHE_BYTES", cls.cache_bytes),
        )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One process's settings. Durations in seconds, sizes in bytes."""

    data_dir: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""
    mqtt_url: str = ""
    pull_secrets: str = ""
    partner_secrets: str = ""
    drop_dir: Path | None = None
    front_dir: Path = Path("frontend/dist")
    demo: bool = False
    trust_proxy: bool = False
    challenge: str = "auto"
    message_max_bytes: int = 10 * 1024 * 1024
    upload_max_bytes: int = 25 * 1024 * 1024
    session_max_age_s: int = 12 * 3600
    inbox_keep_days: int = 90
    track_keep_hours: int = 2
    vapid_private_key: str = field(default="", repr=False)
    push_subject: str = ""
    push_services: tuple[str, ...] = ()
    log_level: str = "info"
    secret_key: str = ""
    totp_roles: frozenset[str] = frozenset()
    breached_passwords: str = ""
    embed_origins: tuple[str, ...] = ("*",)
    open311_per_minute: int = 300
    open311_jurisdictions: tuple[str, ...] = ()
    open311_contact: str = ""
    open311_media_hosts: tuple[str, ...] = ()
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    sms_url: str = ""
    sms_secret: str = field(default="", repr=False)
    digest_minutes: int = 60
    oidc: Oidc = Oidc()
    media: MediaBucket = MediaBucket()

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
            pull_secrets=_file(env, "WARDLINE_PULL_SECRETS"),
            partner_secrets=_file(env, "WARDLINE_PARTNER_SECRETS"),
            drop_dir=_folder(env, "WARDLINE_DROP_DIR"),
            front_dir=Path(env.get("WARDLINE_FRONT_DIR", str(here / "frontend" / "dist"))).absolute(),
            demo=_bool(env, "WARDLINE_DEMO"),
            challenge=_choice(env, "WARDLINE_CHALLENGE", ("auto", "always", "never")),
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
            secret_key=_secret_key(env),
            totp_roles=_names(env, "WARDLINE_TOTP_ROLES"),
            breached_passwords=_file(env, "WARDLINE_BREACHED_PASSWORDS"),
            embed_origins=_origins(env, "WARDLINE_EMBED_ORIGINS"),
            open311_per_minute=_int(env, "WARDLINE_OPEN311_PER_MINUTE", cls.open311_per_minute),
            open311_jurisdictions=tuple(env.get("WARDLINE_OPEN311_JURISDICTIONS", "").split()),
            open311_contact=env.get("WARDLINE_OPEN311_CONTACT", ""),
            open311_media_hosts=tuple(env.get("WARDLINE_OPEN311_MEDIA_HOSTS", "").split()),
            smtp_url=_with_links(env, "WARDLINE_SMTP_URL", "WARDLINE_MAIL_FROM"),
            mail_from=env.get("WARDLINE_MAIL_FROM", ""),
            sms_url=_with_links(env, "WARDLINE_SMS_URL", "WARDLINE_SMS_SECRET"),
            sms_secret=env.get("WARDLINE_SMS_SECRET", ""),
            digest_minutes=_int(env, "WARDLINE_DIGEST_MINUTES", cls.digest_minutes),
            oidc=Oidc.from_env(env),
            media=MediaBucket.from_env(env),
        )


def _int(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit():
        raise BadSetting(f"{name} must be a whole number, not {text!r}")
    return int(text)


_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})


def _with_links(env: Mapping[str, str], name: str, beside: str) -> str:
    """Read a way out. What is sent to people holds links, so the server must know where it is reached."""
    url = env.get(name, "")
    for needed in (beside, "WARDLINE_PUBLIC_URL") if url else ():
        if not env.get(needed):
            raise BadSetting(f"{name} needs {needed}")
    return url


def _bool(env: Mapping[str, str], name: str, *, default: str = "") -> bool:
    text = env.get(name, default).lower()
    if text not in _TRUE | _FALSE:
        raise BadSetting(f"{name} must be true or false, not {text!r}")
    return text in _TRUE


def _choice(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """Read one of some words; the first where nothing is said."""
    text = env.get(name, "").lower() or allowed[0]
    if text not in allowed:
        raise BadSetting(f"{name} must be one of {', '.join(allowed)}, not {text!r}")
    return text


def _names(env: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(part for part in (part.strip() for part in env.get(name, "").split(",")) if part)


def _pairs(env: Mapping[str, str], name: str) -> tuple[tuple[str, str], ...]:
    """Read `value=role,value=role`; a value may hold `=`, as the names of a directory do."""
    pairs = [part.strip().rpartition("=") for part in env.get(name, "").split(",") if part.strip()]
    if any(not value or not role for value, _, role in pairs):
        raise BadSetting(f"{name} must be value=role,value=role")
    return tuple((value.strip(), role.strip()) for value, _, role in pairs)


def _origins(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Read origins (RFC 6454) between blanks; empty is anybody (`*`), `none` nobody."""
    text = env.get(name, "").strip()
    if text in ("", "*"):
        return ("*",)
    if text == "none":
        return ()
    origins = tuple(part.rstrip("/") for part in text.split())
    for origin in origins:
        parts = urlsplit(origin)
        is_one = parts.scheme in ("http", "https") and parts.netloc and origin == f"{parts.scheme}://{parts.netloc}"
        if not is_one or set(origin) & set(";,'\""):
            raise BadSetting(f"{name}: {origin!r} is no origin such as https://city.example")
    return origins


_BUCKET = re.compile(r"s3://([A-Za-z0-9][A-Za-z0-9._-]{1,254})((?:/[A-Za-z0-9._=-]+)*)/?")


def _bucket(env: Mapping[str, str], name: str) -> tuple[str, str]:
    """Read `s3://bucket/prefix` as (bucket, prefix). What does not fit is not repeated: a secret may be in it."""
    text = env.get(name, "")
    found = _BUCKET.fullmatch(text)
    if text and (found is None or set(found[2].split("/")) & {".", ".."}):
        raise BadSetting(f"{name} must be s3://bucket or s3://bucket/prefix")
    return (found[1], found[2].strip("/")) if found else ("", "")


def _endpoint(env: Mapping[str, str], name: str) -> str:
    """Read the address of a server. What does not fit is not repeated: a secret may be in it."""
    text = env.get(name, "").rstrip("/")
    parts = urlsplit(text)
    if text and not (
        parts.scheme in ("http", "https")
        and parts.hostname
        and text == f"{parts.scheme}://{parts.netloc.split('@')[-1]}"
    ):
        raise BadSetting(
            f"{name} must be an address such as https://s3.city.example:9000, without a name or a password"
        )
    return text


KEY_MIN = 32
"""Characters of WARDLINE_SECRET_KEY: it guards every second factor."""


def _secret_key(env: Mapping[str, str]) -> str:
    key = env.get("WARDLINE_SECRET_KEY", "")
    if key and len(key) < KEY_MIN:
        raise BadSetting(f"WARDLINE_SECRET_KEY must have at least {KEY_MIN} characters")
    return key


def _file(env: Mapping[str, str], name: str) -> str:
    path = env.get(name, "")
    if path and not Path(path).is_file():
        raise BadSetting(f"{name}: there is no file {path}")
    return path


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    path = env.get(name, "")
    if path and not Path(path).is_dir():
        raise BadSetting(f"{name}: there is no folder {path}")
    return Path(path).absolute() if path else None


def _is_safe_issuer(issuer: str) -> bool:
    parts = urlsplit(issuer)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))
    )


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
