"""What every actor stands on: the server, the city, the clock, the ledger, and what people know of each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from gis.point import LonLat
from simulators.clock import CityTime
from simulators.ledger import Ledger
from simulators.scenario import Scenario
from simulators.wire import Wire
from simulators.world import World


@dataclass(frozen=True)
class Truth:
    """What a text really says, for the simulated acceptor who reads it. Category "" is nonsense."""

    category: str
    point: LonLat | None


@dataclass
class Stage:
    """Shared by the actors of one run. `truths` by text; `badly_done` are cases whose worker cut corners."""

    wire: Wire
    world: World
    time: CityTime
    scenario: Scenario
    seed: int
    keys: Mapping[str, str]
    password: str
    ledger: Ledger = field(default_factory=Ledger)
    truths: dict[str, Truth] = field(default_factory=dict)
    badly_done: set[str] = field(default_factory=set)

    def stream(self, name: str) -> Random:
        """Return a stream of chance of an actor's own: one actor's draws do not move another's."""
        return Random(f"{self.seed}/{name}")
