"""Where the parts of a multipart are (RFC 2046 5.1), as slices."""

from __future__ import annotations

from typing import NamedTuple

from postroom.mail.limits import LimitPassed


class Pieces(NamedTuple):
    """The body parts between the delimiter lines."""

    ranges: list[tuple[int, int]]
    """Start and end of each; the line break before a delimiter is the delimiter's."""
    closed: bool
    """Whether the closing delimiter is there."""


class Budget:
    """How much work splitting may be, counted over a whole message."""

    __slots__ = ("_lookalikes", "_lookalikes_left", "_parts")

    def __init__(self, parts: int, lookalikes: int) -> None:
        self._parts = parts
        self._lookalikes = self._lookalikes_left = lookalikes

    def check_parts(self, number: int) -> None:
        """Raise LimitPassed if so many parts are too many."""
        if number > self._parts:
            raise LimitPassed(f"the message has more than {self._parts:,} parts")

    def take_lookalike(self) -> None:
        """Count a line that looks like a delimiter and is none. Raises LimitPassed."""
        if not self._lookalikes_left:
            raise LimitPassed(
                f"the message has more than {self._lookalikes:,} lines that look like a boundary"
            )
        self._lookalikes_left -= 1


def split(
    source: bytes, start: int, end: int, boundary: bytes, budget: Budget, *, exact: bool = True
) -> Pieces:
    """Return the parts that stand between delimiter lines of that boundary, in linear time.

    A line is a delimiter if nothing but blanks follows the boundary, for one boundary may begin
    like another; if not exact, anything may follow, as RFC 2046 5.1.1 has it. Lines that only look
    like a delimiter are counted against the budget.
    """
    needle = b"--" + boundary
    ranges: list[tuple[int, int]] = []
    opened = -1
    at = start
    while (found := source.find(needle, at, end)) >= 0:
        at = found + len(needle)
        if found > start and source[found - 1] not in b"\r\n":
            budget.take_lookalike()
            continue
        line_end = source.find(b"\n", at, end)
        line_end = end if line_end < 0 else line_end
        tail = source[at : min(line_end, at + 200)].rstrip()
        if exact and tail not in (b"", b"--"):
            budget.take_lookalike()
            continue
        if opened >= 0:
            ranges.append((opened, max(opened, _before_break(source, opened, found))))
        budget.check_parts(len(ranges))
        if tail == b"--":
            return Pieces(ranges, closed=True)
        at = opened = min(line_end + 1, end)
    if opened >= 0:
        ranges.append((opened, end))
    return Pieces(ranges, closed=False)


def _before_break(source: bytes, start: int, end: int) -> int:
    """Return end without the line break in front of it."""
    if source.endswith(b"\r\n", start, end):
        return end - 2
    if source.endswith((b"\n", b"\r"), start, end):
        return end - 1
    return end
