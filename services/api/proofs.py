"""Proofs of work at the citizen's door: a little of his telephone's time, which costs who sends thousands a lot.

The challenges are ALTCHA's (version 1: a number whose hash with a salt is given), made and checked here; nobody else
hears of it. Each has an end, and is used once.
"""

import base64
import binascii
import json
from datetime import datetime, timedelta
from hashlib import sha256

from altcha.v1 import ChallengeOptions, create_challenge, verify_solution
from msgspec import Struct

from services.api.vault import Vault

VALID_FOR = timedelta(minutes=10)
"""From when it is asked for until it is used: somebody writes his report meanwhile."""
NUMBER_MAX = 60_000
"""Hashes to try, at most: 1.5 s of one busy core here (measured in Node), on the average half of that."""
WAVE_NUMBER_MAX = 240_000
"""While the whole city is under a wave."""
PROOF_MAX = 2_000
"""Characters of a proof."""


class Challenge(Struct, frozen=True, kw_only=True):
    """What is to be found: the number from 0 to `maxnumber` with which `salt` has this SHA-256 (ALTCHA)."""

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str


class BadProof(Exception):
    """It is none, or not of a challenge of ours, or too old."""


def make_challenge(vault: Vault, at: datetime, *, is_wave: bool) -> Challenge:
    made = create_challenge(
        ChallengeOptions(
            max_number=WAVE_NUMBER_MAX if is_wave else NUMBER_MAX,
            hmac_key=vault.digest("proof of work"),
            expires=at + VALID_FOR,
        )
    )
    return Challenge(
        algorithm=made.algorithm,
        challenge=made.challenge,
        maxnumber=made.max_number,
        salt=made.salt,
        signature=made.signature,
    )


def check_proof(vault: Vault, proof: str) -> str:
    """Return by what a proof is known once it is spent.

    :raises BadProof: if it does not hold.
    """
    if len(proof) > PROOF_MAX:
        raise BadProof("too long")
    try:
        payload = json.loads(base64.b64decode(proof, validate=True))
        holds, why = verify_solution(payload, vault.digest("proof of work"), check_expires=True)
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadProof(type(error).__name__) from None
    if not holds:
        raise BadProof(why or "it does not hold")
    return sha256(str(payload["challenge"]).encode()).hexdigest()
