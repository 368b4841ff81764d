"""What who reported has to say afterwards, and what the office answers.

Words are personal: the facts name them by `message_id`, and the words themselves stand where they can be deleted. Who
reported is named by the number of his report.
"""

from dispatch.facts.base import FactData


class ReporterWrote(FactData, frozen=True, kw_only=True):
    """留言."""

    report: str
    message_id: str


class ReporterAnswered(FactData, frozen=True, kw_only=True):
    """答复. To one who reported; to all of them where `report` is ""."""

    by: str
    message_id: str
    report: str = ""


class ReportRated(FactData, frozen=True, kw_only=True):
    """评价. 1 to 5 stars; a later one of the same report takes its place. `message_id` is "" without a comment."""

    report: str
    stars: int
    message_id: str = ""


class ReportWithdrawn(FactData, frozen=True, kw_only=True):
    """撤回. His report is none any more. `reporter` is the id under which his name and telephone are kept."""

    report: str
    reporter: str = ""


class ReportRedacted(FactData, frozen=True, kw_only=True):
    """撤下文字与照片. The case has his words and his address (where `words` and `address` say that they were its own)
    and his pictures no longer.
    """

    report: str
    words: bool = False
    address: bool = False
    media: tuple[str, ...] = ()
