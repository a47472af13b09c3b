"""A text that a person wrote, a stretch of it, and where that stretch is."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate


@dataclass(frozen=True)
class Source:
    """One file, held in memory: its name as the author knows it, and its text."""

    name: str
    text: str = field(repr=False)

    @cached_property
    def _lines(self) -> tuple[str, ...]:
        return tuple(self.text.split("\n"))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return (0, *accumulate(len(line) + 1 for line in self._lines))

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset, both counted from 1, in characters."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self._starts, offset, hi=len(self._lines))
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """Return the text of one line, counted from 1, without its end."""
        return self._lines[number - 1].rstrip("\r")


@dataclass(frozen=True)
class Span:
    """Part of a source, from start up to but not including end, in characters."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words themselves."""
        return self.source.text[self.start : self.end]

    @cached_property
    def place(self) -> str:
        """The place as `file:line:column`."""
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"

    def part(self, start: int, end: int) -> Span:
        """Return a stretch of the same source, given by offsets into the source."""
        return Span(self.source, start, end)
