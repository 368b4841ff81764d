"""What the doors and the engine refuse, by name. services/api/problems.py says how each looks on the wire."""

from dispatch.case import Case


class Refused(Exception):
    """Something was asked that is not done."""


class UnknownFeed(Refused):
    """No feed has that name."""


class KeyMissing(Refused):
    """The request carries no source key."""


class KeyUnknown(Refused):
    """No source has that key."""


class KeyOfOtherFeed(Refused):
    """The key belongs to a source that speaks another format."""


class BodyTooLarge(Refused):
    """The body is larger than a message may be."""


class TooManyParts(Refused):
    """The request holds more messages than one may."""


class UnsupportedMediaType(Refused):
    """The content type is not one that messages come in."""


class MalformedMessage(Refused):
    """The request's frame (headers, envelope) cannot be read, so nothing could be stored."""


class Overloaded(Refused):
    """More is waiting to be read than may; the sender should try again shortly."""


class UnknownCase(Refused):
    """No case has that id."""


class NothingAsked(Refused):
    """The source is not asked about that case now."""


class VersionMismatch(Refused):
    """The case has changed since the client saw it."""

    def __init__(self, case: Case) -> None:
        super().__init__(f"the case is at version {case.version}")
        self.version = case.version


class ShuttingDown(Refused):
    """The engine stops; nothing was done."""
