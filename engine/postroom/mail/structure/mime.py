"""Bytes to a tree of parts (RFC 2045, 2046). Only what structure depends on is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.header.fields import end_of_header, read_header
from postroom.mail.limits import LimitPassed
from postroom.mail.structure.boundaries import Budget, Pieces, split
from postroom.mail.structure.entity import SMALL, Entity, read_entity, remembered_entity
from postroom.mail.structure.part import MESSAGE_TYPES, Part
from postroom.mail.structure.transfer import decode_transfer
from postroom.mail.wrapped.unpack import unpacked

if TYPE_CHECKING:
    from postroom.mail.defects import Defects
    from postroom.mail.header.fields import Header
    from postroom.mail.limits import Limits

_LOOKALIKES: Final = 100
"""How many lines may look like a boundary, for each part that is allowed."""


class _Slice(NamedTuple):
    """Where a body stands."""

    source: bytes
    start: int
    end: int


class TreeReader:
    """Reads the tree of one message, counting what it may hold. Its methods raise LimitPassed."""

    def __init__(self, limits: Limits, defects: Defects, charset: str = "") -> None:
        self.limits = limits
        self.defects = defects
        self.charset = charset
        """What to read text with, whatever is declared; "" to believe the declaration."""
        self._parts = 0
        self._leaves = 0
        self._budget = Budget(limits.parts, limits.parts * _LOOKALIKES)

    def message(self, source: bytes, start: int, end: int, depth: int) -> Part:
        """Read a message inside another, whose header begins at start."""
        return self._inner(source, start, end, depth, "text/plain")

    def root(self, source: bytes, header: Header, end: int) -> Part:
        """Read the message whose header was split already and whose body ends at end."""
        entity = read_entity(header, "text/plain", self.limits, self.defects)
        return self._part(entity, _Slice(source, min(header.body_start, end), end), 0)

    def _inner(self, source: bytes, start: int, end: int, depth: int, default: str) -> Part:
        """Read the entity that stands there, header first."""
        stop, body_start = end_of_header(source, start, end, self.limits.header)
        if stop - start <= SMALL and not self.charset:
            block = source[start:stop]
            entity, found, used = remembered_entity(block, default, self.limits)
            for defect in found:
                self.defects.add(defect.code, defect.detail)
            body_start = body_start if used is None else start + used
        else:
            header = read_header(source, start, end, self.limits, self.defects, self.charset)
            entity = read_entity(header, default, self.limits, self.defects)
            body_start = header.body_start
        return self._part(entity, _Slice(source, min(body_start, end), end), depth)

    def _part(self, entity: Entity, body: _Slice, depth: int) -> Part:
        self.count(depth)
        if entity.problem:
            raise LimitPassed(entity.problem)
        content_type = entity.content_type
        if content_type.startswith("multipart/"):
            children = self._children(entity, body, depth)
            if children:
                return self._built(entity, content_type, body, -1, children)
            content_type = "text/plain"
        index = self.next_leaf()
        if content_type in MESSAGE_TYPES:
            nested = self._nested(entity, body, depth)
            return self._built(entity, content_type, body, index, (nested,))
        return unpacked(self._built(entity, content_type, body, index, ()), self, depth)

    def next_leaf(self) -> int:
        """Return the number of the next leaf."""
        self._leaves += 1
        return self._leaves - 1

    def count(self, depth: int) -> None:
        """Count a part."""
        self._parts += 1
        self._budget.check_parts(self._parts)
        if depth > self.limits.depth:
            raise LimitPassed(f"the message is nested deeper than {self.limits.depth} levels")

    def _built(
        self,
        entity: Entity,
        content_type: str,
        body: _Slice,
        index: int,
        children: tuple[Part, ...],
    ) -> Part:
        return Part(
            entity.headers,
            self.defects,
            content_type,
            entity.params,
            entity.disposition,
            entity.filename,
            entity.content_id,
            self.charset or entity.charset,
            index,
            children,
            entity.encoding,
            body.source,
            body.start,
            body.end,
        )

    def _children(self, entity: Entity, body: _Slice, depth: int) -> tuple[Part, ...]:
        """Read the parts of a multipart; none if its boundary is missing or never occurs."""
        boundary = entity.params.get("boundary", "").rstrip().encode("latin-1", "replace")
        if not boundary:
            self.defects.add("boundary_missing")
            return ()
        source, pieces = self._pieces(body, boundary, entity.encoding)
        if not pieces.ranges:
            self.defects.add("boundary_missing")
            return ()
        if not pieces.closed:
            self.defects.add("missing_end")
        if entity.content_type == "multipart/encrypted":
            self.defects.add("encrypted")
        default = "message/rfc822" if entity.content_type == "multipart/digest" else "text/plain"
        return tuple([self._inner(source, *piece, depth + 1, default) for piece in pieces.ranges])

    def _pieces(self, body: _Slice, boundary: bytes, encoding: str) -> tuple[bytes, Pieces]:
        """Split a multipart; what is tried where its delimiters are not found is ambiguous."""
        source, start, end = body
        pieces = split(source, start, end, boundary, self._budget)
        if encoding:
            self.defects.add("ambiguous_structure", "encoded multipart")
            if not pieces.ranges:
                source = decode_transfer(source[start:end], encoding, self.defects)
                pieces = split(source, 0, len(source), boundary, self._budget)
        elif not pieces.ranges:
            pieces = split(source, start, end, boundary, self._budget, exact=False)
            if pieces.ranges:
                self.defects.add("ambiguous_structure", "boundary")
        return source, pieces

    def _nested(self, entity: Entity, body: _Slice, depth: int) -> Part:
        """Read the message that a part holds."""
        source, start, end = body
        if entity.encoding:
            source = decode_transfer(source[start:end], entity.encoding, self.defects)
            start, end = 0, len(source)
        return self.message(source, start, end, depth + 1)
