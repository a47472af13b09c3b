"""A list of MAPI properties as TNEF holds it (MS-OXTNEF 2.1.3.4)."""

from __future__ import annotations

from typing import Final

_FIXED: Final = {
    0x0002: 4,
    0x0003: 4,
    0x0004: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x000A: 4,
    0x000B: 4,
    0x0014: 8,
    0x0040: 8,
    0x0048: 16,
}
"""Property type to its size, padding included."""
_STRING8: Final = 0x001E
_UNICODE: Final = 0x001F
_VARIABLE: Final = frozenset({_STRING8, _UNICODE, 0x000D, 0x0102})
_MULTIPLE: Final = 0x1000
_NAMED: Final = 0x8000
_GUID: Final = 16
_MOST: Final = 10_000


class _Reader:
    """Reads little-endian numbers and padded data; raises EOFError behind the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        piece = self.data[self.at : self.at + size]
        if len(piece) < size:
            raise EOFError
        self.at += size
        return piece

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "little")

    def padded(self) -> bytes:
        size = self.number(4)
        piece = self.take(size)
        self.at += -size % 4
        return piece


def read_properties(data: bytes) -> dict[int, bytes | str | int]:
    """Return the properties that have a number of their own; a broken list gives those before."""
    found: dict[int, bytes | str | int] = {}
    reader = _Reader(data)
    try:
        for _ in range(min(reader.number(4), _MOST)):
            type_, key = reader.number(2), reader.number(2)
            if key >= _NAMED:
                _skip_name(reader)
            value = _value(reader, type_)
            if value is None:
                break
            if key < _NAMED:
                found.setdefault(key, value)
    except EOFError:
        pass
    return found


def _skip_name(reader: _Reader) -> None:
    reader.take(_GUID)
    if reader.number(4):
        reader.padded()
    else:
        reader.take(4)


def _value(reader: _Reader, type_: int) -> bytes | str | int | None:
    """Read one value, the first of several; None for a type that does not exist."""
    kind = type_ & ~_MULTIPLE
    variable = kind in _VARIABLE
    if not variable and kind not in _FIXED:
        return None
    count = reader.number(4) if variable or type_ & _MULTIPLE else 1
    values: list[bytes] = []
    for _ in range(min(count, _MOST)):
        piece = reader.padded() if variable else reader.take(_FIXED[kind])
        values = values or [piece]
    first = values[0] if values else b""
    if kind == _UNICODE:
        return first.decode("utf-16-le", "replace").rstrip("\x00")
    if kind == _STRING8:
        return first.rstrip(b"\x00").decode("cp1252", "replace")
    return first if variable else int.from_bytes(first, "little")
