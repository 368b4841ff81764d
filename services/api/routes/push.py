"""Which of a person's browsers are rung through their push services, and whether it works."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Request, Response
from msgspec import Struct
from pydantic import Field

from services.api.fields import Form, Id, Short
from services.api.identity import Reader, needs
from services.api.platform import platform_of
from services.api.problems import Problem
from services.api.routes.workers import OwnDuty, own_worker
from services.api.wire import Page, Reply, reply, reply_page, router
from services.live.push import Report
from services.live.webpush import are_keys, is_push_service
from services.observe.clock import now
from services.store import push
from services.store.accounts import Account
from services.store.push import Subscription

routes = router("push")


class PushKey(Struct, frozen=True, kw_only=True):
    """The server's key, for `pushManager.subscribe` (base64url of an uncompressed point of P-256)."""

    public_key: str


class BrowserKeys(Form):
    p256dh: Annotated[str, Field(min_length=40, max_length=120)]
    auth: Annotated[str, Field(min_length=16, max_length=40)]


class NewSubscription(Form):
    """A `PushSubscription` as the browser gives it, with the language to ring in and what the device is called."""

    endpoint: Annotated[str, Field(min_length=12, max_length=2_000)]
    keys: BrowserKeys
    language: Literal["zh", "en"] = "zh"
    device: Annotated[Short, Field(max_length=120)] = ""


class SubscriptionView(Struct, frozen=True, kw_only=True):
    """One browser. Its endpoint and keys are not shown again."""

    id: str
    device: str
    language: str
    created_at: datetime
    reached_at: datetime | None


class TestResult(Struct, frozen=True, kw_only=True):
    """What became of a test, for each browser."""

    items: Sequence[Report]


def _view(subscription: Subscription) -> SubscriptionView:
    return SubscriptionView(
        id=subscription.id,
        device=subscription.device,
        language=subscription.language,
        created_at=subscription.created_at,
        reached_at=subscription.reached_at,
    )


@routes.get("/workers/me/push/key", operation_id="getPushKey", dependencies=needs("own.duty"))
async def get_push_key(request: Request) -> Reply[PushKey]:
    """The key that a browser subscribes with."""
    return reply(PushKey(public_key=platform_of(request).pusher.sealer.public_key))


@routes.get("/workers/me/push", operation_id="listSubscriptions")
async def list_subscriptions(request: Request, account: OwnDuty) -> Reply[Page[SubscriptionView]]:
    """My browsers that may be rung."""
    found = await platform_of(request).db.read(lambda connection: push.list_of_user(connection, account.id))
    return reply_page([_view(each) for each in found])


@routes.post("/workers/me/push", operation_id="addSubscription", status_code=201)
async def add_subscription(request: Request, new: NewSubscription, account: OwnDuty) -> Reply[SubscriptionView]:
    """Let this browser be rung. The same browser again replaces what was known of it."""
    return await _add(request, new, account, own_worker(request, account))


@routes.delete("/workers/me/push/{subscription_id}", operation_id="removeSubscription", status_code=204)
async def remove_subscription(request: Request, subscription_id: Id, account: OwnDuty) -> Response:
    """Let a browser of mine be rung no more."""
    return await _remove(request, subscription_id, account)


@routes.post("/workers/me/push/test", operation_id="testPush")
async def test_push(request: Request, account: OwnDuty) -> Reply[TestResult]:
    """Ring my browsers now, and say what became of each: taken, gone, refused, or later (no answer)."""
    return reply(TestResult(items=await platform_of(request).pusher.test(account.id)))


# --- the desk's: the same, by the name of the account ------------------------------------------------------


@routes.get("/me/push/key", operation_id="getMyPushKey", dependencies=needs("cases.read"))
async def get_my_push_key(request: Request) -> Reply[PushKey]:
    """The key that a browser subscribes with."""
    return await get_push_key(request)


@routes.get("/me/push", operation_id="listMySubscriptions")
async def list_my_subscriptions(request: Request, account: Reader) -> Reply[Page[SubscriptionView]]:
    """My browsers that may be rung."""
    return await list_subscriptions(request, account)


@routes.post("/me/push", operation_id="addMySubscription", status_code=201)
async def add_my_subscription(request: Request, new: NewSubscription, account: Reader) -> Reply[SubscriptionView]:
    """Let this browser be rung: for what is escalated to me, and for my tasks where I am a worker."""
    return await _add(request, new, account, account.worker_id)


@routes.delete("/me/push/{subscription_id}", operation_id="removeMySubscription", status_code=204)
async def remove_my_subscription(request: Request, subscription_id: Id, account: Reader) -> Response:
    """Let a browser of mine be rung no more."""
    return await _remove(request, subscription_id, account)


@routes.post("/me/push/test", operation_id="testMyPush")
async def test_my_push(request: Request, account: Reader) -> Reply[TestResult]:
    """Ring my browsers now, and say what became of each: taken, gone, refused, or later (no answer)."""
    return await test_push(request, account)


# --- what both do ------------------------------------------------------------------------------------------


async def _add(request: Request, new: NewSubscription, account: Account, worker: str) -> Reply[SubscriptionView]:
    platform = platform_of(request)
    if not is_push_service(new.endpoint, platform.settings.push_services):
        raise Problem("invalid", "body.endpoint: this is no push service that the server knows.")
    if not are_keys(new.keys.p256dh, new.keys.auth):
        raise Problem("invalid", "body.keys: these are no browser's keys.")
    subscription = Subscription(
        id=push.id_of(new.endpoint),
        user_id=account.id,
        worker_id=worker,
        endpoint=new.endpoint,
        p256dh=new.keys.p256dh,
        auth=new.keys.auth,
        language=new.language,
        device=new.device,
        created_at=now(),
    )
    await platform.db.write(lambda connection: push.save_subscription(connection, subscription))
    return reply(_view(subscription), 201)


async def _remove(request: Request, subscription_id: str, account: Account) -> Response:
    removed = await platform_of(request).db.write(
        lambda connection: push.remove_subscription(connection, subscription_id, account.id)
    )
    if not removed:
        raise Problem("not-found", "You have no such browser.")
    return Response(status_code=204)
