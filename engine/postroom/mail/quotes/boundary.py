"""Where a text turns from its author's words to somebody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from postroom.mail.phrases import BLANK, LONGEST_LABEL
from postroom.mail.quotes.attribution import (
    WITHOUT_COLON,
    attribution_start,
    dated,
    ends_attribution,
    has_address,
)
from postroom.mail.quotes.headers import (
    announces,
    behind_separator,
    block_at,
    inline_fields,
    is_rule,
    label,
    separator,
)
from postroom.mail.quotes.marker import DECORATION, MARKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LABEL_REACH: Final = LONGEST_LABEL + 6
_COLONS: Final = ":\uff1a"
_FIRST: Final = f">{DECORATION}\u2010\u2011\u2012\u2013\u2014\u2500"
_LAST: Final = _COLONS + "-"
_ZOHO: Final = ("---", "---->")
_OTHER_ENDS: Final = (*WITHOUT_COLON, *_ZOHO)
_OTHER_LAST: Final = "".join({end[-1] for end in _OTHER_ENDS})
_LONGEST_INLINE: Final = 2_000
_MOST_DOUBTS: Final = 500
"""Lines that look like a boundary and are none. Behind so many nobody looks closer."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A line above a quotation, the header block of a mail, or a line that announces one."""

    kind: Literal["attribution", "headers", "original", "forwarded"]
    start: int
    """Its first line, with the row of dashes above it."""
    end: int
    """The line behind it; of a block or an announcement, behind its first line."""
    inline: str = ""
    """What follows the announcement in the same line."""


def notable(lines: Sequence[str]) -> list[int]:
    """Return which of the stripped lines are worth a closer look. Most lines are not.

    They are those in which `BoundaryFinder.at` may find something, those that may be our marker,
    and those that begin with `>`. Each line of all mail comes by here: hence no calls.
    """
    return [
        place
        for place, line in enumerate(lines)
        if line
        and (
            line[0] in _FIRST
            or line[-1] in _LAST
            or ":" in line[:_LABEL_REACH]
            or "\uff1a" in line[:_LABEL_REACH]
            or (line[-1] in _OTHER_LAST and line.endswith(_OTHER_ENDS))
            or MARKING in line
        )
    ]


class BoundaryFinder:
    """Looks at the lines of one text. Each line costs a bounded amount."""

    __slots__ = ("_doubts", "_lines")

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._doubts = 0

    def at(self, place: int, line: str, floor: int) -> Boundary | None:
        """Return the boundary that a line begins, or ends if it is an attribution, or None.

        line is lines[place] stripped and not empty. Nothing above the line `floor` is looked at.
        """
        if self._doubts >= _MOST_DOUBTS:
            return None
        if ":" in line[:_LABEL_REACH] or "\uff1a" in line[:_LABEL_REACH]:
            found = self._headers(place, line, floor)
            if found is not None:
                return found
        if line[0] in _FIRST or line[-1] in _COLONS:
            found = self._announced(place, line, floor)
            if found is not None:
                return found
        if ends_attribution(line) or line.endswith(_ZOHO):
            return self._attribution(place, floor)
        return None

    def next_filled(self, place: int) -> int:
        """Return the first line from a place on that holds something, or the number of lines."""
        count = len(self._lines)
        while place < count and not self._lines[place].strip(BLANK):
            place += 1
        return place

    def is_quoted(self, place: int) -> bool:
        """Return whether a line is there and begins with `>`."""
        return place < len(self._lines) and self._lines[place].lstrip(BLANK)[:1] == ">"

    def _headers(self, place: int, line: str, floor: int) -> Boundary | None:
        found = label(line)
        if found is None:
            return None
        role, _ = found
        start = self._with_rules_above(place, floor)
        if role in ("cc", "other"):
            return None
        if block_at(self._lines, place, announced=start < place) is not None:
            return Boundary("headers", start, place + 1)
        if role == "from" and _is_whole_block(line):
            return Boundary("headers", start, place + 1, line)
        self._doubts += 1
        return None

    def _announced(self, place: int, line: str, floor: int) -> Boundary | None:
        kind = separator(line)
        if not kind:
            return None
        start = self._with_rules_above(place, floor)
        if line[0] == "-" and line.strip("-"):
            return Boundary(kind, start, place + 1, behind_separator(line))
        after = self.next_filled(place + 1)
        if not self.is_quoted(after) and (
            after == len(self._lines) or block_at(self._lines, after, announced=True) is None
        ):
            self._doubts += 1
            return None
        return Boundary(kind, start, place + 1)

    def _attribution(self, place: int, floor: int) -> Boundary | None:
        quoted_next = self.is_quoted(self.next_filled(place + 1))
        start = attribution_start(self._lines, place, floor, quoted_next=quoted_next)
        if start is None:
            self._doubts += 1
            return None
        return Boundary("attribution", self._with_rules_above(start, floor), place + 1)

    def _with_rules_above(self, place: int, floor: int) -> int:
        """Return the first of the rows of dashes above a line, which belong to it."""
        while True:
            above = place - 1
            while above > place - 3 and above >= floor and not self._lines[above].strip(BLANK):
                above -= 1
            line = self._lines[above].strip(BLANK) if above >= floor else ""
            if not line or not (is_rule(line) or announces(line)):
                return place
            place = above


def _is_whole_block(line: str) -> bool:
    """Return whether a line holds a header block whose line ends were lost."""
    if len(line) > _LONGEST_INLINE:
        return False
    roles = {role for role, _ in inline_fields(line)}
    return {"from", "subject"} <= roles and len(roles) > 2  # noqa: PLR2004


def group_wise(line: str) -> bool:
    """Return whether a line is what GroupWise puts above a mail: `>>> Ann 03/04/2024 10:12 >>>`."""
    if not (line.startswith(">>>") and line.endswith(">>>")):
        return False
    return has_address(line) or dated(line) == (True, True)


def first_boundary(lines: Sequence[str]) -> Boundary | None:
    """Return the first place where another mail begins, in quoted lines too, or None."""
    finder = BoundaryFinder(lines)
    inside: BoundaryFinder | None = None
    for place, raw in enumerate(lines):
        line = raw.strip() if raw.isascii() else raw.strip(BLANK)
        if not line:
            continue
        if line[0] != ">":
            found = finder.at(place, line, 0)
        else:
            if inside is None:
                inside = BoundaryFinder([_unquoted(each) for each in lines])
            line = _unquoted(line)
            found = inside.at(place, line, 0) if line else None
            if found is not None and found.kind == "attribution":
                return None
        if found is not None:
            return found
    return None


def _unquoted(line: str) -> str:
    return line.strip(BLANK).lstrip(">").strip(BLANK)
