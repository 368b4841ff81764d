"""Times as partners write them: ISO 8601 with a zone, or anything near it."""

from datetime import UTC, datetime


def read_time(text: str) -> datetime | None:
    """Return the instant, None where the text is none; one without a zone is UTC."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "T", 1))
    except ValueError:
        return None
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return None
