"""One rule file as the formatter sees it: nodes, lines, and the comments between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.authoring.layout import walk
from postroom.source.document import read_document
from postroom.source.nodes import Mapping, Scalar, Sequence
from postroom.source.text import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.source.nodes import Node

BLOCKS = ("literal", "folded")
"""Styles of scalars that stand on lines of their own."""


class Unreadable(Exception):  # noqa: N818 - the formatter lets such a file be
    """A text is not a rule file, or holds something whose place is not known."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, from its `#` to the end of its line."""

    start: int
    text: str
    alone: bool
    """Whether nothing else stands on its line."""


class Page:
    """A text that has been read. Lines and columns count from 0. Raises Unreadable."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.source = Source("", text)
        document = read_document(self.source)
        if document.root is None or document.findings:
            raise Unreadable
        self.root: Mapping = document.root

    def line(self, offset: int) -> int:
        """Return the line of an offset."""
        return self.source.position(offset)[0] - 1

    def column(self, offset: int) -> int:
        """Return the column of an offset."""
        return self.source.position(offset)[1] - 1

    def is_flow(self, node: Node) -> bool:
        """Return whether a node is written in brackets or braces, or as one value."""
        match node:
            case Mapping():
                return node.flow
            case Sequence():
                return self.text[node.span.start] == "["
            case Scalar():
                return node.style not in BLOCKS

    def first_line(self, node: Node) -> int:
        """Return the line on which a node starts."""
        return self.line(node.span.start)

    def last_line(self, node: Node) -> int:
        """Return the last line on which something of a node stands."""
        if isinstance(node, Scalar) and node.style in BLOCKS:
            return self._end_of_block(node)
        if not self.is_flow(node) and isinstance(node, Mapping) and node.entries:
            return self.last_line(node.entries[-1].node)
        if not self.is_flow(node) and isinstance(node, Sequence) and node.items:
            return self.last_line(node.items[-1])
        return self.line(max(node.span.start, node.span.end - 1))

    def _end_of_block(self, node: Scalar) -> int:
        offsets = node.words.offsets
        if not node.value:
            return self.first_line(node)
        if offsets[0] <= node.span.start:  # it could not be read letter by letter
            raise Unreadable
        return self.line(offsets[-2])

    def nodes(self) -> Iterator[Node]:
        """Yield every node, keys included, each before what is below it."""
        for node, _ in walk(self.root):
            yield node
            if isinstance(node, Mapping):
                yield from (entry.key for entry in node.entries)

    def comments(self) -> list[Comment]:
        """Return the comments from top to bottom."""
        scalars = [node.span for node in self.nodes() if isinstance(node, Scalar)]
        found: list[Comment] = []
        at = 0
        for start, end in sorted((span.start, span.end) for span in scalars):
            found += self._comments_between(at, start)
            at = max(at, end)
            if self.text[start : start + 1] in ("|", ">"):
                header = self.text.find("\n", start, end)
                found += self._comments_between(start, header if header >= 0 else end)
        return found + self._comments_between(at, len(self.text))

    def _comments_between(self, start: int, end: int) -> list[Comment]:
        found = []
        at = self.text.find("#", start, end)
        while at >= 0:
            stop = self.text.find("\n", at)
            stop = len(self.text) if stop < 0 else stop
            before = self.text[self.text.rfind("\n", 0, at) + 1 : at]
            found.append(Comment(at, self.text[at:stop].rstrip(), not before.strip()))
            at = self.text.find("#", stop, end)
        return found


def is_beside(key: Scalar, node: Node) -> bool:
    """Return whether a key says nothing at all, so that its value has no place of its own."""
    return node.span == key.span
