"""What a CMS SignedData wraps (RFC 5652 5), out of BER or DER. No signature is checked here."""

from __future__ import annotations

from typing import Final, NamedTuple

_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_DATA: Final = bytes.fromhex("06092a864886f70d010701")
_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_SET: Final = 0x31
_OCTETS: Final = 0x04
_OCTETS_IN_PIECES: Final = 0x24
_CONTEXT_0: Final = 0xA0
_LONGEST_LENGTH: Final = 4
_MOST_PIECES: Final = 200_000


class _Value(NamedTuple):
    """One BER value: its tag, and where its contents are. end is -1 where the length is open."""

    tag: int
    start: int
    end: int


class _Broken(Exception):  # noqa: N818 - never leaves this module
    """It is not the structure that was looked for."""


def signed_content(data: bytes) -> bytes | None:
    """Return the content that is signed, or None if data is no SignedData with content inside."""
    try:
        return _content(data)
    except _Broken:
        return None


def _content(data: bytes) -> bytes:
    outer = _value(data, 0, _SEQUENCE)
    if not data.startswith(_SIGNED_DATA, outer.start):
        raise _Broken
    wrapper = _value(data, outer.start + len(_SIGNED_DATA), _CONTEXT_0)
    signed = _value(data, wrapper.start, _SEQUENCE)
    version = _value(data, signed.start, _INTEGER)
    digests = _value(data, version.end, _SET)
    info = _value(data, _behind(data, digests), _SEQUENCE)
    if not data.startswith(_DATA, info.start):
        raise _Broken
    content = _value(data, info.start + len(_DATA), _CONTEXT_0)
    return _octets(data, content.start)


def _value(data: bytes, at: int, expected: int | None = None) -> _Value:
    """Read tag and length. Raises _Broken where they are not there or not the expected tag."""
    if at + 2 > len(data) or (expected is not None and data[at] != expected):
        raise _Broken
    tag, length = data[at], data[at + 1]
    at += 2
    if length == 0x80:  # noqa: PLR2004 - the indefinite form of BER
        return _Value(tag, at, -1)
    if length > 0x80:  # noqa: PLR2004 - the long form
        octets = length & 0x7F
        if octets > _LONGEST_LENGTH:
            raise _Broken
        length = int.from_bytes(data[at : at + octets], "big")
        at += octets
    return _Value(tag, at, min(at + length, len(data)))


def _behind(data: bytes, value: _Value) -> int:
    """Return where the value behind this one starts, open ends counted through."""
    if value.end >= 0:
        return value.end
    open_ends = 1
    at = value.start
    while open_ends:
        if data[at : at + 2] == b"\x00\x00":
            open_ends -= 1
            at += 2
            continue
        inner = _value(data, at)
        if inner.end < 0:
            open_ends += 1
            at = inner.start
        else:
            at = inner.end
    return at


def _octets(data: bytes, at: int) -> bytes:
    """Return an OCTET STRING, put together if it comes in pieces."""
    value = _value(data, at)
    if value.tag == _OCTETS and value.end >= 0:
        return data[value.start : value.end]
    if value.tag != _OCTETS_IN_PIECES:
        raise _Broken
    pieces: list[bytes] = []
    at = value.start
    end = len(data) if value.end < 0 else value.end
    while at < end and data[at : at + 2] != b"\x00\x00":
        piece = _value(data, at, _OCTETS)
        if piece.end < 0 or len(pieces) > _MOST_PIECES:
            raise _Broken
        pieces.append(data[piece.start : piece.end])
        at = piece.end
    return b"".join(pieces)
