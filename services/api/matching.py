"""Which version a request was made upon (If-Match)."""

from services.api.problems import Problem


def version_of(if_match: str | None) -> int | None:
    """Return the version that If-Match names (RFC 9110, 13.1.1); None for none or `*`.

    :raises Problem: `malformed-request`.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise Problem("malformed-request", 'If-Match carries a version, as in "1234".')
    return int(digits)
