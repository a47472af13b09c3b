"""What somebody may have meant who wrote a word that nobody knows."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CUTOFF = 0.7
"""How much of two words must agree, from 0 to 1."""


def near(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is nearest, or None if none is near enough."""
    best, similarity = None, CUTOFF
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word.casefold()[:100])
    for candidate in sorted(known):
        matcher.set_seq1(candidate.casefold()[:100])
        if matcher.real_quick_ratio() < similarity or matcher.quick_ratio() < similarity:
            continue
        ratio = matcher.ratio()
        if ratio > similarity or (best is None and ratio >= similarity):
            best, similarity = candidate, ratio
    return best


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the hint, or None if no known word is near enough."""
    meant = near(word, known)
    return f"did you mean `{meant}`?" if meant else None
