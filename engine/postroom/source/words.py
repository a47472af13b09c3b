"""The words of a scalar as YAML reads them, each letter tied to where it stands in the file.

Quotes, escapes, folding and indentation are YAML's; an expression is parsed from the value, and
what is said about it is shown at the letters that the author typed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.source.text import Source


@dataclass(frozen=True)
class Words:
    """A text, and the offset in the source of each of its letters."""

    source: Source
    value: str
    offsets: Sequence[int] = field(repr=False)
    """One for each letter of value, ascending, and one more for the end."""

    @classmethod
    def plain(cls, source: Source, start: int, end: int) -> Words:
        """Return a stretch of a source that stands there as it is."""
        return cls(source, source.text[start:end], range(start, end + 1))

    @property
    def span(self) -> Span:
        """All of it."""
        return Span(self.source, self.offsets[0], self.offsets[-1])

    def span_of(self, start: int, end: int) -> Span:
        """Return where value[start:end] stands in the file; at least one letter wide."""
        last = len(self.offsets) - 1
        start, end = min(start, last), min(max(end, start), last)
        first = self.offsets[start]
        stop = self.offsets[end - 1] + 1 if end > start else first + 1
        return Span(self.source, first, max(stop, first + 1))

    def part(self, start: int, end: int) -> Words:
        """Return value[start:end] as words of its own."""
        return Words(self.source, self.value[start:end], self.offsets[start : end + 1])
