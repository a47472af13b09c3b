"""What an author newly wrote, apart from what is quoted and from the signature.

Works on text line by line, in linear time. Quotations are known by `>`, by the line above them, by
the header block of the mail that is quoted, by a line that announces it, and by our own marker.
Answers below a quotation and between quoted lines are kept. Nothing is ever cut down to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from postroom.mail.phrases import BLANK
from postroom.mail.quotes_attribution import attribution_start
from postroom.mail.quotes_boundary import Boundary, BoundaryFinder, group_wise, may_be_boundary
from postroom.mail.quotes_html import BEGIN, HtmlLines, bare
from postroom.mail.replies import is_marker, may_be_marked
from postroom.mail.signatures import signature_start

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    boundary: Boundary | None = field(default=None, compare=False, repr=False)
    """Where the first mail that is not the author's begins; None where `>` alone shows it."""


def split_text(text: str) -> Split:
    """Return what is new, quoted and signature in a plain text."""
    lines = text.split("\n")
    cut = _Cut(lines, marked=may_be_marked(text))
    cut.run()
    new: list[str] = []
    signature: list[str] = []
    for start, end in cut.new:
        mark = signature_start(cut.bare, start, end, all_of_it=bool(new))
        new += cut.trimmed(start, mark)
        signature += cut.trimmed(mark, end)
    if not new:
        return Split(text.strip("\n"), boundary=cut.boundary)
    quoted = [line for start, end in cut.quoted for line in lines[start:end]]
    return Split(_joined(new), _joined(quoted), _joined(signature), cut.boundary)


def split_html(source: str) -> Split:
    """Return what is new, quoted and signature in an HTML document, as text.

    Answers between quoted lines keep the lines that they answer, which no mark in a text could
    tell from them. A signature is known by its element, or by the two dashes above it.
    """
    read = HtmlLines(source)
    lines, signed = read.lines, read.signed
    cut = _Cut(lines, marked=may_be_marked(source))
    cut.run()
    new = [each for each in cut.new if any(cut.bare[each[0] : each[1]])]
    while len(new) > 1 and _is_signature(cut.bare, *new[-1], signed):
        new.pop()
    if not new:
        return Split(_joined(map(bare, lines)), boundary=cut.boundary)
    start, end = new[0][0], new[-1][1]
    mark = _signed_from(cut.bare, start, end, signed)
    quoted = _joined(map(bare, (*lines[:start], *lines[end:])))
    reply, signature = map(bare, lines[start:mark]), map(bare, lines[mark:end])
    return Split(_joined(reply), quoted, _joined(signature), cut.boundary)


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip("\n")


def _is_signature(lines: list[str], start: int, end: int, signed: set[int]) -> bool:
    """Return whether lines below a quotation are nothing but a signature."""
    if signed.isdisjoint(range(start, end)):
        filled = next(place for place in range(start, end) if lines[place])
        return signature_start(lines, start, end, all_of_it=True) == filled
    return _signed_from(lines, start, end, signed, least=0) == start


def _signed_from(
    lines: list[str], start: int, end: int, signed: set[int], *, least: int = 1
) -> int:
    """Return the line in which the signature at the end of lines[start:end] begins; end if none.

    At least so many lines with something in them stay above it.
    """
    mark = end
    for place in range(end - 1, start - 1, -1):
        line = lines[place]
        if line and place not in signed and line != "--":
            break
        if line:
            mark = place
    filled = sum(map(bool, lines[start:mark]))
    if filled < least:
        return end
    return start if not filled and not least else mark


def _stripped(line: str) -> str:
    """Return a line without blanks at its ends; a wide `>` as East Asia types it as a plain one."""
    line = line.strip(BLANK)
    return f">{line[1:]}" if line[:1] == "\uff1e" else line


@dataclass(slots=True)
class _Cut:
    """One pass over the lines of a text; collects the ranges that are new and those quoted."""

    lines: list[str]
    marked: bool
    """Whether a marker line may be among them."""
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
        place = 0
        while place < count:
            line = bare[place]
            if not line:
                place += 1
            elif line[0] == ">" and group_wise(line):
                self._take(place, count)
                break
            elif line[0] == ">" and not self._wrapped_address(place, line):
                place = self._quoted_run(place)
            elif self.marked and is_marker(line) and self._marker(place):
                break
            else:
                boundary = finder.at(place, line, self.begun) if may_be_boundary(line) else None
                if boundary is None:
                    place += 1
                    continue
                self.boundary = self.boundary or boundary
                place = finder.next_filled(boundary.end)
                if boundary.kind != "attribution" or not finder.is_quoted(place):
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
