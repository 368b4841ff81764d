"""What a feed is told of where a message came from, in tests."""

from collections.abc import Sequence
from datetime import UTC, datetime

from dispatch.city import Source
from dispatch.ids import MessageId, SourceId
from services.engine.senders import Senders
from services.feeds import Origin
from tests.builders import make_codes

RECEIVED_AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)


def make_origin(feed: str = "frigate", received_at: datetime = RECEIVED_AT, known: Sequence[str] = ()) -> Origin:
    """Return an origin of the small city's senders, with a gateway made by hand that may speak for any of its feed.

    `known` are external ids of its feed that the city knows; each is its source's id too.
    """
    senders = Senders(make_codes())
    for name in known:
        senders.add(Source(id=SourceId(name), feed=feed, kind="sensor", external_id=name, name_zh=name, name_en=name))
    gate = Source(
        id=SourceId("gate"), feed=feed, kind="gateway", external_id="gate", name_zh="网关", name_en="Gate", point=None
    )
    senders.add(gate)
    return senders.origin(MessageId("m1"), gate.id, received_at)
