"""What a rule remembers of one sensor between two readings."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Sample = tuple[int, str, float]
"""(microseconds since 1970, metric, value): a reading as far as a rule needs it."""


class Memory(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What is left of all readings up to one of them, folded in the order of their own time.

    `held[i]` says if level i + 1 holds; `since_us[i]` since when the readings have said without a break that it
    should be otherwise (None if the last one did not). `began_us` is since when they have said what the highest
    level says that holds. `points` are what the kind of the rule looks back at.
    """

    held: tuple[bool, bool, bool] = (False, False, False)
    since_us: tuple[int | None, int | None, int | None] = (None, None, None)
    began_us: int | None = None
    last_us: int | None = None
    last_metric: str = ""
    measured: float | None = None
    value: float | None = None
    value_us: int | None = None
    others: Mapping[str, tuple[int, float]] = {}
    points: tuple[tuple[int, float], ...] = ()
    is_hit: bool = False

    @property
    def level(self) -> int:
        """The highest level that holds, 0 if none does."""
        one, two, three = self.held
        return 3 if three else 2 if two else 1 if one else 0


NOTHING = Memory()


class SensorState(Struct, frozen=True, kw_only=True, gc=False):
    """A rule and a sensor: the fold of all readings that can no longer be overtaken (`base`), those that still can
    (`window`, in order), and the fold of all (`head`, which is not written: the others give it).

    `told` is the level that the desk was last told of. `owed_us` is when we received the first reading that told a
    rise of so long ago that it may be over (`rules.HISTORY_AFTER_S`); None where nothing is owed. `heard_us` is when
    the last reading was received, and `kept_us` that of the last one written, for a rule of silence.
    """

    base: Memory = NOTHING
    window: tuple[Sample, ...] = ()
    told: int = 0
    owed_us: int | None = None
    heard_us: int | None = None
    kept_us: int | None = None
    head: Memory | None = None

    @property
    def level(self) -> int:
        """The level that holds by the last reading; that which was told where it is not known yet."""
        return self.told if self.head is None else self.head.level

    @classmethod
    def read(cls, doc: bytes) -> "SensorState":
        """Read what `write` wrote."""
        kept = _decode(doc)
        return cls(
            base=kept.base, window=kept.window, told=kept.told, owed_us=kept.owed, heard_us=kept.heard,
            kept_us=kept.heard,
        )  # fmt: skip

    def write(self) -> bytes:
        """Return the state as JSON."""
        return _encode(_Kept(self.base, self.window, self.told, self.owed_us, self.heard_us))


class _Kept(Struct, frozen=True, omit_defaults=True, gc=False):
    base: Memory = NOTHING
    window: tuple[Sample, ...] = ()
    told: int = 0
    owed: int | None = None
    heard: int | None = None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Kept).decode


def to_us(at: datetime) -> int:
    """Return the whole microseconds since 1970: differences of them are exact."""
    return (at - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)
