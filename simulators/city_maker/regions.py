"""Streets and communities as unions of unit grids: balanced, in one piece each, with the standard's codes."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from typing import NamedTuple

from shapely import Polygon, unary_union
from shapely.geometry.base import BaseGeometry

from simulators.city_maker.names import DISTRICT, HINTS, STREETS, StreetFact
from simulators.city_maker.plane import XY, shape_to_plane, to_plane

ROUNDS = 60
"""Balancing stops to gain after about this many rounds."""

NAMELESS = "社区工作站"
"""One community of the register has no name of its own, only "work station"."""


class AreaRow(NamedTuple):
    """One feature of an area file."""

    code: str
    zh: str
    en: str
    parent: str
    shape: BaseGeometry


class Areas(NamedTuple):
    district: list[AreaRow]
    streets: list[AreaRow]
    communities: list[AreaRow]
    grids: list[AreaRow]


class _Cells(NamedTuple):
    middles: list[XY]
    areas: list[float]
    neighbours: list[set[int]]


def divide(cells: Sequence[Polygon], random: Random) -> Areas:
    """Return all areas, given the unit grids (degrees)."""
    plain = _measure(cells)
    everything = list(range(len(cells)))
    seeds = [to_plane((street.lon, street.lat)) for street in STREETS]
    by_street = _partition(everything, seeds, [street.share for street in STREETS], plain)
    areas = Areas([], [], [], [])
    for street, members in zip(STREETS, by_street, strict=True):
        _divide_street(street, members, plain, cells, areas, random)
    whole = unary_union([row.shape for row in areas.grids])
    areas.district.append(AreaRow(DISTRICT, "渝中区", "Yuzhong District", "", whole))
    return areas


def _divide_street(
    street: StreetFact, members: list[int], plain: _Cells, cells: Sequence[Polygon], areas: Areas, random: Random
) -> None:
    street_code = DISTRICT + street.code
    seeds = _spread(members, len(street.communities), plain, random)
    for _ in range(6):  # Lloyd: seeds move to the middle of what they were given
        parts = _partition(members, seeds, [1.0] * len(seeds), plain)
        seeds = [_middle(part, plain) for part in parts]
    for (code, zh, en), part in _name_parts(street, parts, seeds):
        community = street_code + code
        rows = _number_grids(community, zh, en, [cells[index] for index in part])
        areas.grids.extend(rows)
        shape = unary_union([row.shape for row in rows])
        name = zh if zh == NAMELESS else f"{zh}社区"
        areas.communities.append(AreaRow(community, name, f"{en} Community", street_code, shape))
    union = unary_union([cells[index] for index in members])
    areas.streets.append(AreaRow(street_code, street.zh, f"{street.en} Subdistrict", DISTRICT, union))


def _number_grids(community: str, zh: str, en: str, members: list[Polygon]) -> list[AreaRow]:
    """Give serials west to east, then north to south (GB/T 30428.1: 15 digits = community 12 + serial 3)."""
    order = sorted(members, key=lambda cell: (round(cell.centroid.x, 3), -cell.centroid.y))
    return [
        AreaRow(f"{community}{serial:03d}", f"{zh}{serial:03d}网格", f"{en} Grid {serial:03d}", community, cell)
        for serial, cell in enumerate(order, start=1)
    ]


def _measure(cells: Sequence[Polygon]) -> _Cells:
    middles, areas = [], []
    by_edge: dict[frozenset[XY], list[int]] = {}
    for index, cell in enumerate(cells):
        flat = shape_to_plane(cell)
        middles.append((flat.centroid.x, flat.centroid.y))
        areas.append(flat.area)
        for a, b in pairwise(cell.exterior.coords):
            by_edge.setdefault(frozenset(((a[0], a[1]), (b[0], b[1]))), []).append(index)
    neighbours: list[set[int]] = [set() for _ in cells]
    for pair in by_edge.values():
        if len(pair) == 2:
            neighbours[pair[0]].add(pair[1])
            neighbours[pair[1]].add(pair[0])
    return _Cells(middles, areas, neighbours)


def _partition(members: list[int], seeds: Sequence[XY], shares: Sequence[float], plain: _Cells) -> list[list[int]]:
    """Return one connected part per seed, areas about proportional to `shares` (a power diagram, then mended)."""
    total = sum(plain.areas[index] for index in members)
    targets = [total * share / sum(shares) for share in shares]
    weights = [0.0] * len(seeds)
    owner: dict[int, int] = {}
    for turn in range(ROUNDS):
        owner = {index: _closest(plain.middles[index], seeds, weights) for index in members}
        sizes = [0.0] * len(seeds)
        for index, part in owner.items():
            sizes[part] += plain.areas[index]
        step = 0.35 * (1 - turn / ROUNDS)
        weights = [
            weight + step * (target - size) for weight, target, size in zip(weights, targets, sizes, strict=True)
        ]
    _mend(owner, len(seeds), plain)
    return [[index for index in members if owner[index] == part] for part in range(len(seeds))]


def _closest(point: XY, seeds: Sequence[XY], weights: Sequence[float]) -> int:
    def power(part: int) -> float:
        seed = seeds[part]
        return (point[0] - seed[0]) ** 2 + (point[1] - seed[1]) ** 2 - weights[part]

    return min(range(len(seeds)), key=power)


def _mend(owner: dict[int, int], parts: int, plain: _Cells) -> None:
    """Keep the largest piece of every part and let its neighbours take in the rest."""
    loose: set[int] = set()
    for part in range(parts):
        pieces = _pieces({index for index, held in owner.items() if held == part}, plain)
        for piece in pieces[1:]:
            loose |= piece
    while loose:
        for index in sorted(loose):
            held = [owner[near] for near in sorted(plain.neighbours[index]) if near in owner and near not in loose]
            if held:
                owner[index] = max(sorted(set(held)), key=held.count)
                loose.discard(index)
                break
        else:
            raise ValueError(f"{len(loose)} grids touch no other grid")


def _pieces(members: set[int], plain: _Cells) -> list[set[int]]:
    """The connected pieces, largest first."""
    left, found = set(members), []
    while left:
        piece, edge = set(), [min(left)]
        while edge:
            index = edge.pop()
            if index in left:
                left.discard(index)
                piece.add(index)
                edge.extend(plain.neighbours[index] & left)
        found.append(piece)
    return sorted(found, key=lambda piece: (-len(piece), min(piece)))


def _spread(members: list[int], count: int, plain: _Cells, random: Random) -> list[XY]:
    """Seeds far from one another: each the grid farthest from those before it."""
    seeds = [plain.middles[random.choice(members)]]
    while len(seeds) < count:
        seeds.append(max((plain.middles[index] for index in members), key=_distance_to(seeds)))
    return seeds


def _distance_to(seeds: Sequence[XY]) -> Callable[[XY], float]:
    frozen = tuple(seeds)
    return lambda point: min((point[0] - seed[0]) ** 2 + (point[1] - seed[1]) ** 2 for seed in frozen)


def _middle(part: list[int], plain: _Cells) -> XY:
    xs, ys = zip(*(plain.middles[index] for index in part), strict=True)
    return sum(xs) / len(part), sum(ys) / len(part)


def _name_parts(
    street: StreetFact, parts: list[list[int]], middles: Sequence[XY]
) -> list[tuple[tuple[str, str, str], list[int]]]:
    """Give communities with a known rough place the nearest free part, and the others what is left."""
    free = list(range(len(parts)))
    given: dict[str, int] = {}
    for code, zh, _ in sorted(street.communities, key=lambda row: row[1] not in HINTS):
        wanted = to_plane(HINTS[zh]) if zh in HINTS else middles[free[0]]
        best = min(free, key=lambda part: (middles[part][0] - wanted[0]) ** 2 + (middles[part][1] - wanted[1]) ** 2)
        free.remove(best)
        given[code] = best
    return [(row, parts[given[row[0]]]) for row in street.communities]
