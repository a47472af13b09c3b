"""Leaves that hold others: TNEF, opaque S/MIME signatures, uuencoded files in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from postroom.mail.structure.part import Headers, Part
from postroom.mail.structure.uuencode import find_files, uudecode
from postroom.mail.wrapped.cms import signed_content
from postroom.mail.wrapped.tnef import read_tnef

if TYPE_CHECKING:
    from postroom.mail.defects import Defects

TNEF_TYPES: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_CMS: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_MOST_FILES: Final = 100


class Reader(Protocol):
    """What unpacking needs of the reader of the tree."""

    defects: Defects

    def message(self, source: bytes, start: int, end: int, depth: int) -> Part:
        """Read an entity with a header."""
        ...

    def next_leaf(self) -> int:
        """Return the number of the next leaf."""
        ...

    def count(self, depth: int) -> None:
        """Count a part."""
        ...


def unpacked(part: Part, reader: Reader, depth: int) -> Part:
    """Return the leaf with what it holds as its children; most leaves hold nothing."""
    if part.content_type == "text/plain":
        return _uuencoded(part, reader, depth) if _may_hold_files(part) else part
    if part.content_type in _CMS:
        return _cms(part, reader, depth)
    if part.content_type in TNEF_TYPES or part.filename.lower() == "winmail.dat":
        return _tnef(part, reader, depth)
    return part


def _may_hold_files(part: Part) -> bool:
    if part.disposition == "attachment" or part.encoding == "base64":
        return False
    return part.source.find(b"begin ", part.start, part.end) >= 0


def _uuencoded(part: Part, reader: Reader, depth: int) -> Part:
    """Take uuencoded files out of a text; each becomes a child."""
    data = part.content()
    files = find_files(data, _MOST_FILES)
    if not files:
        return part
    kept: list[bytes] = []
    children: list[Part] = []
    at = 0
    for file in files:
        kept.append(data[at : file.start])
        at = file.end
        content = uudecode(data[file.start : file.end], reader.defects)
        children.append(_file(file.filename, "application/octet-stream", content, reader, depth))
    text = b"".join([*kept, data[at:]])
    return part._replace(encoding="", source=text, start=0, end=len(text), children=tuple(children))


def _cms(part: Part, reader: Reader, depth: int) -> Part:
    """Reach what an opaque S/MIME signature wraps (RFC 8551 3.5.2)."""
    kind = part.params.get("smime-type", "").lower()
    content = None if kind in ("enveloped-data", "certs-only") else signed_content(part.content())
    if content is None:
        if kind != "certs-only":
            reader.defects.add("encrypted")
        return part
    return part._replace(children=(reader.message(content, 0, len(content), depth + 1),))


def _tnef(part: Part, reader: Reader, depth: int) -> Part:
    """Unpack winmail.dat (MS-OXTNEF): its text and its files become children."""
    tnef = read_tnef(part.content())
    if tnef.problem:
        reader.defects.add("bad_tnef", tnef.problem)
    children = [
        _file("", content_type, data, reader, depth)._replace(disposition="inline", charset=charset)
        for content_type, charset, data in tnef.bodies
    ]
    for file in tnef.files:
        content_type = file.content_type or "application/octet-stream"
        child = _file(file.filename, content_type, file.data, reader, depth)
        children.append(child._replace(content_id=file.content_id))
    return part._replace(children=tuple(children))


def _file(name: str, content_type: str, data: bytes, reader: Reader, depth: int) -> Part:
    """Return a part for a file that has no MIME header of its own."""
    reader.count(depth + 1)
    return Part(
        Headers([], {}, reader.defects),
        reader.defects,
        content_type,
        disposition="attachment",
        filename=name,
        leaf=reader.next_leaf(),
        source=data,
        end=len(data),
    )
