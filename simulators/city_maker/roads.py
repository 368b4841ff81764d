"""The road graph: pieces between junctions, joined end to end, all in one network, every piece named."""

from collections import Counter, defaultdict
from typing import NamedTuple

from shapely import LineString, STRtree

from simulators.city_maker.mesh import Stroke
from simulators.city_maker.names import STREETS
from simulators.city_maker.plane import XY
from simulators.city_maker.regions import NAMELESS, AreaRow

NUMERALS = "〇一二三四五六七八九"
LANE_WORDS = (("巷", "Lane"), ("支路", "Branch Road"), ("横街", "Cross Street"))
STEP_WORDS = (("梯道", "Steps"),)  # alleys in this city are mostly stairs


class Road(NamedTuple):
    """One piece of a road between two junctions. Degrees."""

    id: str
    zh: str
    en: str
    kind: str
    line: LineString


class _Piece(NamedTuple):
    coords: tuple[XY, ...]
    stroke: Stroke


def build_roads(pieces: list[tuple[LineString, Stroke]], communities: list[AreaRow]) -> list[Road]:
    """Return the network; what hangs on no other road is left out."""
    drawn = [
        _Piece(tuple((round(x, 6), round(y, 6)) for x, y in line.coords), stroke)
        for line, stroke in pieces
        if stroke.kind != "border"
    ]
    joined = _join(_largest_network(drawn))
    names = _name_strokes(joined, communities)
    joined.sort(key=lambda piece: (names[_key(piece.stroke)][0], piece.coords))
    return [
        Road(f"R{number:05d}", *names[_key(piece.stroke)], piece.stroke.kind, LineString(piece.coords))
        for number, piece in enumerate(joined, start=1)
    ]


def _key(stroke: Stroke) -> tuple[str, str]:
    return stroke.zh, stroke.line.wkt


def _largest_network(pieces: list[_Piece]) -> list[_Piece]:
    at_node: defaultdict[XY, list[int]] = defaultdict(list)
    for index, piece in enumerate(pieces):
        at_node[piece.coords[0]].append(index)
        at_node[piece.coords[-1]].append(index)
    left = set(range(len(pieces)))
    networks: list[set[int]] = []
    while left:
        network: set[int] = set()
        edge = [min(left)]
        while edge:
            index = edge.pop()
            if index in left:
                left.discard(index)
                network.add(index)
                for node in (pieces[index].coords[0], pieces[index].coords[-1]):
                    edge.extend(at_node[node])
        networks.append(network)
    largest = set[int]()
    for network in networks:
        largest = network if len(network) > len(largest) else largest
    return [pieces[index] for index in sorted(largest)]


def _join(pieces: list[_Piece]) -> list[_Piece]:
    """Melt away the nodes where nothing meets: two pieces of one stroke and no other road."""
    degree = Counter(node for piece in pieces for node in (piece.coords[0], piece.coords[-1]))
    by_stroke: defaultdict[tuple[str, str], list[_Piece]] = defaultdict(list)
    for piece in pieces:
        by_stroke[_key(piece.stroke)].append(piece)
    joined = []
    for members in by_stroke.values():
        joined.extend(_join_stroke(members, degree))
    return joined


def _join_stroke(members: list[_Piece], degree: Counter[XY]) -> list[_Piece]:
    own = Counter(node for piece in members for node in (piece.coords[0], piece.coords[-1]))
    chains = [list(piece.coords) for piece in members]
    plain = sorted(node for node, count in own.items() if count == 2 and degree[node] == 2)
    for node in plain:
        meeting = [chain for chain in chains if node in (chain[0], chain[-1])]
        if len(meeting) != 2:
            continue  # a ring closes here
        first, second = meeting
        if first[-1] != node:
            first.reverse()
        if second[0] != node:
            second.reverse()
        first.extend(second[1:])
        chains = [chain for chain in chains if chain is not second]
    return [_Piece(tuple(chain), members[0].stroke) for chain in chains]


def _name_strokes(pieces: list[_Piece], communities: list[AreaRow]) -> dict[tuple[str, str], tuple[str, str]]:
    """Main roads have names; a lane is named for its community and numbered from west to east."""
    tree = STRtree([row.shape for row in communities])
    named: dict[tuple[str, str], tuple[str, str]] = {}
    longest: dict[tuple[str, str], _Piece] = {}
    for piece in pieces:
        key = _key(piece.stroke)
        if key not in longest or LineString(piece.coords).length > LineString(longest[key].coords).length:
            longest[key] = piece
    numbers: Counter[tuple[str, str]] = Counter()
    for key, piece in sorted(longest.items(), key=lambda item: item[1].coords):
        if piece.stroke.zh:
            named[key] = (piece.stroke.zh, piece.stroke.en)
            continue
        middle = LineString(piece.coords).interpolate(0.5, normalized=True)
        base_zh, base_en = _base_name(communities[int(tree.nearest(middle))])
        words = STEP_WORDS if piece.stroke.kind == "footway" else LANE_WORDS
        word_zh, word_en = words[len(named) % len(words)]
        numbers[base_zh, word_zh] += 1
        number = numbers[base_zh, word_zh]
        named[key] = (f"{base_zh}{_numeral(number)}{word_zh}", f"{base_en} {word_en} {number}")
    return named


def _base_name(community: AreaRow) -> tuple[str, str]:
    """The community's bare name; a nameless community lends its street's."""
    zh, en = community.zh.removesuffix("社区"), community.en.removesuffix(" Community")
    if zh == NAMELESS:
        street = next(street for street in STREETS if street.code == community.parent[6:])
        return street.zh.removesuffix("街道"), street.en
    return zh, en


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens]}十"
    return head + (NUMERALS[ones] if ones or not tens else "")
