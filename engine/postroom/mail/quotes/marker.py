"""The line that our own mail carries above everything else, so that an answer can be cut there."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases import MARKERS, fold
from postroom.mail.phrases.find import PhraseSet

MARKER: Final = "-- Please write above this line --"
"""Stands at the top of what we send. Whatever is written above it in an answer is new."""

_LONGEST: Final = 200
MARKING: Final = "bove this line"
"""Words that are in a marker in English, upper case apart."""
DECORATION: Final = "-#=*_~[(<|"
"""What markers begin with."""
_MARKERS: Final = PhraseSet(MARKERS)


def is_marker(line: str) -> bool:
    """Return whether a stripped line is our marker, however a mail program has dressed it.

    The markers of other systems that ask to write above a line count as well; in languages other
    than English only where the line begins with dashes or the like.
    """
    dressed = line[0] in DECORATION and line[1:2] in DECORATION
    if len(line) > _LONGEST or not (dressed or MARKING in line):
        return False
    return bool(line.strip(DECORATION)) and bool(_MARKERS.find(fold(line)))
