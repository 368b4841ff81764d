"""How often each camera's machine was right, by the acceptor's own verdicts; each figure opens its cases."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import Query, Request
from msgspec import Struct

from dispatch.city import Codes, Names
from dispatch.ids import SourceId
from dispatch.precision import Advice, Precision, weigh
from services.api.figures import DEFINITIONS, Figure, Figures, link, within
from services.api.platform import platform_of
from services.api.routes.metrics import Asked, MetricsQuery, Reader, read_query
from services.api.wire import Reply, reply, router
from services.store.measure_queries import sum_verdicts

routes = router("metrics")

ROWS_MAX = 500
"""Rows of one answer, those with the most verdicts: more cameras than anybody looks through."""

_TOLD = ("confirmed", "refused", "precision")


class PrecisionRow(Struct, frozen=True, kw_only=True):
    """One source and type; `source` is "" for all sources of the type together.

    `low` and `high` are the ends of the share's interval. `advice` is the lowest confidence from which on the verdicts
    say that a person was not needed, null where they do not say so.
    """

    source: str
    kind: str
    source_name: Names
    kind_name: Names
    figures: Figures
    low: float | None
    high: float | None
    advice: Advice | None


class PrecisionAnswer(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    from_: date
    to: date
    types: Sequence[PrecisionRow]
    items: Sequence[PrecisionRow]
    definitions: Mapping[str, Names]


@routes.get("/metrics/precision", operation_id="getPrecision")
async def get_precision(
    request: Request, account: Reader, query: Annotated[MetricsQuery, Query()]
) -> Reply[PrecisionAnswer]:
    """Confirmed and refused cases of machines by type (`types`), and by source and type (`items`)."""
    platform = platform_of(request)
    asked = read_query(query, account, platform.city)
    await platform.measures.flush()
    wanted = asked.bounds.measures(asked.period)
    sums = await platform.db.read(lambda connection: sum_verdicts(connection, wanted))
    together: dict[str, list[tuple[str, int]]] = {}
    for (_, kind), rows in sums.items():
        together.setdefault(kind, []).extend(rows)
    codes = platform.city.codes
    types = [_row("", kind, weigh(rows), asked, codes) for kind, rows in together.items()]
    items = [_row(source, kind, weigh(rows), asked, codes) for (source, kind), rows in sums.items()]
    return reply(
        PrecisionAnswer(
            from_=asked.period.first,
            to=asked.period.last,
            types=sorted(types, key=_most_judged),
            items=sorted(items, key=_most_judged)[:ROWS_MAX],
            definitions={name: DEFINITIONS[name] for name in _TOLD},
        )
    )


def _most_judged(row: PrecisionRow) -> tuple[float, str, str]:
    judged = (row.figures["confirmed"].value or 0) + (row.figures["refused"].value or 0)
    return -judged, row.source, row.kind


def _row(source: str, kind: str, found: Precision, asked: Asked, codes: Codes) -> PrecisionRow:
    more = {"kind": kind, **({"source": source} if source else {})}

    def cases(verdict: str) -> str:
        return link(within("judged", asked.period.span), {"verdict": verdict}, asked.bounds.query(), more)

    share = None if found.share is None else round(found.share, 4)
    named = codes.sources.get(SourceId(source))
    type_ = codes.video_types.get(kind) or codes.sensor_types.get(kind)
    return PrecisionRow(
        source=source,
        kind=kind,
        source_name=Names(named.name_zh, named.name_en) if named else Names(source, source),
        kind_name=Names(type_.name_zh, type_.name_en) if type_ else Names(kind, kind),
        figures={
            "confirmed": Figure(found.confirmed, cases("confirmed")),
            "refused": Figure(found.refused, cases("refused")),
            "precision": Figure(share, cases("confirmed,refused")),
        },
        low=None if found.low is None else round(found.low, 4),
        high=None if found.high is None else round(found.high, 4),
        advice=found.advice,
    )
