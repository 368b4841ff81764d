"""Where a case is, and what that was found from."""

from enum import StrEnum

from msgspec import Struct

from dispatch.ids import AreaCode
from gis.point import LonLat


class Basis(StrEnum):
    """What a place was found from."""

    COORDINATES = "coordinates"
    SOURCE = "source"
    GAZETTEER = "gazetteer"
    COMPONENT = "component"
    PERSON = "person"
    NONE = "none"


class Place(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Where a case is. Codes are "" where not known; `inside` is False for a point outside the city."""

    point: LonLat | None = None
    accuracy_m: float | None = None
    district: AreaCode = AreaCode("")
    street: AreaCode = AreaCode("")
    community: AreaCode = AreaCode("")
    grid: AreaCode = AreaCode("")
    component: str = ""
    address: str = ""
    basis: Basis = Basis.NONE
    inside: bool = True

    @property
    def path(self) -> tuple[AreaCode, ...]:
        """The codes that are known, the smallest area first."""
        return tuple(code for code in (self.grid, self.community, self.street, self.district) if code)

    @property
    def area(self) -> AreaCode:
        """The smallest area that is known, "" if none: what the journal's rows carry."""
        return self.grid or self.community or self.street or self.district
