"""Which kind of problem each refusal of the desk, the engine and the store is. The one table."""

from collections.abc import Mapping

from dispatch import refusals as desk
from services.api.problems import Row
from services.city import archive, rows
from services.engine import refusals as engine
from services.engine import renewal
from services.store import accounts, roles, shelf

REFUSALS: Mapping[type[Exception], Row] = {
    desk.IllegalMove: Row("illegal-move", ("legal",)),
    desk.NotAllowed: Row("not-allowed"),
    desk.NotYourTask: Row("not-allowed"),
    desk.MissingField: Row("invalid"),
    desk.BadField: Row("invalid"),
    desk.UnknownWorker: Row("invalid"),
    desk.UnknownCategory: Row("invalid"),
    desk.NoDepartment: Row("conflict"),
    desk.SameWorker: Row("conflict"),
    desk.UnknownCommand: Row("not-found"),
    desk.UnknownDepartment: Row("invalid"),
    desk.UnknownCase: Row("invalid"),
    desk.SameCase: Row("conflict"),
    desk.NotAssisting: Row("conflict"),
    desk.TooLate: Row("conflict"),
    desk.TooOften: Row("conflict"),
    desk.Claimed: Row("claimed", ("by",)),
    desk.AlreadyCalledBack: Row("conflict"),
    desk.ChildrenOpen: Row("conflict"),
    desk.NothingToUndo: Row("conflict"),
    desk.NotEnded: Row("conflict"),
    desk.EndedAlready: Row("conflict"),
    desk.SentAlready: Row("conflict"),
    desk.ReportWithdrawnAlready: Row("conflict"),
    desk.ReportNotRead: Row("conflict"),
    desk.RatingOver: Row("conflict"),
    desk.ReopeningOver: Row("conflict"),
    desk.ReopenedEnough: Row("conflict"),
    engine.UnknownFeed: Row("not-found"),
    engine.UnknownCase: Row("not-found"),
    engine.NothingAsked: Row("conflict"),
    engine.KeyMissing: Row("not-signed-in"),
    engine.KeyUnknown: Row("not-signed-in"),
    engine.KeyOfOtherFeed: Row("not-allowed"),
    engine.BodyTooLarge: Row("too-large"),
    engine.TooManyParts: Row("too-large"),
    engine.UnsupportedMediaType: Row("unsupported-media-type"),
    engine.MalformedMessage: Row("malformed-request"),
    engine.VersionMismatch: Row("version-mismatch", ("version",)),
    engine.Overloaded: Row("overloaded"),
    engine.ShuttingDown: Row("overloaded"),
    rows.UnknownRow: Row("not-found"),
    rows.KeyTaken: Row("conflict"),
    archive.BadArchive: Row("invalid"),
    renewal.NoPack: Row("not-found"),
    renewal.OtherCity: Row("conflict", ("fields",)),
    shelf.BucketAway: Row("media-unreachable", retry_after_s=10, is_quiet=True),
    accounts.NameTaken: Row("conflict"),
    accounts.UnknownAccount: Row("not-found"),
    roles.RoleTaken: Row("conflict"),
    roles.RoleInUse: Row("conflict"),
    roles.UnknownRole: Row("not-found"),
}
"""Every refusal has a row (a test says so); its subclasses are told alike."""
