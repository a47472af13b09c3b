"""The line that our own mail carries above everything else, so that an answer can be cut there."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases import MARKERS, fold

MARKER: Final = "-- Please write above this line --"
"""Stands at the top of what we send. Whatever is written above it in an answer is new."""

_LONGEST: Final = 200
_WORDS: Final = tuple(dict.fromkeys(marker.partition(" ")[0] for marker in MARKERS))


def is_marker(line: str) -> bool:
    """Return whether a line is our marker, however a mail program has quoted or dressed it.

    The markers of other systems that speak of writing above a line count as well.
    """
    if len(line) > _LONGEST:
        return False
    folded = fold(line)
    return any(marker in folded for marker in MARKERS)


def may_be_marked(text: str) -> bool:
    """Return whether a text is worth looking through for a marker. Costs little."""
    return any(map(text.__contains__, _WORDS))
