"""The smallest recordings of each kind, built by the rules of their containers."""


def element(name: int, content: bytes, *, unknown: bool = False) -> bytes:
    """Return an EBML element; `unknown` leaves its length open, as live recorders do."""
    head = name.to_bytes((name.bit_length() + 7) // 8, "big")
    size = b"\x01" + b"\xff" * 7 if unknown else b"\x08" + len(content).to_bytes(4, "big")
    return head + size + content


def webm(*, track: int = 2, codec: bytes = b"A_OPUS", more: bytes = b"", doc_type: bytes = b"webm") -> bytes:
    head = element(0x1A45DFA3, element(0x4282, doc_type))
    entry = element(0xAE, element(0xD7, b"\x01") + element(0x83, bytes([track])) + element(0x86, codec))
    cluster = element(0x1F43B675, element(0xE7, b"\x00") + element(0xA3, b"\x81\x00\x00\x80sound"), unknown=True)
    return head + element(0x18538067, element(0x1654AE6B, entry) + more + cluster, unknown=True)


def page(payload: bytes, serial: bytes = b"abcd") -> bytes:
    return b"OggS\x00" + bytes(9) + serial + bytes(8) + bytes([1, len(payload)]) + payload


def ogg(*, codec: bytes = b"OpusHead") -> bytes:
    return page(codec + b"\x01\x01") + page(b"OpusTags") + page(b"sound")


def box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def mp4(*, handler: bytes = b"soun", more: bytes = b"") -> bytes:
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12))))
    return box(b"ftyp", b"isom\x00\x00\x00\x00") + box(b"moov", track + more) + box(b"mdat", b"sound")
