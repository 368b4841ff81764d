"""The ways out that the settings name."""

from collections.abc import Awaitable, Callable, Mapping

import httpx

from services.notify.letter import Channel, Provider
from services.notify.sms import SmsProvider
from services.notify.smtp import SmtpProvider
from services.settings import Settings


def make_providers(
    settings: Settings, client: Callable[[], Awaitable[httpx.AsyncClient]]
) -> Mapping[Channel, Provider]:
    """Return a provider for each channel that is set up; a channel without one is offered to nobody.

    :raises BadSetting: if one is set up half.
    """
    found: dict[Channel, Provider] = {}
    if settings.smtp_url:
        found[Channel.EMAIL] = SmtpProvider(settings.smtp_url, settings.mail_from)
    if settings.sms_url:
        found[Channel.SMS] = SmsProvider(settings.sms_url, settings.sms_secret, client)
    return found
