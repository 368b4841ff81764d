"""XML as several feeds need it, read so that no sender can do harm by it.

A document type is refused, and with it every entity, file and address that it could name (OWASP, XML External Entity
Prevention); depth, size and number of elements are bounded while reading. Names are compared without namespace and
case: devices of one maker differ in the first (four in Hikvision's alone, and none) and their JSON in the second.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import isfinite, nan
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from services.feeds import PARTS_MAX, Unreadable

SIZE_MAX = 4 * 1024 * 1024
"""Bytes of one document. The largest recorded (a list of 200 warnings) has 0.3 MB."""
DEPTH_MAX = 64
"""Elements within each other. SOAP with an analytics frame has some twenty."""
ELEMENTS_MAX = 50_000
"""Elements of one document."""

_GB = "gb18030"
_ENCODINGS: Mapping[str, str] = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8", "utf-16": "utf-16", "gb2312": _GB,
    "gbk": _GB, "gb18030": _GB, "cp936": _GB, "gb_2312-80": _GB, "iso-8859-1": "cp1252", "windows-1252": "cp1252",
    "big5": "big5", "shift_jis": "cp932", "euc-kr": "cp949",
}  # fmt: skip
"""Declared name -> codec. Each of GB2312, GBK and GB18030 holds the one before, and senders of one write the next."""
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_STRAY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")


@dataclass(slots=True)
class Node:
    """One element: its name and its attributes' names in lower case without prefix, its text trimmed."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def find(self, *path: str) -> "Node | None":
        """Return the first child of a child ... with these names."""
        node: Node | None = self
        for name in path:
            wanted = name.casefold()
            node = next((child for child in node.children if child.name == wanted), None) if node else None
        return node

    def value(self, *path: str) -> str:
        """Return the text of the element there, "" where there is none."""
        found = self.find(*path)
        return found.text if found else ""

    def list(self, name: str) -> Sequence["Node"]:
        """Return the children with this name."""
        wanted = name.casefold()
        return [child for child in self.children if child.name == wanted]

    def walk(self) -> Iterator["Node"]:
        """Yield this element and all within it, in the order of the document."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))

    def within(self, name: str) -> Sequence["Node"]:
        """Return the elements with this name at any depth, this one among them."""
        wanted = name.casefold()
        return [node for node in self.walk() if node.name == wanted]

    def first(self, name: str) -> str:
        """Return the text of the first element with this name at any depth, "" where there is none."""
        wanted = name.casefold()
        return next((node.text for node in self.walk() if node.name == wanted), "")


def read_xml(body: bytes) -> Node:
    """Return the root of a document.

    A stray `&` (which some devices leave in names that people have typed) is read as itself.

    :raises Unreadable: reason `dtd` for a document type or an entity, `size` and `depth` past the bounds,
        `encoding` for bytes of none that we know, `xml` for anything else that is not well-formed.
    """
    text = decode_xml(body)
    try:
        return _parse(text)
    except SAXException as error:
        mended = _STRAY.sub("&amp;", text)
        if mended == text:
            raise Unreadable("xml", str(error)) from None
    try:
        return _parse(mended)
    except SAXException as error:
        raise Unreadable("xml", str(error)) from None


def decode_xml(body: bytes) -> str:
    """Return the text of a document without its XML declaration: by its byte-order mark, by what it declares, else
    UTF-8, else GB18030, which is what devices write that declare nothing, or the wrong thing.

    :raises Unreadable: reason `size` past `SIZE_MAX`, `encoding` where none of these fits.
    """
    if len(body) > SIZE_MAX:
        raise Unreadable("size", f"{len(body)} bytes of XML; at most {SIZE_MAX}")
    for codec in _codecs(body):
        try:
            return _DECLARATION.sub("", body.decode(codec).lstrip("\ufeff"), count=1).strip()
        except UnicodeDecodeError:
            continue
    raise Unreadable("encoding", "neither what it declares, nor UTF-8, nor GB18030")


def _codecs(body: bytes) -> Sequence[str]:
    marked = next((codec for mark, codec in _BOMS if body.startswith(mark)), None)
    found = _DECLARED.match(body[:400])
    declared = _ENCODINGS.get(found.group(1).decode().lower()) if found else None
    return [codec for codec in (marked, declared, "utf-8", _GB) if codec]


def _parse(text: str) -> Node:
    builder = _Builder()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(builder)
    try:
        parser.feed(text.encode("utf-8"))
        parser.close()
    except DefusedXmlException as error:
        raise Unreadable("dtd", f"a document type or an entity is refused: {type(error).__name__}") from None
    except (UnicodeEncodeError, LookupError) as error:  # a lone surrogate; a declaration that is not where it belongs
        raise Unreadable("encoding", str(error)) from None
    if builder.root is None:
        raise Unreadable("xml", "no element found")
    return builder.root


class _Builder(ContentHandler):
    """Makes nodes of what the parser meets, and stops it at the bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.root: Node | None = None
        self._open: list[tuple[Node, list[str]]] = []
        self._count = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX calls it so
        self._count += 1
        if len(self._open) >= DEPTH_MAX:
            raise Unreadable("depth", f"more than {DEPTH_MAX} elements within each other")
        if self._count > ELEMENTS_MAX:
            raise Unreadable("size", f"more than {ELEMENTS_MAX} elements")
        node = Node(_local(name), {_local(key): value for key, value in attrs.items()})
        if self._open:
            self._open[-1][0].children.append(node)
        else:
            self.root = node
        self._open.append((node, []))

    def characters(self, content: str) -> None:
        self._open[-1][1].append(content)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802
        node, pieces = self._open.pop()
        node.text = "".join(pieces).strip()


def _local(name: str) -> str:
    return name.rpartition(":")[2].casefold()


def from_json(value: Any, name: str = "") -> Node:
    """Return decoded JSON as the element that says the same: members are children, a list is its items.

    :raises Unreadable: reason `depth` past `DEPTH_MAX`, `size` past `ELEMENTS_MAX`.
    """
    return _from_json(value, name, 1, count(1))


def _from_json(value: Any, name: str, depth: int, counter: Iterator[int]) -> Node:
    if depth > DEPTH_MAX:
        raise Unreadable("depth", f"more than {DEPTH_MAX} objects within each other")
    if next(counter) > ELEMENTS_MAX:
        raise Unreadable("size", f"more than {ELEMENTS_MAX} values")
    node = Node(_local(name))
    if isinstance(value, Mapping):
        for key, inner in value.items():
            items = inner if isinstance(inner, list) else [inner]
            node.children.extend(_from_json(item, str(key), depth + 1, counter) for item in items)
    elif isinstance(value, list):
        node.children.extend(_from_json(item, name, depth + 1, counter) for item in value)
    elif value is not None:
        node.text = str(value).lower() if isinstance(value, bool) else str(value).strip()
    return node


def number(text: str) -> float | None:
    """Return the finite number that a text is, None where it is none."""
    try:
        found = float(text) if len(text) < 40 else nan
    except ValueError:
        return None
    return found if isfinite(found) else None


def split_elements(body: bytes, name: str) -> Sequence[bytes]:
    """Part a document that holds many elements of a name into one document each; one with fewer than two is itself.

    Each keeps the declaration of the encoding and loses the envelope, and with it what declares prefixes: no name is
    compared with its namespace. It is done on bytes, so that a broken element takes no other with it; the encodings
    that hold `<` in another character's bytes (UTF-16) are not parted, nor is what is too large to be read.
    """
    if len(body) > SIZE_MAX:
        return [body]
    tag = re.escape(name.encode())
    pattern = rb"<((?:[A-Za-z_][\w.-]{0,40}:)?" + tag + rb")(?=[\s>])"
    starts = list(re.finditer(pattern, body))
    if len(starts) < 2:
        return [body]
    declared = re.match(rb"\s*<\?xml[^>]{0,300}\?>", body)
    head = declared.group().strip() if declared else b""
    parts = []
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        until = following.start() if following else len(body)
        end = re.compile(rb"</" + re.escape(start.group(1)) + rb"\s*>").search(body, start.start(), until)
        parts.append(head + body[start.start() : end.end() if end else until].strip())
        if len(parts) > PARTS_MAX:
            break
    return parts
