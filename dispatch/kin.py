"""Which categories may be one happening seen differently: data of the city pack (`same_happening.csv`)."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct

from dispatch.city import Codes
from dispatch.duties import CODES_KEPT
from dispatch.ids import CategoryCode, SourceId

NEAR = "near"
GATEWAY = "gateway"
RELATIONS = (NEAR, GATEWAY)
"""How two happenings are one: near each other in place and time, or at a gateway and at what sends through it."""


class KinTable(Struct, frozen=True, eq=False):
    """The table as it is asked."""

    near: Mapping[CategoryCode, Mapping[CategoryCode, CategoryCode]]
    """A category -> another that may be the same happening -> which of the two names the case (the one that says more
    of it); "" for the one that came first."""
    of_gateways: frozenset[CategoryCode]
    """Categories that befall a gateway and all that sends through it at once."""
    children: Mapping[SourceId, tuple[SourceId, ...]]

    def of(self, category: CategoryCode) -> Mapping[CategoryCode, CategoryCode]:
        """Return the others that may be the same happening as one of the category, and which names it."""
        return self.near.get(category, _NONE)


_NONE: Mapping[CategoryCode, CategoryCode] = MappingProxyType({})


@lru_cache(maxsize=CODES_KEPT)
def kin_table(codes: Codes) -> KinTable:
    """Return a city's table, ready to be looked up in (made once per city). A row holds in both directions."""
    near: dict[CategoryCode, dict[CategoryCode, CategoryCode]] = {}
    for row in codes.same:
        if row.relation == NEAR:
            near.setdefault(row.category, {})[row.other] = row.leads
            near.setdefault(row.other, {})[row.category] = row.leads
    children: dict[SourceId, list[SourceId]] = {}
    for source in codes.sources.values():
        if source.gateway:
            children.setdefault(source.gateway, []).append(source.id)
    return KinTable(
        near=near,
        of_gateways=frozenset(row.category for row in codes.same if row.relation == GATEWAY),
        children={gateway: tuple(names) for gateway, names in children.items()},
    )
