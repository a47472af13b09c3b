"""The line that our own mail carries above everything else, so that an answer can be cut there."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases import MARKERS, fold
from postroom.mail.phrases.find import PhraseSet

MARKER: Final = "-- Please write above this line --"
"""Stands at the top of what we send. Whatever is written above it in an answer is new."""

_LONGEST: Final = 200
_ENGLISH: Final = "bove this line"
_DECORATION: Final = "-#=*_~[(<|"
_MARKERS: Final = PhraseSet(MARKERS)


def is_marker(line: str) -> bool:
    """Return whether a stripped line is our marker, however a mail program has dressed it.

    The markers of other systems that ask to write above a line count as well; in languages other
    than English only where the line begins with dashes or the like.
    """
    if len(line) > _LONGEST or not (line[0] in _DECORATION or _ENGLISH in line.lower()):
        return False
    return bool(line.strip(_DECORATION)) and bool(_MARKERS.find(fold(line)))


def may_be_marker(line: str) -> bool:
    """Return whether a stripped line is worth the look. Most are not."""
    return (line[0] in _DECORATION and line[1:2] in _DECORATION) or _ENGLISH in line
