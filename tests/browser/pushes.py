"""A push service's messages, as the browser hands them to a page's service worker."""

import json
from typing import Any

from tests.browser.pages import Screen
from tests.browser.phone import until

SHOWN = """([scope, title, body]) => navigator.serviceWorker.getRegistration(scope)
  .then(found => found.getNotifications())
  .then(all => all.some(each => each.title === title && each.body.includes(body)))"""


async def deliver(screen: Screen, origin: str, scope: str, message: dict[str, Any]) -> None:
    """Hand the message to the service worker of that scope, and wait until its notification is shown."""
    page = screen.page
    devtools = await screen.context.new_cdp_session(page)
    registered: dict[str, str] = {}
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registered.update({each["scopeURL"]: each["registrationId"] for each in event["registrations"]}),
    )
    await devtools.send("ServiceWorker.enable")
    for _ in range(50):
        if origin + scope in registered:
            break
        await page.wait_for_timeout(100)
    data = {"origin": origin, "registrationId": registered[origin + scope], "data": json.dumps(message)}
    await devtools.send("ServiceWorker.deliverPushMessage", data)
    await until(page, SHOWN, [scope, message["title"], message["body"]])
