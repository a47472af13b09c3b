"""Read a rule file that is written in the plain part of YAML, which nearly all of them are.

The library's parser takes a step for every letter, which is more than half of the time that
checking takes. This reader goes line by line. It knows keys and values on one line, lists, `{ }`
and `[ ]`, quotes, blocks and comments; whatever else it meets, every mistake among it, makes it
unsure, and then the parser is asked about the whole file. So it never has anything to find wrong,
and what it reads is what the parser would have read: tests hold the two to each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.nodes import Entry, Mapping, Scalar, Sequence
from postroom.source.quick_values import DEEPEST, QUOTES, Unsure, brackets, key, plain, quoted
from postroom.source.scalars import readings
from postroom.source.text import Span
from postroom.source.words import Words

if TYPE_CHECKING:
    from postroom.source.nodes import Node, Style
    from postroom.source.text import Source

_BLOCKS: dict[str, Style] = {
    "|": "literal", "|-": "literal", "|+": "literal", ">": "folded", ">-": "folded", ">+": "folded",
}  # fmt: skip
_GAP = (" ", "\n", "")


def quick(source: Source) -> Mapping | None:
    """Return what a file holds, if it is in the plain part of YAML; None where that is not sure."""
    if any(letter in source.text for letter in "\t\r\ufeff"):
        return None
    try:
        return _Lines(source).root()
    except Unsure:
        return None


class _Lines:
    """Goes through the lines. At hand is what stands in one of them from a column on."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.at = 0
        """The offset of what is at hand; the end of the text behind the last line."""
        self.end = 0
        """The offset of the end of its line."""
        self.column = -1
        """-1 behind the last line."""

    def root(self) -> Mapping:
        """Return all of the file."""
        self.to_line(0)
        if self.text.startswith("---\n", self.at) and self.column == 0:
            self.to_line(self.end + 1)
        found = self.node(-1, 1)
        if not isinstance(found, Mapping) or self.column >= 0:
            raise Unsure
        return found

    def to_line(self, start: int) -> None:
        """Go to the first line from an offset on that says something."""
        text = self.text
        while start < len(text):
            end = text.find("\n", start)
            end = end if end >= 0 else len(text)
            rest = text[start:end].lstrip(" ")
            if rest and rest[0] != "#":
                self.end, self.at = end, end - len(rest)
                self.column = self.at - start
                return
            start = end + 1
        self.at, self.end, self.column = len(text), len(text), -1

    def leave(self, end: int, parent: int) -> None:
        """Leave the line in which a value ends; nothing else may belong to that value."""
        text = self.text
        stop = text.find("\n", end)
        stop = stop if stop >= 0 else len(text)
        rest = text[end:stop].lstrip(" ")
        if rest and (rest[0] != "#" or text[end] != " "):
            raise Unsure
        self.to_line(stop + 1)
        if self.column > parent:
            raise Unsure

    def past_spaces(self, at: int) -> int:
        """Return where spaces end."""
        text = self.text
        while text[at : at + 1] == " ":
            at += 1
        return at

    def bare(self, at: int) -> bool:
        """Return whether nothing but a comment stands in the line from an offset on."""
        return at >= self.end or self.text[at] == "#"

    def is_item(self) -> bool:
        """Return whether `- ` is at hand."""
        return self.text[self.at] == "-" and self.text[self.at + 1 : self.at + 2] in _GAP

    def is_key(self) -> bool:
        """Return whether a key with its colon is at hand."""
        letter = self.text[self.at]
        if letter in "[{|>":
            return False
        if letter in QUOTES:
            return self.text.startswith(":", quoted(self.source, self.at).span.end)
        said = self.said(self.at)
        return ": " in said or said[-1] == ":"

    def said(self, at: int) -> str:
        """Return what stands in the line from an offset on, without a comment."""
        return self.text[at : self.end].partition(" #")[0].rstrip(" ")

    def node(self, parent: int, depth: int) -> Node:
        """Read what is at hand, in a column behind that of its parent."""
        if depth > DEEPEST or self.column < 0:
            raise Unsure
        if self.is_item():
            return self.sequence(depth)
        return self.mapping(depth) if self.is_key() else self.value(self.at, parent, depth)

    def mapping(self, depth: int) -> Mapping:
        """Read `key: value`, and what stands in the same column below it."""
        column, start = self.column, self.at
        entries: dict[str, Entry] = {}
        while self.column == column:
            found = key(self.source, self.at)
            if self.text[found.span.end + 1 : found.span.end + 2] not in _GAP:
                raise Unsure
            if found.value in entries:
                raise Unsure
            entries[found.value] = Entry(found, self.behind(found, column, depth))
        if self.column > column:
            raise Unsure
        return Mapping(tuple(entries.values()), Span(self.source, start, self.at))

    def behind(self, key: Scalar, column: int, depth: int) -> Node:
        """Read what stands behind the colon of a key, or below it."""
        at = self.past_spaces(key.span.end + 1)
        if not self.bare(at):
            return self.value(at, column, depth)
        self.to_line(self.end + 1)
        if self.column > column:
            return self.node(column, depth + 1)
        if self.column == column and self.is_item():
            return self.sequence(depth + 1, beside_keys=True)
        return Scalar(Words(self.source, "", [key.span.end]), "plain", key.span)

    def sequence(self, depth: int, *, beside_keys: bool = False) -> Sequence:
        """Read `- item`, and what stands in the same column below it."""
        column, start = self.column, self.at
        items = []
        while self.column == column and self.is_item():
            at = self.past_spaces(self.at + 1)
            if self.bare(at):
                self.to_line(self.end + 1)
            else:
                self.at, self.column = at, self.column + at - self.at
            if self.column <= column:
                raise Unsure
            items.append(self.node(column, depth + 1))
        if self.column > column or (self.column == column and not beside_keys):
            raise Unsure
        return Sequence(tuple(items), Span(self.source, start, self.at))

    def value(self, at: int, parent: int, depth: int) -> Node:
        """Read a value that starts in this line, and leave the line where it ends."""
        letter = self.text[at]
        if letter in "|>":
            return self.block(at, parent)
        found: Node
        if letter in "[{":
            found = brackets(self.source, at, depth + 1)
        elif letter in QUOTES:
            found = quoted(self.source, at)
        else:
            found = self.plain(at)
        self.leave(found.span.end, parent)
        return found

    def plain(self, at: int) -> Scalar:
        """Read a plain value that reaches to the end of its line, or to a comment."""
        value = self.said(at)
        if ": " in value or value[-1] == ":":
            raise Unsure
        return plain(self.source, value, at)

    def block(self, at: int, parent: int) -> Scalar:
        """Read a `|` or `>` block."""
        style = _BLOCKS.get(self.text[at : self.end].rstrip(" "))
        if style is None:
            raise Unsure
        end = self.block_end(parent)
        words = next(readings(self.source, at, end, style))
        self.to_line(end)
        if self.column > parent:
            raise Unsure
        return Scalar(words, style, Span(self.source, at, end))

    def block_end(self, parent: int) -> int:
        """Return where a block ends that starts in the next line: behind its blank lines."""
        text, start, indent = self.text, self.end + 1, -1
        while start < len(text):
            stop = text.find("\n", start)
            line = text[start : stop if stop >= 0 else len(text)]
            spaces = len(line) - len(line.lstrip(" "))
            blank = spaces == len(line)
            if indent < 0 and not blank:
                indent = spaces
            if blank and (stop < 0 or (spaces and spaces > max(indent, 0))):
                raise Unsure
            if not blank and spaces < max(indent, parent + 1):
                break
            start = stop + 1 if stop >= 0 else len(text)
        if indent <= parent:
            raise Unsure
        return min(start, len(text))
