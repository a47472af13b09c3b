"""What an author newly wrote, apart from what is quoted and from the signature.

Works on text line by line, in linear time. Quotations are known by `>`, by the line above them, by
the header block of the mail that is quoted, by a line that announces it, and by our own marker.
Answers below a quotation and between quoted lines are kept. Nothing is ever cut down to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from postroom.mail.quotes.cut import Cut
from postroom.mail.quotes.html import HtmlLines, bare
from postroom.mail.quotes.signatures import signature_start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.mail.quotes.boundary import Boundary

_LONGEST_SIGNATURE: Final = 12
"""Lines with something in them that stand below two dashes, in HTML."""


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
    cut = Cut(lines)
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


def split_html(source: str, text: str | None = None) -> Split:
    """Return what is new, quoted and signature in an HTML document, as text.

    text is all of its text where that was made already, which takes time.
    Answers between quoted lines keep the lines that they answer, which no mark in a text could
    tell from them. A signature is known by its element, or by the two dashes above it.
    """
    read = HtmlLines(source, text)
    lines, signed = read.lines, read.signed
    cut = Cut(lines)
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
    mark = _signed_tail(lines, start, end, signed)
    return not any(lines[start:mark])


def _signed_from(lines: list[str], start: int, end: int, signed: set[int]) -> int:
    """Return the line in which the signature at the end of lines[start:end] begins; end if none.

    Something stays above it.
    """
    mark = _signed_tail(lines, start, end, signed)
    if signed.isdisjoint(range(start, end)):
        dashes = next((i for i in range(end - 1, start - 1, -1) if lines[i] == "--"), end)
        if sum(map(bool, lines[dashes:end])) <= _LONGEST_SIGNATURE:
            mark = dashes
    return mark if any(lines[start:mark]) else end


def _signed_tail(lines: list[str], start: int, end: int, signed: set[int]) -> int:
    """Return where the lines that belong to a signature's element begin, at the end of others."""
    mark = end
    for place in range(end - 1, start - 1, -1):
        line = lines[place]
        if line and place not in signed and line != "--":
            break
        if line:
            mark = place
    return mark
