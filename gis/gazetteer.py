"""Names of places inside what people write: 解放碑步行街地铁口, "corner of Minquan Road and Zourong Road".

All names of the city are looked for at every position of the text and the longest wins. A name that stands for
several places gives a match
for each: the choice is left to whoever asks. Two roads named in one text that meet are a crossing.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

from msgspec import Struct

from gis.point import LonLat, distance_m
from gis.travel import Node, Road, node_of

SCORES = {"crossing": 0.95, "place": 0.9, "road": 0.6, "community": 0.5, "street": 0.4}
"""How far a match of a kind may be trusted, 0..1. Kinds of gazetteer entries that are not listed count as "place"."""

LOOSE_CROSSING = 0.8
"""Score of two meeting roads where nothing in the text says that a crossing is meant."""

ACCURACY_M = {"crossing": 20.0, "place": 40.0}
"""How far from the found point the real one may be; for roads and areas it is measured from their extent."""

SHORTEST_NAME = 2
"""Characters. One-character names would be found in every sentence."""

CROSSING_WORDS = re.compile(
    r"路口|交叉口|交汇|交界|十字|相交|\bcorner\b|\bintersection\b|\bcrossing\b|\bjunction\b|&| @ | and "
)

NAMED_MAX = 200
"""Characters before "and" in which the name of a road is sought."""

_JOINT = re.compile(r" and | ?& ?| ?@ ?| at ")
"""What stands between the names of two roads in English, of which each may lack its "street"."""
_SAID_CROSSING = re.compile(r"\bcorner\b|\bintersection\b|\bcrossing\b|\bjunction\b")
_BEFORE = re.compile(r"[a-z0-9']+(?: [a-z0-9']+){0,3}$")
_AFTER = re.compile(r"^(?:the )?([a-z0-9']+(?: [a-z0-9']+){0,3})")
_ROAD_TYPES = frozenset(
    {"street", "road", "avenue", "boulevard", "drive", "lane", "square", "way", "place", "court", "terrace", "highway"}
)

_ABBREVIATIONS = {
    "st": "street",
    "rd": "road",
    "ave": "avenue",
    "av": "avenue",
    "blvd": "boulevard",
    "dr": "drive",
    "ln": "lane",
    "sq": "square",
}
_WORD = re.compile(r"[a-z0-9]+")
_CJK = r"[\u3400-\u9fff]"
_SPACE_BY_CJK = re.compile(rf"(?<={_CJK}) +| +(?={_CJK})")


class Entry(Struct, frozen=True, kw_only=True):
    """One named place. `accuracy_m` 0 means the usual one of its kind."""

    id: str
    name_zh: str
    name_en: str
    kind: str
    point: LonLat
    aliases: tuple[str, ...] = ()
    accuracy_m: float = 0.0


class Match(Struct, frozen=True):
    """A place that a text may mean. `name` is the name as the city writes it, `score` 0..1."""

    point: LonLat
    name: str
    accuracy_m: float
    score: float
    kind: str


class _Street(Struct, frozen=True):
    """All pieces of a road of one name. No point of it is farther than `reach_m` from `middle`, a point on it."""

    name_zh: str
    name_en: str
    points: tuple[LonLat, ...]
    nodes: frozenset[Node]
    middle: LonLat
    reach_m: float


class Gazetteer:
    """All names of a city: its entries and its roads."""

    def __init__(self, entries: Iterable[Entry], roads: Iterable[Road] = ()) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self._streets = _join_roads(roads)
        self._named: dict[str, list[Entry | _Street]] = {}
        for entry in self.entries:
            self._name(entry, (entry.name_zh, entry.name_en, *entry.aliases))
        for street in self._streets:
            self._name(street, (street.name_zh, street.name_en))
        self._spoken: dict[str, list[_Street]] = {}
        for street in self._streets:
            for name in _spoken_names(street):
                self._spoken.setdefault(name, []).append(street)
        self._lengths: dict[str, list[int]] = {}
        for name in self._named:
            lengths = self._lengths.setdefault(name[:SHORTEST_NAME], [])
            if len(name) not in lengths:
                lengths.append(len(name))
        for lengths in self._lengths.values():
            lengths.sort(reverse=True)

    def find(self, text: str, near: LonLat | None = None) -> list[Match]:
        """Return the places that `text` may mean, the most probable first; with `near`, the nearer of equals first."""
        plain = normalise(text)
        found = self._scan(plain)
        matches: dict[tuple[str, LonLat], Match] = {}
        for match in (*self._crossings(plain, found), *self._spoken_crossings(plain)):
            matches.setdefault((match.name, match.point), match)
        for meanings in found:
            for meaning in meanings:
                match = _as_match(meaning, len(meanings), near)
                matches.setdefault((match.name, match.point), match)
        return sorted(matches.values(), key=lambda match: _rank(match, near))

    def search(self, text: str, limit: int) -> list[Match]:
        """Return places whose name begins with or contains `text`, for a search field; names that begin with it
        first."""
        plain = normalise(text)
        if not plain:
            return []
        hits = [(not name.startswith(plain), len(name), name) for name in self._named if plain in name]
        matches: dict[tuple[str, LonLat], Match] = {}
        for _, _, name in sorted(hits):
            for meaning in self._named[name]:
                match = _as_match(meaning, 1, None)
                matches.setdefault((match.name, match.point), match)
            if len(matches) >= limit:
                break
        return list(matches.values())[:limit]

    def _name(self, meaning: Entry | _Street, names: Sequence[str]) -> None:
        for name in dict.fromkeys(normalise(name) for name in names):
            if len(name) >= SHORTEST_NAME:
                self._named.setdefault(name, []).append(meaning)

    def _scan(self, plain: str) -> list[list[Entry | _Street]]:
        """Return the meanings of each known name in the text, from left to right, the longest name at each place."""
        found: list[list[Entry | _Street]] = []
        at = 0
        while at < len(plain):
            for length in self._lengths.get(plain[at : at + SHORTEST_NAME], ()):
                meanings = self._named.get(plain[at : at + length])
                if meanings is not None and _stands_alone(plain, at, at + length):
                    found.append(meanings)
                    at += length
                    break
            else:
                at += 1
        return found

    def _crossings(self, plain: str, found: list[list[Entry | _Street]]) -> list[Match]:
        streets = [meaning for meanings in found for meaning in meanings if isinstance(meaning, _Street)]
        score = SCORES["crossing"] if CROSSING_WORDS.search(plain) else LOOSE_CROSSING
        return [
            Match(LonLat(*node), _both(a, b), ACCURACY_M["crossing"], score, "crossing")
            for a, b in combinations(streets, 2)
            for node in sorted(a.nodes & b.nodes)
            if a is not b
        ]

    def _spoken_crossings(self, plain: str) -> list[Match]:
        """Return crossings of two roads that are named as people say them: "corner of Valencia and 24th". A name
        without its type is a name only where it stands beside another that its road meets.
        """
        score = SCORES["crossing"] if _SAID_CROSSING.search(plain) else LOOSE_CROSSING
        matches = []
        for joint in _JOINT.finditer(plain):
            start, end = joint.span()
            # No further back than names of roads are long: a long word without an end would be tried from each letter.
            before, after = _BEFORE.search(plain[max(0, start - NAMED_MAX) : start]), _AFTER.match(plain[end:])
            if before is None or after is None:
                continue
            left, right = before[0].split(), after[1].split()
            first = self._road_named(" ".join(left[-count:]) for count in range(len(left), 0, -1))
            second = self._road_named(" ".join(right[:count]) for count in range(len(right), 0, -1))
            matches += [
                Match(LonLat(*node), _both(a, b), ACCURACY_M["crossing"], score, "crossing")
                for a in first
                for b in second
                if a is not b
                for node in sorted(a.nodes & b.nodes)
            ]
        return matches

    def _road_named(self, names: Iterable[str]) -> Sequence[_Street]:
        """Return the roads of the first of these names that is one."""
        return next((roads for name in names if (roads := self._spoken.get(name))), ())


def _spoken_names(street: _Street) -> tuple[str, ...]:
    """Return the English name of a road, and the same without "Street" or "Road"."""
    name = normalise(street.name_en)
    words = name.split()
    if len(words) > 1 and words[-1] in _ROAD_TYPES:
        return name, " ".join(words[:-1])
    return (name,) if name else ()


def normalise(text: str) -> str:
    """Return the text as names are compared: width and case folded, abbreviations written out, no spaces beside
    Chinese."""
    folded = unicodedata.normalize("NFKC", text).lower()
    spelled = _WORD.sub(lambda word: _ABBREVIATIONS.get(word[0], word[0]), folded)
    return _SPACE_BY_CJK.sub("", " ".join(spelled.split()))


def _stands_alone(plain: str, start: int, stop: int) -> bool:
    """Tell whether a Latin name is not the middle of a longer word. Chinese has no word ends to keep."""

    def is_latin(index: int) -> bool:
        return 0 <= index < len(plain) and _WORD.match(plain[index]) is not None

    return not (is_latin(start - 1) and is_latin(start)) and not (is_latin(stop - 1) and is_latin(stop))


def _join_roads(roads: Iterable[Road]) -> tuple[_Street, ...]:
    by_name: dict[tuple[str, str], list[Road]] = {}
    for road in roads:
        if road.name_zh or road.name_en:
            by_name.setdefault((road.name_zh, road.name_en), []).append(road)
    return tuple(_join_pieces(zh, en, pieces) for (zh, en), pieces in by_name.items())


def _join_pieces(name_zh: str, name_en: str, pieces: Sequence[Road]) -> _Street:
    points = tuple(point for piece in pieces for point in piece.points)
    ends = frozenset(node_of(end) for piece in pieces for end in (piece.points[0], piece.points[-1]))
    middle = _middle(points)
    return _Street(name_zh, name_en, points, ends, middle, max(distance_m(middle, point) for point in points))


def _as_match(meaning: Entry | _Street, meanings: int, near: LonLat | None) -> Match:
    """Each of several places of one name is the less sure; a position near by says which is meant, so the score
    stays."""
    share = 1.0 if near is not None else 1.0 / meanings
    if isinstance(meaning, Entry):
        kind = meaning.kind if meaning.kind in SCORES else "place"
        accuracy_m = meaning.accuracy_m or ACCURACY_M.get(kind, ACCURACY_M["place"])
        return Match(meaning.point, meaning.name_zh or meaning.name_en, accuracy_m, SCORES[kind] * share, meaning.kind)
    point = meaning.middle if near is None else min(meaning.points, key=lambda at: distance_m(at, near))
    return Match(point, meaning.name_zh or meaning.name_en, meaning.reach_m, SCORES["road"] * share, "road")


def _middle(points: Sequence[LonLat]) -> LonLat:
    """Return the point halfway along the pieces of a road: a point on it, unlike the mean."""
    steps = [(p, q, distance_m(p, q)) for p, q in pairwise(points)]
    left_m = sum(step_m for _, _, step_m in steps) / 2
    for p, q, step_m in steps:
        if step_m >= left_m > 0:
            share = left_m / step_m
            return LonLat(p.lon + (q.lon - p.lon) * share, p.lat + (q.lat - p.lat) * share)
        left_m -= step_m
    return points[-1]


def _rank(match: Match, near: LonLat | None) -> tuple[float, float, float, str]:
    away_m = distance_m(match.point, near) if near is not None else 0.0
    return -match.score, away_m, match.accuracy_m, match.name


def _both(a: _Street, b: _Street) -> str:
    return f"{a.name_zh}与{b.name_zh}路口" if a.name_zh and b.name_zh else f"{a.name_en} and {b.name_en}"
