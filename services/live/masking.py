"""A person's name, telephone and e-mail as they are shown to who has not asked for them in clear."""


def mask_name(name: str) -> str:
    """Return the name with all but its first letter hidden: 王小明 -> 王**."""
    return name[:1] + "*" * min(len(name) - 1, 8) if name else ""


def mask_phone(phone: str) -> str:
    """Return the number with its middle hidden: 13812345678 -> 138****5678; a short one wholly."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 10 else "*" * len(phone)


def mask_email(email: str) -> str:
    """Return the address with its name hidden: wang@city.example -> w***@city.example."""
    name, at, host = email.rpartition("@")
    return f"{name[:1]}***{at}{host}" if at else "*" * min(len(email), 8)
