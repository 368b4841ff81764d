"""The citizen's door against abuse: how often, with what proof of work, and what a person should look at first.

Nothing that anybody says is refused for what it is. Too many are asked to wait or to work a little; what looks wrong is
flagged; what a banned sender says is held, and he reads the same answer as anybody.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta

import imagehash
from fastapi import Request
from PIL import Image, ImageStat

from dispatch.flags import Flag, FlagKind
from dispatch.moderation import FLAGS_MAX, flags_of, write_flags
from services.api.identity import address_of
from services.api.limits import RateLimit
from services.api.platform import platform_of, tools_of
from services.api.problems import Problem
from services.api.proofs import BadProof, check_proof
from services.api.senders import device_of, network_of
from services.observe.clock import now
from services.store import abuse
from services.store.abuse import Ban, Sender
from services.store.shelf import BucketAway

PROOF_HEADER = "X-Proof"
SEEN_FOR = timedelta(days=14)
"""How long a picture is known again."""
LOOKS_MAX = 20_000
"""Pictures that one is compared with: comparing them takes some milliseconds."""
ALIKE_BITS = 4
"""Bits of 64 in which the perceptual hashes of the same picture may differ: saved anew, made smaller."""
PLAIN_SPREAD = 6.0
"""Grey levels (standard deviation) below which a picture is of one colour and like any other such."""


async def admit(request: Request) -> None:
    """Let a stranger report, or ask him to wait or to work a little first.

    :raises Problem: `too-many-requests`, or `proof-required` where a proof of work must come in X-Proof.
    """
    tools, at = tools_of(request), now()
    network, device = network_of(address_of(request)), device_of(request)
    is_proof_needed = needs_proof(request)
    for limit, who in ((tools.reports, network), (tools.devices, device)):
        if who and (wait_s := limit.wait_s(who, at)):
            raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})
    tools.wave.wait_s("city", at)
    if is_proof_needed:
        await _take_proof(request)


async def admit_plain(request: Request) -> None:
    """Let a stranger without scripts report: he can bring no proof of work, and waits longer where one is needed.

    :raises Problem: `too-many-requests`.
    """
    tools, at = tools_of(request), now()
    network, device = network_of(address_of(request)), device_of(request)
    stricter = ((tools.plain, network),) if needs_proof(request) else ()
    for limit, who in ((tools.reports, network), (tools.devices, device), *stricter):
        if who and (wait_s := limit.wait_s(who, at)):
            raise Problem("too-many-requests", f"Wait {wait_s} s.", headers={"Retry-After": str(wait_s)})
    tools.wave.wait_s("city", at)


def needs_proof(request: Request) -> bool:
    """Say whether who asks must bring a proof of work: by the setting always or never; else where his network, his
    device or the whole city has sent much of late.
    """
    setting = platform_of(request).settings.challenge
    if setting != "auto":
        return setting == "always"
    tools = tools_of(request)
    pairs = ((tools.reports, network_of(address_of(request))), (tools.devices, device_of(request)))
    return is_wave(request) or any(who and _is_half_empty(limit, who) for limit, who in pairs)


def is_wave(request: Request) -> bool:
    """Say whether the whole city sends more than it does on its worst days."""
    return _is_half_empty(tools_of(request).wave, "city")


def _is_half_empty(limit: RateLimit, who: str) -> bool:
    return limit.share_left(who, now()) <= 0.5


async def _take_proof(request: Request) -> None:
    proof = request.headers.get(PROOF_HEADER, "")
    if not proof:
        raise Problem("proof-required", f"Solve GET /api/v1/reports/challenge and send the proof in {PROOF_HEADER}.")
    try:
        digest = check_proof(tools_of(request).vault, proof)
    except BadProof as error:
        raise Problem("proof-required", f"The proof does not hold: {error}.") from None
    # Twice as long as it is valid: clocks of several servers differ.
    until = now() + timedelta(minutes=20)
    if not await platform_of(request).db.write(lambda c: abuse.spend(c, digest, until)):
        raise Problem("proof-required", "The proof has been used.")


# --- what is in it ----------------------------------------------------------------------------------------------------


async def look_at(request: Request, text: str, media: Sequence[str], seen: Sequence[Flag] = ()) -> str:
    """Return why a report should be looked at first, as it travels with its message; "" for one like any other.

    `seen` is what its door knows already.
    """
    flags = [*seen, *flags_of(text, platform_of(request).city.codes.moderation)][:FLAGS_MAX]
    for media_id in media:
        number = await _find_same_picture(request, media_id)
        if number:
            flags.append(Flag(FlagKind.PICTURE, number))
            break
    return write_flags(flags)


async def _find_same_picture(request: Request, media_id: str) -> str:
    """Return the number of an earlier case with the same picture, "" where there is none; remember this one."""
    db, folder = platform_of(request).db, tools_of(request).pictures
    try:
        looks = await asyncio.to_thread(_looks_of, await folder.file(media_id, thumb=True))
    except (FileNotFoundError, BucketAway):
        return ""  # no report waits for a comparison
    if not looks:
        return ""
    known = await db.read(lambda c: abuse.list_looks(c, now() - SEEN_FOR, LOOKS_MAX))
    mine = int(looks, 16)
    alike = [other for other, seen in known if (int(seen, 16) ^ mine).bit_count() <= ALIKE_BITS]
    await db.write(lambda c: abuse.note_looks(c, media_id, looks))
    if not alike:
        return ""
    return await db.read(lambda c: abuse.find_case_of_picture(c, alike[:100]))


def _looks_of(path: object) -> str:
    """Return the perceptual hash of a picture (64 bits, hexadecimal), "" for one of a single colour."""
    with Image.open(path) as picture:  # type: ignore[arg-type]
        grey = picture.convert("L")
        if ImageStat.Stat(grey).stddev[0] < PLAIN_SPREAD:
            return ""
        return str(imagehash.phash(grey))


def with_flags(message: bytes, flags: str) -> bytes:
    """Return a report's message with its flags."""
    if not flags:
        return message
    return json.dumps({**json.loads(message), "flags": flags}, ensure_ascii=False).encode()


async def find_ban(request: Request, sender: Sender) -> Ban | None:
    """Return the ban that holds who sends this, None where none does."""
    return await tools_of(request).bans.find(platform_of(request).db, sender, now())
