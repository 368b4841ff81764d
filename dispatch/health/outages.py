"""Who is silent together: a gateway's death is one case with its sources listed, and so is a district's power cut."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from dispatch.city import Source
from dispatch.health.rules import HealthRules
from dispatch.ids import SourceId

GROUP_MIN = 3
"""Sources of one gateway from which on their silence may be the gateway's. Two are a chance."""
MASS_MIN = 20
"""Sources from which on a common silence may be one happening of the whole city."""
MANY = "silent:many"
"""Key of the outage of many that share no gateway."""


class Absence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered of a source that is silent, or whose outage is not over yet.

    `outage` is the key of the outage that it is a part of, "" for none. Before `wait_until` it is not judged: the
    others of its gateway may be about to fall silent too, or it may be about to come back with them.
    """

    lost_at: datetime | None = None
    wait_until: datetime | None = None
    outage: str = ""


class Kind(StrEnum):
    BEGIN = "begin"
    GROW = "grow"
    END = "end"


class Move(Struct, frozen=True, kw_only=True):
    """What has become of an outage. `about` is the source that it is told of; `members` all that it lists, `still`
    those that are silent now. The end of one frees those that are still silent: they may be cases of their own.
    """

    kind: Kind
    key: str
    about: SourceId
    members: tuple[SourceId, ...]
    still: tuple[SourceId, ...]


class Watched(Struct, frozen=True, kw_only=True):
    """The city's sources as the sorting needs them. `absences` are of those that are lost or in an outage; `counts`
    how many sources of each gateway ("" for none) are watched at all; `quiet` are gateways that nobody hears.
    """

    sources: Mapping[SourceId, Source]
    absences: Mapping[SourceId, Absence]
    lost: frozenset[SourceId]
    counts: Mapping[SourceId, int]
    quiet: frozenset[SourceId] = frozenset()


def sort_out(watched: Watched, rules: HealthRules, at: datetime) -> list[Move]:
    """Return which outages begin, grow and end now. The state after them is the caller's to keep (`settled`)."""
    outages = _members_of(watched.absences)
    ending = [key for key, members in outages.items() if _is_over(key, members, watched)]
    moves = [_move(Kind.END, key, outages[key], watched) for key in ending]
    alone = [each for each, absence in watched.absences.items() if not absence.outage and each in watched.lost]
    ripe = [each for each in alone if (watched.absences[each].wait_until or at) <= at]
    if not ripe:
        return moves
    going = {key: list(members) for key, members in outages.items() if key not in ending}
    joined, rest = _join(alone, going, watched, rules, at)
    moves.extend(joined)
    moves.extend(
        Move(kind=Kind.BEGIN, key=f"silent:{each}", about=each, members=(each,), still=(each,))
        for each in rest
        if each in ripe and is_critical(watched.sources.get(each), rules)
    )
    return moves


def _members_of(absences: Mapping[SourceId, Absence]) -> dict[str, list[SourceId]]:
    outages: dict[str, list[SourceId]] = {}
    for each, absence in absences.items():
        if absence.outage:
            outages.setdefault(absence.outage, []).append(each)
    return outages


def _is_over(key: str, members: Sequence[SourceId], watched: Watched) -> bool:
    """An outage of several is over when fewer than half are silent still: what ails those is something else."""
    still = sum(each in watched.lost for each in members)
    gateway = SourceId(key.removeprefix("silent:"))
    if gateway in members and gateway in watched.lost:
        return False
    return 2 * still < len(members)


def _move(kind: Kind, key: str, members: Iterable[SourceId], watched: Watched) -> Move:
    all_of = tuple(sorted(members))
    still = tuple(each for each in all_of if each in watched.lost)
    about = SourceId(key.removeprefix("silent:"))
    return Move(kind=kind, key=key, about=about if about in watched.sources else all_of[0], members=all_of, still=still)


def _join(
    alone: Sequence[SourceId],
    going: dict[str, list[SourceId]],
    watched: Watched,
    rules: HealthRules,
    at: datetime,
) -> tuple[list[Move], list[SourceId]]:
    """Return the outages of several that begin or grow, and who belongs to none."""
    lately = at - timedelta(seconds=2 * rules.settle_s)
    fresh = [each for each in alone if (watched.absences[each].lost_at or at) >= lately]
    families = Counter(_family(each, watched) for each in fresh)
    is_mass = len(fresh) >= max(MASS_MIN, rules.mass_share * sum(watched.counts.values())) and len(families) > 1
    if is_mass or MANY in going:
        together = {MANY: fresh}
    else:
        together = {}
        for each in alone:
            together.setdefault(f"silent:{_family(each, watched)}", []).append(each)
    moves: list[Move] = []
    placed: set[SourceId] = set()
    for key, members in together.items():
        if not members:
            continue
        if key in going:
            moves.append(_move(Kind.GROW, key, (*going[key], *members), watched))
        elif key == MANY or _is_of_gateway(SourceId(key.removeprefix("silent:")), members, watched, rules):
            moves.append(_move(Kind.BEGIN, key, members, watched))
        else:
            continue
        placed.update(members)
    return moves, [each for each in alone if each not in placed]


def _family(source_id: SourceId, watched: Watched) -> SourceId:
    """Return the gateway that a source is of: itself, where it is one."""
    source = watched.sources.get(source_id)
    return source.gateway if source is not None and source.gateway else source_id


def _is_of_gateway(gateway: SourceId, members: Sequence[SourceId], watched: Watched, rules: HealthRules) -> bool:
    """Return whether the silence of these is their gateway's.

    One alone that nobody will miss tells nothing of its gateway: if that is dead, the next one's silence says so. One
    that is missed cannot wait for it, where others speak through the gateway and nothing comes.
    """
    children, count = [each for each in members if each != gateway], watched.counts.get(gateway, 0)
    if not children:
        return False
    if gateway in watched.lost:
        return True
    if gateway in watched.quiet and count > 1:
        return len(children) > 1 or is_critical(watched.sources.get(children[0]), rules)
    return len(children) >= max(GROUP_MIN, rules.group_share * count)


def is_critical(source: Source | None, rules: HealthRules) -> bool:
    """Return whether the silence of a source is a case: by its kind, or by a type that it can tell of."""
    return source is not None and (source.kind in rules.critical or not rules.critical.isdisjoint(source.kinds))


def settled(move: Move, at: datetime, patience_s: Mapping[SourceId, float]) -> Mapping[SourceId, Absence | None]:
    """Return what is remembered of each member after a move; None for one of whom nothing need be.

    Who is silent still when an outage ends is given `patience_s` to speak: with an hourly sensor it is an hour.
    """
    if move.kind is not Kind.END:
        return {each: Absence(outage=move.key) for each in move.members}
    return {
        each: Absence(wait_until=at + timedelta(seconds=patience_s.get(each, 0.0))) if each in move.still else None
        for each in move.members
    }
