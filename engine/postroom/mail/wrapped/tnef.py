"""winmail.dat (MS-OXTNEF): the text and the files that Outlook wraps into it. Bounded, tolerant."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from postroom.mail.wrapped.mapi import read_properties
from postroom.mail.wrapped.rtf import rtf_text, uncompressed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIGNATURE: Final = 0x223E9F78
_HEADER: Final = struct.Struct("<IH")
_ATTRIBUTE: Final = struct.Struct("<BII")
_CHECKSUM: Final = 2
_MOST_ATTRIBUTES: Final = 10_000

_BODY: Final = 0x0002800C
_MESSAGE_PROPERTIES: Final = 0x00069003
_CODEPAGE: Final = 0x00069007
_FILE_STARTS: Final = 0x00069002
_FILE_TITLE: Final = 0x00018010
_FILE_DATA: Final = 0x0006800F
_FILE_PROPERTIES: Final = 0x00069005

_PR_BODY: Final = 0x1000
_PR_RTF: Final = 0x1009
_PR_HTML: Final = 0x1013
_PR_CODEPAGE: Final = 0x3FDE
_PR_DATA: Final = 0x3701
_PR_NAMES: Final = (0x3707, 0x3704, 0x3001)
_PR_MIME_TYPE: Final = 0x370E
_PR_CONTENT_ID: Final = 0x3712
_IID_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class TnefFile:
    """A file out of winmail.dat."""

    filename: str
    content_type: str
    content_id: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tnef:
    """What was unpacked."""

    bodies: tuple[tuple[str, str, bytes], ...] = ()
    """Content type, charset and data: the text, and the HTML if there is some."""
    files: tuple[TnefFile, ...] = ()
    problem: str = ""


@dataclass(slots=True)
class _File:
    title: str = ""
    data: bytes = b""
    properties: Mapping[int, bytes | str | int] = field(default_factory=dict)


def read_tnef(data: bytes) -> Tnef:
    """Unpack a TNEF stream; what stands before the damage is there. Never raises."""
    if len(data) < _HEADER.size or _HEADER.unpack_from(data)[0] != _SIGNATURE:
        return Tnef(problem="no TNEF signature")
    codepage = "windows-1252"
    body = b""
    properties: Mapping[int, bytes | str | int] = {}
    files: list[_File] = []
    problem = ""
    for attribute, value in _attributes(data):
        if attribute < 0:
            problem = "ends in the middle"
        elif attribute == _CODEPAGE and len(value) >= 4:  # noqa: PLR2004 - a 32-bit number
            codepage = f"cp{int.from_bytes(value[:4], 'little')}"
        elif attribute == _BODY:
            body = value.rstrip(b"\x00")
        elif attribute == _MESSAGE_PROPERTIES:
            properties = read_properties(value)
        elif attribute == _FILE_STARTS:
            files.append(_File())
        elif files:
            _file_attribute(files[-1], attribute, value)
    return Tnef(
        tuple(_bodies(body, codepage, properties)), tuple(_finished(f) for f in files), problem
    )


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield id and value of each attribute; id -1 where the stream breaks off."""
    at = _HEADER.size
    for _ in range(_MOST_ATTRIBUTES):
        if at + _ATTRIBUTE.size > len(data):
            return
        _, attribute, length = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        yield attribute, data[at : at + length]
        at += length + _CHECKSUM
        if at > len(data) + _CHECKSUM:
            yield -1, b""
            return


def _file_attribute(file: _File, attribute: int, value: bytes) -> None:
    if attribute == _FILE_TITLE:
        file.title = value.rstrip(b"\x00").decode("utf-8", "replace")
    elif attribute == _FILE_DATA:
        file.data = value
    elif attribute == _FILE_PROPERTIES:
        file.properties = read_properties(value)


def _finished(file: _File) -> TnefFile:
    """Put a file together; its properties know more than its title."""
    get = file.properties.get
    names = [name for key in _PR_NAMES if isinstance(name := get(key), str) and name]
    embedded = get(_PR_DATA)
    data = file.data
    if not data and isinstance(embedded, bytes):
        data = embedded[_IID_SIZE:]
    mime = get(_PR_MIME_TYPE)
    content_id = get(_PR_CONTENT_ID)
    return TnefFile(
        names[0] if names else file.title,
        mime.lower() if isinstance(mime, str) else "",
        content_id if isinstance(content_id, str) else "",
        data,
    )


def _bodies(
    body: bytes, codepage: str, properties: Mapping[int, bytes | str | int]
) -> Iterator[tuple[str, str, bytes]]:
    """Yield the text, from the best form there is, and the HTML."""
    number = properties.get(_PR_CODEPAGE)
    html_charset = f"cp{number}" if isinstance(number, int) else codepage
    html = properties.get(_PR_HTML)
    text = properties.get(_PR_BODY)
    rtf = properties.get(_PR_RTF)
    if isinstance(text, str) and text:
        yield "text/plain", "utf-8", text.encode("utf-8", "replace")
    elif body:
        yield "text/plain", codepage, body
    elif isinstance(rtf, bytes) and not html:
        yield "text/plain", "utf-8", rtf_text(uncompressed(rtf)).encode("utf-8", "replace")
    if isinstance(html, bytes) and html:
        yield "text/html", html_charset, html.rstrip(b"\x00")
