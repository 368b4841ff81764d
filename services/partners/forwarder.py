"""Sends the parcels that wait for partners.

A parcel is marked as doubtful before it goes out, and the answer is noted with the fact that follows from it. So
whatever happens between, the next try knows that the partner may have it, and looks for our mark among his requests
before it files another (the standard has no key by which a client could say that it is the same one).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby

import structlog
from msgspec.structs import replace

from dispatch.case import Case
from dispatch.forwarding import rule_of
from dispatch.ids import CaseId
from dispatch.partners import ForwardRule, Partner
from dispatch.record import Forward
from dispatch.stages import ENDED_STAGES, UNFILED_STAGES
from services.engine import forwarding
from services.engine.desk import Desk
from services.engine.turn import Turn
from services.observe import clock, counters
from services.partners import compose
from services.partners.client import Busy, Endpoint, NotSent, Receipt, Refused, Unsure
from services.partners.reach import Resolve, resolve
from services.partners.secrets import BadPartnerSecrets, PartnerSecrets
from services.settings import Settings
from services.store import journal, parcels
from services.store.blurs import find_boxes
from services.store.bucket_shelf import open_shelf
from services.store.database import Database
from services.store.parcels import Change, Parcel, State
from services.store.pictures import PictureFolder
from services.store.reporters import Reporter, find_reporter
from services.store.shelf import BucketAway

PER_RUN = 200
"""Parcels taken up at once; a longer list waits for the next run, some seconds later."""
BACK_OFF = (
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
)
"""How long to wait after each try that has failed. Then it is dead: a partner who is away for longer is telephoned."""
TOKEN_EVERY = timedelta(minutes=1)
TOKEN_FOR = timedelta(days=7)
"""How long a token is asked about. Chicago takes an undetermined time; after a week a person looks."""
WORDS: Mapping[str, str] = {
    "CLOSED": "案件已结案。 The case is closed.",
    "CANCELLED": "案件已作废，无需处置。 The case is void: nothing is to be done.",
    "DUPLICATE": "已并入另一案件。 It goes on in another case.",
    "NO_FURTHER_ACTION": "改由本市处置，无需贵方处置。 We deal with it ourselves.",
}
"""Status that a partner is told -> its words."""

log = structlog.get_logger(__name__)


class _Withdrawn(Exception):
    """The case was over before the partner heard of it."""


class _Later(Exception):
    """It cannot be told yet, and nobody is to blame. `after` is when to look again."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(after)
        self.after = after


class Forwarder:
    """Sends what is due, each partner's parcels one after the other, the partners beside each other."""

    def __init__(
        self, db: Database, desk: Desk, secrets: PartnerSecrets, pictures: PictureFolder, resolve: Resolve = resolve
    ) -> None:
        self.db, self.desk, self.secrets, self.pictures = db, desk, secrets, pictures
        self._resolve = resolve

    async def send_due(self) -> int:
        """Try the parcels whose time has come; return how many are settled."""
        due = await self.db.read(lambda c: parcels.list_due(c, clock.now(), PER_RUN))
        if not due:
            return 0
        ordered = sorted(due, key=lambda each: (each.partner, each.seq))
        groups = [list(group) for _, group in groupby(ordered, key=lambda each: each.partner)]
        settled = await asyncio.gather(*(self._send_all(group) for group in groups))
        await self.gauge()
        return sum(settled)

    async def gauge(self) -> None:
        """Say in the metrics how many parcels are in which state."""
        for state, count in (await self.db.read(parcels.count_states)).items():
            counters.PARCELS.labels(state).set(count)

    def endpoint_of(self, partner: Partner) -> Endpoint:
        """Return the partner's server as we are known there.

        :raises Refused: if there is no such secret.
        """
        try:
            secret = self.secrets.find(partner.secret)
        except BadPartnerSecrets as error:
            raise Refused("secret", str(error)) from None
        if secret is None:
            raise Refused("secret", f"WARDLINE_PARTNER_SECRETS has no table {partner.secret}")
        return Endpoint(partner, secret, self._resolve)

    async def _send_all(self, waiting: Sequence[Parcel]) -> int:
        settled = 0
        for parcel in waiting:
            is_settled, is_away = await self._send(parcel)
            settled += is_settled
            if is_away:
                break  # those behind it would wait for the same server; their turn comes with the next run
        return settled

    async def _send(self, parcel: Parcel) -> tuple[bool, bool]:
        """Try one parcel; return whether it is settled, and whether the partner was away."""
        try:
            await self._tell(parcel)
            return True, False
        except _Later as later:
            await self._postpone(parcel, later.after)
            return False, False
        except _Withdrawn:
            await self._note(parcel, lambda turn: forwarding.note_withdrawn(turn, parcel))
            return True, False
        except Refused as error:
            await self._bury(parcel, error.reason, str(error))
            return True, False
        except (NotSent, Unsure, Busy) as error:
            return await self._try_later(parcel, error), not isinstance(error, Busy) or error.after_s > 0

    async def _tell(self, parcel: Parcel) -> None:
        codes, city = self.desk.city.codes, self.desk.city.id
        partner = codes.partners.get(parcel.partner)
        if partner is None:
            raise Refused("no_partner", f"partners.csv has no {parcel.partner}")
        case = await self.db.read(lambda c: journal.find_case(c, CaseId(parcel.case_id)))
        forward = case.find_forward(parcel.reference) if case else None
        if case is None or forward is None:
            raise _Withdrawn
        if parcel.status:
            await self._tell_update(parcel, partner, case)
            return
        endpoint = self.endpoint_of(partner)
        if parcel.token:
            await self._ask_token(parcel, endpoint)
            return
        if parcel.doubtful and (number := await self._find(parcel, endpoint, forward)):
            await self._take(parcel, Receipt(number))
            return
        if case.stage in ENDED_STAGES | UNFILED_STAGES:
            raise _Withdrawn
        rule = rule_of(forward, case, codes)
        if rule is None:
            raise Refused("no_rule", f"forwarding.csv has no row for {case.category} and {parcel.partner}")
        reporter = await self._reporter(case, rule)
        try:
            fields = compose.compose(case, rule, city, parcel.reference, reporter)
        except compose.NoPlace:
            raise Refused("no_place", "the case has no place that may be sent") from None
        pictures = await self._read_pictures(case) if "photos" in rule.sends else ()
        await self._doubt(parcel)
        await self._take(parcel, await endpoint.post_request(fields, pictures))

    async def _find(self, parcel: Parcel, endpoint: Endpoint, forward: Forward) -> str:
        """Return the partner's number of a request whose answer was lost, "" if he has none.

        :raises Refused: if he cannot be searched.
        """
        if not endpoint.partner.searchable:
            raise Refused("unknown", "the answer to a try was lost, and this partner cannot be searched")
        since = parcel.tried_at or parcel.created_at
        mark = compose.mark_of(self.desk.city.id, parcel.reference)
        return await endpoint.find_by_mark(forward.service_code, mark, since, clock.now())

    async def _ask_token(self, parcel: Parcel, endpoint: Endpoint) -> None:
        number = await endpoint.find_by_token(parcel.token)
        if number:
            await self._take(parcel, Receipt(number))
            return
        if clock.now() - parcel.created_at > TOKEN_FOR:
            raise Refused("no_number", f"the token {parcel.token} has led to no number")
        raise _Later(TOKEN_EVERY)

    async def _tell_update(self, parcel: Parcel, partner: Partner, case: Case) -> None:
        """Tell that there is an end of it. The partner knows by its `update_id` if it is the same again."""
        request = await self.db.read(
            lambda c: parcels.find_request(c, parcel.partner, parcel.case_id, parcel.reference)
        )
        if request is not None and request.state in parcels.OPEN_STATES:
            raise _Later(TOKEN_EVERY)
        if request is None or not request.request_id or request.state != State.TAKEN:
            raise _Withdrawn
        await self.endpoint_of(partner).post_update(
            {
                "service_request_id": request.request_id,
                "update_id": f"{self.desk.city.id}-{parcel.seq}",
                "status": parcel.status,
                "updated_datetime": f"{parcel.created_at:%Y-%m-%dT%H:%M:%SZ}",
                "description": f"{WORDS[parcel.status]} {compose.mark_of(self.desk.city.id, case.number)}",
            }
        )
        await self._take(parcel, Receipt(request.request_id))

    async def _reporter(self, case: Case, rule: ForwardRule) -> Reporter | None:
        if not case.reporter or not compose.needs_reporter(rule):
            return None
        return await self.db.read(lambda c: find_reporter(c, case.reporter))

    async def _read_pictures(self, case: Case) -> Sequence[bytes]:
        found: list[bytes] = []
        for media_id in case.media[: compose.PICTURES_MAX]:
            try:
                boxes = await self.db.read(lambda c, media_id=media_id: find_boxes(c, media_id))  # type: ignore[misc]
                path = await self.pictures.shown(media_id, boxes)
                found.append(await asyncio.to_thread(path.read_bytes))
            except FileNotFoundError:
                continue
            except BucketAway:
                raise _Later(TOKEN_EVERY) from None
        while sum(map(len, found)) > compose.PICTURES_MAX_BYTES:
            found.pop()
        return found

    # --- what is written --------------------------------------------------------------------------------------

    async def _doubt(self, parcel: Parcel) -> None:
        """Note, before it goes out, that it may have reached the partner."""
        at = clock.now()
        fields = {"doubtful": True, "tried_at": parcel.tried_at or at}
        await self._change(Change(key=parcel.key, fields=fields, at=at))

    async def _take(self, parcel: Parcel, receipt: Receipt) -> None:
        if receipt.token and not receipt.request_id:
            at = clock.now()
            fields = {"state": State.PROMISED.value, "token": receipt.token, "next_at": at, "doubtful": False}
            await self._change(Change(key=parcel.key, fields=fields, at=at))
            return
        counters.FORWARDED.labels("taken").inc()
        await self._note(parcel, lambda turn: forwarding.note_taken(turn, parcel, receipt.request_id))

    async def _try_later(self, parcel: Parcel, error: Exception) -> bool:
        """Note a try that has failed; return whether it was the last."""
        after_s = error.after_s if isinstance(error, Busy) else 0.0
        tries = parcel.tries + 1
        # What certainly did not reach the partner this time may have the time before.
        is_doubtful = parcel.doubtful or isinstance(error, Unsure)
        counters.FORWARDED.labels("failed").inc()
        if tries > len(BACK_OFF):
            dying = replace(parcel, doubtful=is_doubtful)
            await self._bury(dying, "unreachable" if isinstance(error, NotSent) else "no_answer", str(error))
            return True
        wait = max(BACK_OFF[tries - 1], timedelta(seconds=after_s))
        detail = str(error)[: parcels.DETAIL_MAX]
        await self._postpone(parcel, wait, {"tries": tries, "detail": detail, "doubtful": is_doubtful})
        return False

    async def _postpone(self, parcel: Parcel, wait: timedelta, fields: Mapping[str, object] | None = None) -> None:
        at = clock.now()
        await self._change(Change(key=parcel.key, fields={"next_at": at + wait, **(fields or {})}, at=at))

    async def _bury(self, parcel: Parcel, reason: str, detail: str) -> None:
        log.warning("parcel is dead", partner=parcel.partner, reference=parcel.reference, reason=reason)
        counters.FORWARDED.labels("dead").inc()
        await self._note(parcel, lambda turn: forwarding.note_dead(turn, parcel, reason, detail[: parcels.DETAIL_MAX]))

    async def _change(self, change: Change) -> None:
        await self.db.write(lambda c: parcels.change_parcels(c, (change,)))

    async def _note(self, parcel: Parcel, run: Callable[[Turn], None]) -> None:
        """Settle a parcel, and tell its case, in one commit."""
        await self.desk.recall(CaseId(parcel.case_id))
        await self.desk.order(run)


def make_forwarder(settings: Settings, db: Database, desk: Desk) -> Forwarder:
    """Return the sender of a server with these settings."""
    return Forwarder(db, desk, PartnerSecrets(settings.partner_secrets), PictureFolder(open_shelf(settings)))
