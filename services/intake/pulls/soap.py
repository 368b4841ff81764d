"""SOAP as ONVIF's event service speaks it (ONVIF Core, 5 and 9): envelopes out, elements in.

The UsernameToken is signed with the device's own clock (WS-Security UsernameToken Profile 1.0, 3.1): a device refuses
a token whose `Created` is some seconds off, and many devices' clocks are minutes off.
"""

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, tostring
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from services.intake.pulls.line import LineEnded

ANSWER_MAX = 4 * 1024 * 1024
"""Bytes of one answer; that of a hundred notifications has about 0.1 MB."""
ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
EVENTS = "http://www.onvif.org/ver10/events/wsdl"
BASE_NOTIFICATION = "http://docs.oasis-open.org/wsn/b-2"
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_TOKEN = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
_MESSAGE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0"


def make_envelope(body: str, *, action: str = "", to: str = "", security: str = "", more: str = "") -> bytes:
    """Return a request. `body`, `security` and `more` (what a subscription wants back) are XML."""
    address = f"<a:Action>{escape(action)}</a:Action>" if action else ""
    address += f"<a:To>{escape(to)}</a:To>" if to else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{ENVELOPE}" xmlns:a="{ADDRESSING}">'
        f"<s:Header>{address}{security}{more}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def make_token(username: str, password: str, created_at: datetime, nonce: bytes | None = None) -> str:
    """Return the header that signs a request: Base64(SHA-1(nonce + created + password)); "" without a name."""
    if not username:
        return ""
    nonce = nonce or secrets.token_bytes(16)
    created = created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    # SHA-1 is what the profile asks for; the line itself must keep the secret (https, or a network of its own).
    digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
    return (
        f'<w:Security s:mustUnderstand="1" xmlns:w="{_SECURITY}" xmlns:u="{_UTILITY}"><w:UsernameToken>'
        f"<w:Username>{escape(username)}</w:Username>"
        f'<w:Password Type="{_TOKEN}#PasswordDigest">{base64.b64encode(digest).decode()}</w:Password>'
        f'<w:Nonce EncodingType="{_MESSAGE}#Base64Binary">{base64.b64encode(nonce).decode()}</w:Nonce>'
        f"<u:Created>{created}</u:Created></w:UsernameToken></w:Security>"
    )


def read_answer(body: bytes) -> Element:
    """Return the root of an answer.

    :raises LineEnded: if it is too large, or no XML that is safe to read.
    """
    if len(body) > ANSWER_MAX:
        raise LineEnded(f"the device answers with more than {ANSWER_MAX} bytes")
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise LineEnded(f"the device answers with no XML that can be read ({type(error).__name__})") from None
    return root


def find(root: Element, name: str) -> Element | None:
    """Return the first element with that local name."""
    return next((each for each in root.iter() if local(each) == name), None)


def text_of(root: Element, name: str) -> str:
    found = find(root, name)
    return (found.text or "").strip() if found is not None else ""


def local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def find_fault(root: Element) -> str | None:
    """Return the reason of a fault, in one line; None where there is none."""
    fault = find(root, "Fault")
    if fault is None:
        return None
    words = [text_of(fault, "Text") or text_of(fault, "faultstring")]
    words += [(each.text or "").strip() for each in fault.iter() if local(each) == "Value"]
    return " ".join(" ".join(word for word in words if word).split())[:200] or "a fault without a reason"


def is_refusal(reason: str) -> bool:
    """Say whether a fault is about who asks (ONVIF Core, 5.12.2.2)."""
    return any(word in reason for word in ("NotAuthorized", "FailedAuthentication", "InvalidSecurity"))


def reference_parameters(root: Element) -> str:
    """Return what a subscription's address wants to see again in the header of each request (WS-Addressing, 2.1)."""
    found = find(root, "ReferenceParameters")
    return "" if found is None else "".join(tostring(each, encoding="unicode") for each in found)


def clock_ahead(root: Element, at: datetime) -> timedelta:
    """Return how far the device's clock is ahead, by its GetSystemDateAndTime; none where it does not say."""
    told = find(root, "UTCDateTime")
    if told is None:
        return timedelta(0)
    try:
        year, month, day, hour, minute, second = (
            int(text_of(told, name)) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")
        )
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - at
    except ValueError:
        return timedelta(0)
