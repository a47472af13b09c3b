"""One pass over the lines of a text: which are the author's, and which are quoted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from postroom.mail.phrases import BLANK
from postroom.mail.quotes.attribution import attribution_start
from postroom.mail.quotes.boundary import Boundary, BoundaryFinder, group_wise, notable
from postroom.mail.quotes.html import BEGIN
from postroom.mail.quotes.marker import is_marker

_WRAPPED: Final = 58
"""A quoted line this long was probably wrapped, so that a stray line behind it belongs to it."""
_COLONS: Final = ":\uff1a"


def _stripped(line: str) -> str:
    """Return a line without blanks at its ends; a wide `>` as East Asia types it as a plain one."""
    line = line.strip(BLANK)
    return f">{line[1:]}" if line[:1] == "\uff1e" else line


@dataclass(slots=True)
class Cut:
    """One pass over the lines of a text; collects the ranges that are new and those quoted."""

    lines: list[str]
    bare: list[str] = field(init=False)
    """The same, stripped."""
    new: list[tuple[int, int]] = field(default_factory=list)
    quoted: list[tuple[int, int]] = field(default_factory=list)
    begun: int = 0
    """The first line that is not yet in a range."""
    attributed: bool = False
    """Whether a line above a quotation was seen."""
    boundary: Boundary | None = None
    """The first one."""

    def __post_init__(self) -> None:
        self.bare = [line.strip() if line.isascii() else _stripped(line) for line in self.lines]

    def run(self) -> None:
        """Walk through the lines."""
        bare, count = self.bare, len(self.lines)
        finder = BoundaryFinder(self.bare)
        behind = 0
        for place in notable(bare):
            if place < behind:
                continue
            line = bare[place]
            if line[0] == ">" and group_wise(line):
                self._take(place, count)
                break
            if line[0] == ">" and not self._wrapped_address(place, line):
                behind = self._quoted_run(place)
                continue
            if is_marker(line) and self._marker(place):
                break
            boundary = finder.at(place, line, self.begun)
            if boundary is None:
                continue
            self.boundary = self.boundary or boundary
            behind = finder.next_filled(boundary.end)
            if boundary.kind != "attribution" or not finder.is_quoted(behind):
                self._take(boundary.start, count)
                break
            self._take(boundary.start, boundary.end)
            self.attributed = True
        if self.begun < count:
            self.new.append((self.begun, count))

    def trimmed(self, start: int, end: int) -> list[str]:
        """Return lines without the blank ones at both ends, and one blank line behind them."""
        while start < end and not self.bare[start]:
            start += 1
        while end > start and not self.bare[end - 1]:
            end -= 1
        return [*map(str.rstrip, self.lines[start:end]), ""] if start < end else []

    def _marker(self, place: int) -> bool:
        """Take all from our marker on, with the line above it that says who wrote it."""
        above = place - 1
        while above >= self.begun and not self.bare[above]:
            above -= 1
        if above >= self.begun and self.bare[above][-1] in _COLONS:
            found = attribution_start(self.bare, above, self.begun, quoted_next=True)
            place = above if found is None else found
        if not any(self.bare[self.begun : place]) and not self.new:
            return False
        self._take(place, len(self.lines))
        return True

    def _wrapped_address(self, place: int, line: str) -> bool:
        """Return whether a line with `>` ends an address that began in the line above it."""
        if place == self.begun or line[-1] not in _COLONS or " " in line.strip("> "):
            return False
        above = self.bare[place - 1]
        return above.rfind("<") > above.rfind(">") and not above.startswith(">")

    def _quoted_run(self, place: int) -> int:
        """Take a run of quoted lines, with what was wrapped out of them; return what is next."""
        count = len(self.lines)
        end = place + 1
        last = place
        while end < count:
            line = self.bare[end]
            if line and line[0] != ">" and not self._wrapped(end, last):
                break
            if line:
                last = end
            end += 1
        if self.attributed or self._is_quotation(place, last + 1):
            self._take(place, last + 1)
        return last + 1

    def _wrapped(self, place: int, last: int) -> bool:
        """Return whether a line without `>` is the end of the quoted line right above it."""
        if last != place - 1 or len(self.lines[last]) < _WRAPPED:
            return False
        line = self.lines[place]
        following = self.bare[place + 1][:1] if place + 1 < len(self.bare) else ""
        return len(line) < _WRAPPED and (following == ">" or line[:1].islower())

    def _is_quotation(self, start: int, end: int) -> bool:
        """Return whether lines with `>` that nothing announces are a quotation at all."""
        marked = [line for line in self.bare[start:end] if line[:1] == ">"]
        if all(line.startswith(">>>") for line in marked):
            return False  # a Python session
        if len(marked) > 1:
            return True
        return marked[0][1:2] in (" ", "", BEGIN) and bool(marked[0].strip("> "))

    def _take(self, start: int, end: int) -> None:
        """Note a range as quoted, and what stands before it as new."""
        if start > self.begun:
            self.new.append((self.begun, start))
        self.quoted.append((start, end))
        self.begun = end
