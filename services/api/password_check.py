"""Checks of what somebody would set as a password, without holding up the event loop."""

import asyncio

from fastapi import Request

from services.api.logins import BadAccount, check_password, words_of
from services.api.platform import platform_of
from services.api.problems import Problem
from services.store.accounts import Account


async def check_password_aside(request: Request, password: str, account: Account) -> None:
    """Check a password that is to be set.

    :raises Problem: `weak-password`, with why in both languages.
    """
    platform = platform_of(request)
    own = (*words_of(account), platform.city.name.zh, platform.city.name.en)
    try:
        await asyncio.to_thread(check_password, password, own, platform.settings.breached_passwords)
    except BadAccount as error:
        raise Problem("weak-password", str(error), zh=error.zh) from None
