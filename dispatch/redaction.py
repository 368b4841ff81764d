"""Takes out of a text what leads to a person: for the public, and for another system."""

import re

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_CARD = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
"""A citizen's identity number (GB 11643)."""
_PHONE = re.compile(
    r"(?<![\d.])(?:"
    r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}"  # a mobile of China
    r"|\(?0\d{2,3}\)?[ -]?\d{7,8}"  # a landline with its area code
    r"|\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}"  # with a country code
    r"|\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}"  # of North America
    r")(?!\d)"
)
"""A bare number of other lengths may be a date, a reference or a meter: it stays."""
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Z][ ·]?[A-Z0-9]{4,5}[A-Z0-9挂学警港澳]"
)
_NUMBER = re.compile(r"(?<![\w])\+?(?:[0-9０-９][ \-.()（）]{0,2}){6,24}[0-9０-９xXｘＸ](?![\w])|(?:[0-9０-９]){7,}")
"""Seven digits or more, with what people put between them: telephone numbers, identity cards, bank accounts."""
HIDDEN = "***"


def redact(text: str) -> str:
    """Return the text with e-mail addresses, telephone, identity and plate numbers taken out."""
    for pattern in (_EMAIL, _CARD, _PLATE, _PHONE):
        text = pattern.sub(HIDDEN, text)
    return text


def black_out(text: str) -> str:
    """Return the text without e-mail addresses and long numbers of any kind, for who has no need of them. Names are in
    no form that a rule could know.
    """
    return _NUMBER.sub(HIDDEN, _EMAIL.sub(HIDDEN, text))
