"""The line that our own mail carries above everything else, so that an answer can be cut there."""

from __future__ import annotations

from typing import Final

MARKER: Final = "-- Please write above this line --"
"""Stands at the top of what we send. Whatever is written above it in an answer is new."""

_CORE: Final = "please write above this line"


def is_marker(line: str) -> bool:
    """Return whether a line is our marker, however a mail program has quoted or dressed it."""
    return len(line) < 200 and _CORE in line.lower()  # noqa: PLR2004
