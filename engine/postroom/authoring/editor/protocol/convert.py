"""Between our places and those of the Language Server Protocol (LSP 3.17).

A position is a line and a character from 0; characters are counted in UTF-16 unless client and
server agree on something else, which pygls' codec knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from pygls.workspace import PositionCodec

    from postroom.source.text import Source, Span


def position(codec: PositionCodec, source: Source, offset: int) -> types.Position:
    """Return an offset as a position."""
    line, column = source.position(offset)
    before = source.line(line)[: column - 1]
    return types.Position(line - 1, codec.client_num_units(before))


def range_of(codec: PositionCodec, span: Span) -> types.Range:
    """Return a stretch as a range."""
    start, end = (position(codec, span.source, at) for at in (span.start, span.end))
    return types.Range(start, end)


def whole(codec: PositionCodec, source: Source) -> types.Range:
    """Return the range of a whole text."""
    return types.Range(types.Position(0, 0), position(codec, source, len(source.text)))


def offset_of(codec: PositionCodec, text: str, at: types.Position) -> int:
    """Return a position as an offset; one behind the end of its line is the end of its line."""
    start = 0
    for _ in range(at.line):
        start = text.find("\n", start) + 1
        if start == 0:
            return len(text)
    stop = text.find("\n", start)
    line = text[start : len(text) if stop < 0 else stop].removesuffix("\r")
    units = 0
    for index, letter in enumerate(line):
        if units >= at.character:
            return start + index
        units += codec.client_num_units(letter)
    return start + len(line)
