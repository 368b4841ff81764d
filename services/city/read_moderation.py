"""moderation.csv: words after which a citizen's report is looked at before anybody else sees it."""

from dispatch.flags import WORD_KINDS, FlagKind, FlagWord
from services.city.files import Reader

MODERATION_FILE = "moderation.csv"
MODERATION_COLUMNS = ("word", "kind")
WORD_MAX = 40
WORDS_MAX = 5_000
"""Each is looked for in every report: five thousand take a millisecond or two."""


def read_moderation(reader: Reader) -> tuple[FlagWord, ...]:
    """Return the words; none where the pack has no moderation.csv."""
    if not reader.has(MODERATION_FILE):
        return ()
    seen: dict[str, int] = {}
    found = []
    for row in reader.rows(MODERATION_FILE, MODERATION_COLUMNS):
        word = row.needed("word")
        kind = FlagKind(row.choice("kind", [each.value for each in WORD_KINDS]))
        if len(word) > WORD_MAX:
            row.fault(f"word has {len(word)} characters; at most {WORD_MAX}")
        if word.casefold() in seen:
            row.fault(f"word is that of line {seen[word.casefold()]}")
        seen.setdefault(word.casefold(), row.line)
        found.append(FlagWord(word, kind))
        if len(found) == WORDS_MAX + 1:
            row.fault(f"more than {WORDS_MAX} words")
    return tuple(found)
