"""What an author newly wrote, apart from what is quoted and from the signature.

Works on text line by line, in linear time. Quotations are known by `>`, by the line above them, by
the header block of the mail that is quoted, by a line that announces it, and by our own marker.
Answers below a quotation and between quoted lines are kept. Nothing is ever cut down to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from postroom.mail.phrases import BLANK
from postroom.mail.quotes_attribution import attribution_start
from postroom.mail.quotes_boundary import BoundaryFinder
from postroom.mail.replies import is_marker
from postroom.mail.signatures import signature_start

_WRAPPED: Final = 58
"""A quoted line this long was probably wrapped, so that a stray line behind it belongs to it."""
_COLONS: Final = ":\uff1a"


@dataclass(frozen=True, slots=True)
class Split:
    """A text, taken apart."""

    reply: str
    """What the author newly wrote; all of the text where nothing can be told apart."""
    quoted: str = ""
    signature: str = ""


def split_text(text: str) -> Split:
    """Return what is new, quoted and signature in a plain text."""
    lines = text.split("\n")
    cut = _Cut(lines)
    cut.run()
    new: list[str] = []
    signature: list[str] = []
    for start, end in cut.new:
        mark = signature_start(lines, start, end, all_of_it=bool(new))
        new.extend(_trimmed(lines[start:mark]))
        signature.extend(_trimmed(lines[mark:end]))
    if not new:
        return Split(text.strip("\n"))
    quoted = [line for start, end in cut.quoted for line in lines[start:end]]
    return Split(*("\n".join(part).strip("\n") for part in (new, quoted, signature)))


def _trimmed(lines: list[str]) -> list[str]:
    """Return lines without the blank ones at both ends, and one blank line behind them."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip(BLANK):
        start += 1
    while end > start and not lines[end - 1].strip(BLANK):
        end -= 1
    return [*(line.rstrip() for line in lines[start:end]), ""] if start < end else []


@dataclass(slots=True)
class _Cut:
    """One pass over the lines of a text; collects the ranges that are new and those quoted."""

    lines: list[str]
    new: list[tuple[int, int]] = field(default_factory=list)
    quoted: list[tuple[int, int]] = field(default_factory=list)
    begun: int = 0
    """The first line that is not yet in a range."""
    attributed: bool = False
    """Whether a line above a quotation was seen."""

    def run(self) -> None:
        """Walk through the lines."""
        lines, count = self.lines, len(self.lines)
        finder = BoundaryFinder(lines)
        place = 0
        while place < count:
            line = lines[place].strip(BLANK)
            if not line:
                place += 1
            elif line[0] == ">" and not self._wrapped_address(place, line):
                place = self._quoted_run(place)
            elif is_marker(line) and self._marker(place):
                break
            else:
                boundary = finder.at(place, line, self.begun)
                if boundary is None:
                    place += 1
                    continue
                place = finder.next_filled(boundary.end)
                if boundary.kind != "attribution" or not finder.is_quoted(place):
                    self._take(boundary.start, count)
                    break
                self._take(boundary.start, boundary.end)
                self.attributed = True
        if self.begun < count:
            self.new.append((self.begun, count))

    def _marker(self, place: int) -> bool:
        """Take all from our marker on, with the line above it that says who wrote it."""
        above = place - 1
        while above >= self.begun and not self.lines[above].strip(BLANK):
            above -= 1
        if above >= self.begun and self.lines[above].rstrip(BLANK)[-1] in _COLONS:
            found = attribution_start(self.lines, above, self.begun, quoted_next=True)
            place = above if found is None else found
        if not any(self.lines[i].strip(BLANK) for i in range(self.begun, place)) and not self.new:
            return False
        self._take(place, len(self.lines))
        return True

    def _wrapped_address(self, place: int, line: str) -> bool:
        """Return whether a line with `>` ends an address that began in the line above it."""
        if place == self.begun or line[-1] not in _COLONS or " " in line.strip("> "):
            return False
        above = self.lines[place - 1]
        return above.rfind("<") > above.rfind(">") and not above.lstrip(BLANK).startswith(">")

    def _quoted_run(self, place: int) -> int:
        """Take a run of quoted lines, with what was wrapped out of them; return what is next."""
        lines, count = self.lines, len(self.lines)
        end = place + 1
        last = place
        while end < count:
            line = lines[end].strip(BLANK)
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
        following = self.lines[place + 1].strip(BLANK)[:1] if place + 1 < len(self.lines) else ""
        return len(line) < _WRAPPED and (following == ">" or line[:1].islower())

    def _is_quotation(self, start: int, end: int) -> bool:
        """Return whether lines with `>` that nothing announces are a quotation at all."""
        found = [line.lstrip(BLANK) for line in self.lines[start:end]]
        marked = [line for line in found if line[:1] == ">"]
        if all(line.startswith(">>>") for line in marked):
            return False  # a Python session
        if len(marked) > 1:
            return True
        return marked[0][1:2] in (" ", "") and bool(marked[0].strip("> "))

    def _take(self, start: int, end: int) -> None:
        """Note a range as quoted, and what stands before it as new."""
        if start > self.begun:
            self.new.append((self.begun, start))
        self.quoted.append((start, end))
        self.begun = end
