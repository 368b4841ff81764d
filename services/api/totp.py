"""The second factor: time-based one-time passwords (RFC 6238), and recovery codes for a lost telephone."""

import io
import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
import segno
import structlog

from services.api.vault import Unreadable, Vault
from services.store.second_factors import Factor

log = structlog.get_logger(__name__)

STEP_S = 30
"""Seconds that a code stands (RFC 6238, 5.2)."""
DRIFT_STEPS = 1
"""Steps that a telephone's clock may be off to either side."""
CODES = 10
"""Recovery codes that one gets."""
CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No letter that is taken for another when it is written down."""
CODE_HALF = 5
"""Letters on each side of the hyphen: 49 bits, of which a stranger may try eight in five minutes."""


def make_secret() -> str:
    """Return 160 random bits in base 32, as authenticators read them."""
    return pyotp.random_base32()


def address_of_secret(secret: str, username: str, city: str) -> str:
    """Return the `otpauth://` address that an authenticator reads from the picture."""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=username, issuer_name=f"Wardline {city}".strip())


def draw(address: str) -> str:
    """Return the address as a QR code (ISO/IEC 18004): SVG, black on white in every theme, so that cameras read it."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", xmldecl=False, scale=5, border=3, light="#fff", dark="#000")
    return out.getvalue().decode()


def find_step(secret: str, code: str, at: datetime) -> int | None:
    """Return the time step whose code this is; None if it is none of now, or of the steps beside it."""
    given = code.replace(" ", "")
    if len(given) != 6 or not given.isascii() or not given.isdigit():
        return None
    now = int(at.timestamp()) // STEP_S
    generator = pyotp.TOTP(secret, interval=STEP_S)
    steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
    fits = [step for step in steps if secrets.compare_digest(generator.generate_otp(step), given)]
    return fits[-1] if fits else None


def find_factor_step(vault: Vault, factor: Factor, code: str, at: datetime) -> int | None:
    """Return the step of a factor's code that has not been used; None if it is wrong, or was used."""
    try:
        secret = vault.open(factor.sealed_secret)
    except Unreadable:
        # The key was changed or lost: no code fits any more, and an administrator can take the factor away.
        log.error("a second factor was sealed with another key", setting="WARDLINE_SECRET_KEY")
        return None
    step = find_step(secret, code, at)
    return step if step is not None and step > factor.last_step else None


def make_recovery_codes() -> Sequence[str]:
    def half() -> str:
        return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_HALF))

    return [f"{half()}-{half()}" for _ in range(CODES)]


def digest_code(vault: Vault, user_id: str, code: str) -> str:
    """Return what is stored of a recovery code; blanks, hyphens and capitals do not matter."""
    plain = "".join(letter for letter in code.lower() if letter in CODE_LETTERS)
    return vault.digest("recovery", user_id, plain)


def is_recovery_code(code: str) -> bool:
    """Tell whether this has the form of a recovery code rather than that of an authenticator's."""
    plain = [letter for letter in code.lower() if letter in CODE_LETTERS]
    return len(plain) == 2 * CODE_HALF
