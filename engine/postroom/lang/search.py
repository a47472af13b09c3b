"""Which of many texts stand in another, in one pass: by RE2, whose sets are given texts alone.

RE2 makes one automaton of all the texts, a tree of their common beginnings, as far as searching has
come. So the time of a search does not grow with the number of texts; nor does it with what stands
in the text, but for the first visit of each branch.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

import re2

Search: TypeAlias = Callable[[bytes], Collection[int]]
"""Gives the numbers of the texts that stand in a text in UTF-8."""
MakeSearch: TypeAlias = Callable[[Sequence[bytes]], Search]
"""From the texts to look for."""

_MEMORY = 16 << 20
"""Bytes that an automaton may grow to; it forgets what it knows and goes on when there are more."""
_MEMORY_FOR_BYTE = 256
"""And for each byte that is looked for, so that there is room for its largest states."""


def one_pass(wanted: Sequence[bytes]) -> Search:
    """Return what looks for texts."""
    options = re2.Options()
    options.literal = True
    options.encoding = re2.Options.Encoding.LATIN1  # bytes as they are
    options.log_errors = False
    options.max_mem = _MEMORY + _MEMORY_FOR_BYTE * sum(map(len, wanted))
    texts = re2.Set.SearchSet(options)
    try:
        for text in wanted:
            texts.Add(text)
        texts.Compile()
    except re2.error:
        return in_turn(wanted)

    def search(text: bytes) -> Collection[int]:
        found: Collection[int] | None = texts.Match(text)
        return found or ()

    # For want of memory RE2 would find nothing, and not say so; it is then short of it at once.
    return search if 0 in search(wanted[0]) else in_turn(wanted)


def in_turn(wanted: Sequence[bytes]) -> Search:
    """Return what looks for one text after the other: slow, and never out of memory."""
    return lambda text: [number for number, each in enumerate(wanted) if each in text]
