"""Indent by two: keys below their key, items below the key of their list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.authoring.formatting.page import BLOCKS, is_beside
from postroom.source.nodes import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.authoring.formatting.page import Page
    from postroom.source.nodes import Node

STEP = 2


def indented(page: Page) -> list[str]:
    """Return the lines, each indented by its depth."""
    plan = _Plan(page)
    plan.mapping(page.root, 0)
    return [plan.line(number) for number in range(len(page.lines))]


class _Plan:
    """Where each line of a page is to start."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._opening: dict[int, str] = {}
        """By line: what is to stand before its content, blanks and dashes."""
        self._content: dict[int, int] = {}
        """By line: the column at which its content starts now."""
        self._shift: dict[int, int] = {}
        """By line that goes on with a value: by how many columns it moves."""
        self._columns: dict[int, dict[int, int]] = {}
        """By line: columns of the blocks that it stands in, now, and as they are to be."""

    def line(self, number: int) -> str:
        line = self.page.lines[number]
        if number in self._opening:
            return (self._opening[number] + line[self._content[number] :]).rstrip()
        if number in self._shift:
            return _shifted(line, self._shift[number])
        if line.lstrip().startswith("#"):
            return " " * self._margin_of_comment(number) + line.lstrip()
        return line

    def mapping(self, node: Mapping, new: int, around: Iterable[tuple[int, int]] = ()) -> None:
        if not node.entries:
            return
        old = self.page.column(node.entries[0].key.span.start)
        columns = (*around, (old, new))
        for entry in node.entries:
            line = self.page.first_line(entry.key)
            if line not in self._opening:
                self._starts(line, old, new)
            self._columns[line] = dict(columns)
            if not is_beside(entry.key, entry.node):
                self._value(entry.node, line, new, new - old, columns)

    def sequence(self, node: Sequence, new: int, around: tuple[tuple[int, int], ...]) -> None:
        old = self.page.column(node.span.start)
        columns = (*around, (old, new))
        for item in node.items:
            line = self._line_of_dash(self.page.first_line(item), old)
            if line not in self._opening:
                self._starts(line, old, new)
            self._columns[line] = dict(columns)
            self._opening[line] += "- "
            rest = self.page.lines[line][old + 1 :]
            self._content[line] = old + 1 + len(rest) - len(rest.lstrip(" \t"))
            start = self.page.column(item.span.start)
            self._value(item, line, new, new + STEP - start, columns)

    def _starts(self, line: int, old: int, new: int) -> None:
        self._opening[line] = " " * new
        self._content[line] = old

    def _line_of_dash(self, line: int, column: int) -> int:
        while line >= 0:
            text = self.page.lines[line]
            if text[column : column + 1] == "-" and not text[:column].strip(" -"):
                return line
            line -= 1
        raise LookupError("an item without a dash")

    def _value(
        self, node: Node, line: int, new: int, shift: int, columns: tuple[tuple[int, int], ...]
    ) -> None:
        """Plan a value whose key or dash stands on a line, at a new column."""
        page = self.page
        if isinstance(node, Mapping) and not node.flow:
            self.mapping(node, new + STEP, columns)
        elif isinstance(node, Sequence) and not page.is_flow(node):
            self.sequence(node, new + STEP, columns)
        elif isinstance(node, Scalar) and node.style in BLOCKS:
            self._block(node, new)
        else:
            first = page.first_line(node)
            if first > line:
                start = page.column(node.span.start)
                self._starts(first, start, new + STEP)
                shift = new + STEP - start
            for each in range(first + 1, page.last_line(node) + 1):
                self._shift[each] = shift

    def _block(self, node: Scalar, new: int) -> None:
        """Plan the lines of a literal or folded text; a digit in its header says how deep it is."""
        page, first = self.page, self.page.first_line(node)
        header = page.lines[first][page.column(node.span.start) :].partition("#")[0]
        digit = next((int(letter) for letter in header if letter.isdecimal()), STEP)
        letters = (at for at, c in zip(node.words.offsets, node.value, strict=False) if c != "\n")
        start = next(letters, None)
        if start is None:
            return
        for each in range(first + 1, page.last_line(node) + 1):
            self._shift[each] = new + digit - page.column(start)

    def _margin_of_comment(self, number: int) -> int:
        """Return where a comment starts: with what follows it, or with what it is within."""
        line = self.page.lines[number]
        column = len(line) - len(line.lstrip())
        after = next((n for n in range(number, len(self.page.lines)) if n in self._opening), None)
        if after is not None and column == _width(self.page.lines[after]):
            return _width(self._opening[after])
        before = next((n for n in range(number, -1, -1) if n in self._columns), None)
        around = self._columns[before] if before is not None else {}
        outside = [old for old in around if old <= column]
        if outside:
            return around[max(outside)] + column - max(outside)
        return _width(self._opening[after]) if after is not None else 0


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _shifted(line: str, by: int) -> str:
    if by >= 0:
        return " " * by + line if line else line
    return line[min(-by, _width(line)) :]
