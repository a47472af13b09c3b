"""Bytes to a tree of parts (RFC 2045, 2046). Only what structure depends on is decoded."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.mail.boundaries import Budget, split
from postroom.mail.defects import Defects
from postroom.mail.fields import Header, read_header
from postroom.mail.limits import LimitPassed
from postroom.mail.params import Parameters, read_parameters
from postroom.mail.part import MESSAGE_TYPES, Headers, Part
from postroom.mail.transfer import decode_transfer, encoding_of
from postroom.mail.unpack import unpacked

if TYPE_CHECKING:
    from postroom.mail.limits import Limits

_LOOKALIKES: Final = 100
"""How many lines may look like a boundary, for each part that is allowed."""
_CACHEABLE: Final = 300

_NONE: Final = Parameters("", {}, Defects())
_cached_parameters = lru_cache(maxsize=512)(read_parameters)


class _Entity(NamedTuple):
    """A part's header, read, and where its body stands."""

    headers: Headers
    type: Parameters
    disposition: Parameters
    content_type: str
    encoding: str
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
        self._budget = Budget(limits.parts * _LOOKALIKES)

    def message(self, source: bytes, start: int, end: int, depth: int) -> Part:
        """Read a message inside another, or a part, whose header begins at start."""
        header = read_header(source, start, end, self.limits, self.defects)
        return self.part(source, header, end, depth)

    def part(
        self, source: bytes, header: Header, end: int, depth: int, default: str = "text/plain"
    ) -> Part:
        """Read the entity whose header was split and whose body ends at end."""
        self.count(depth)
        if header.problem:
            raise LimitPassed(f"{header.problem}, in a part")
        entity = self._entity(source, header, end, default)
        if entity.content_type.startswith("multipart/"):
            children = self._children(entity, depth)
            if children:
                return self._part(entity, -1, children)
            entity = entity._replace(content_type="text/plain")
        index = self.next_leaf()
        if entity.content_type in MESSAGE_TYPES:
            return self._part(entity, index, (self._nested(entity, depth),))
        return unpacked(self._part(entity, index), self, depth)

    def next_leaf(self) -> int:
        """Return the number of the next leaf."""
        self._leaves += 1
        return self._leaves - 1

    def count(self, depth: int) -> None:
        """Count a part."""
        self._parts += 1
        if self._parts > self.limits.parts:
            raise LimitPassed(f"the message has more than {self.limits.parts:,} parts")
        if depth > self.limits.depth:
            raise LimitPassed(f"the message is nested deeper than {self.limits.depth} levels")

    def _entity(self, source: bytes, header: Header, end: int, default: str) -> _Entity:
        headers = Headers(header.fields, self.defects, self.charset)
        type_ = self._parameters(headers, "content-type")
        disposition = self._parameters(headers, "content-disposition")
        encodings = headers.raw_all("content-transfer-encoding")
        if len(encodings) > 1:
            self.defects.add("ambiguous_structure", "content-transfer-encoding")
        return _Entity(
            headers,
            type_,
            disposition,
            _content_type(type_.word, default, attached=disposition.word == "attachment"),
            encoding_of(encodings[0], self.defects) if encodings else "",
            source,
            min(header.body_start, end),
            end,
        )

    def _part(self, entity: _Entity, index: int, children: tuple[Part, ...] = ()) -> Part:
        names = entity.disposition.values, entity.type.values
        return Part(
            entity.headers,
            entity.content_type,
            entity.type.values,
            entity.disposition.word,
            names[0].get("filename") or names[1].get("name") or "",
            entity.headers.get("content-id").strip(" <>"),
            self.charset or entity.type.values.get("charset", "").strip("'\" ").lower(),
            index,
            children,
            entity.encoding,
            entity.source,
            entity.start,
            entity.end,
            defects=self.defects,
        )

    def _parameters(self, headers: Headers, name: str) -> Parameters:
        """Read a field with parameters; the first counts where there are several."""
        values = headers.raw_all(name)
        if not values:
            return _NONE
        if len(values) > 1:
            self.defects.add("ambiguous_structure", name)
        read = _cached_parameters if len(values[0]) < _CACHEABLE else read_parameters
        parameters = read(values[0], self.limits.parameters)
        for defect in parameters.defects.found:
            self.defects.add(defect.code, defect.detail)
        if parameters.too_many:
            raise LimitPassed(f"{name} has more than {self.limits.parameters} parameters")
        return parameters

    def _children(self, entity: _Entity, depth: int) -> tuple[Part, ...]:
        """Read the parts of a multipart; none if its boundary is missing or never occurs."""
        boundary = entity.type.values.get("boundary", "").rstrip().encode("latin-1", "replace")
        source, start, end = entity.source, entity.start, entity.end
        if not boundary:
            self.defects.add("boundary_missing")
            return ()
        pieces = split(source, start, end, boundary, self._budget)
        if entity.encoding:
            self.defects.add("ambiguous_structure", "encoded multipart")
            if not pieces.ranges:
                source = decode_transfer(source[start:end], entity.encoding, self.defects)
                pieces = split(source, 0, len(source), boundary, self._budget)
        elif not pieces.ranges:
            pieces = split(source, start, end, boundary, self._budget, exact=False)
            if pieces.ranges:
                self.defects.add("ambiguous_structure", "boundary")
        if not pieces.ranges:
            self.defects.add("boundary_missing")
            return ()
        if not pieces.closed:
            self.defects.add("missing_end")
        if entity.content_type == "multipart/encrypted":
            self.defects.add("encrypted")
        default = "message/rfc822" if entity.content_type == "multipart/digest" else "text/plain"
        children: list[Part] = []
        for first, last in pieces.ranges:
            header = read_header(source, first, last, self.limits, self.defects)
            children.append(self.part(source, header, last, depth + 1, default))
        return tuple(children)

    def _nested(self, entity: _Entity, depth: int) -> Part:
        """Read the message that a part holds."""
        if not entity.encoding:
            return self.message(entity.source, entity.start, entity.end, depth + 1)
        data = entity.source[entity.start : entity.end]
        source = decode_transfer(data, entity.encoding, self.defects)
        return self.message(source, 0, len(source), depth + 1)


def _content_type(word: str, default: str, *, attached: bool) -> str:
    """Return the type that a field names; what cannot be one counts as RFC 2045 5.2 says."""
    if not word:
        return default
    type_, slash, subtype = word.replace(" ", "").replace("\t", "").partition("/")
    if type_ and subtype:
        return f"{type_}/{subtype}"
    return "application/octet-stream" if attached and not slash else "text/plain"
