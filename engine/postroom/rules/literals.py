"""Numbers, time spans and sizes as rule files write them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from postroom.lang import units
from postroom.model.settings import ByteSize

if TYPE_CHECKING:
    from datetime import timedelta

_MOST_DIGITS = 18
"""Every such number fits into 64 bits."""
_LONGEST_DECIMAL = 40


def whole_number(text: str) -> int | None:
    """Return the whole number that a text writes in digits, or None."""
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS:
        return int(text)
    return None


def number(text: str) -> Decimal | None:
    """Return the number that a text writes in digits, with a point or without, or None."""
    whole, point, rest = text.removeprefix("-").partition(".")
    digits = whole + rest
    right = digits.isascii() and digits.isdecimal() and whole and bool(point) == bool(rest)
    return Decimal(text) if right and len(text) <= _LONGEST_DECIMAL else None


def time_span(text: str) -> timedelta | None:
    """Return the time span that a text such as `45m` says, or None."""
    count, unit = whole_number(text[:-1]), units.SPANS.get(text[-1:])
    if unit is None or count is None or not 0 <= count <= units.LONGEST / unit:
        return None
    return count * unit


def span_text(span: timedelta) -> str:
    """Return a time span as a rule file writes it, in the largest unit that fits."""
    seconds = int(span.total_seconds())
    for unit, one in reversed(units.SPANS.items()):
        size = int(one.total_seconds())
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def size(text: str) -> ByteSize | None:
    """Return the size in bytes that a text such as `25MB` says, or None."""
    digits = text.rstrip("KMGiB")
    count, unit = whole_number(digits), text[len(digits) :]
    if count is None or count < 0 or (unit and unit not in units.SIZES):
        return None
    return ByteSize(count * units.SIZES.get(unit, 1))
