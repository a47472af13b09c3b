"""Which of many texts stand in another: the way for every machine, in plain Python.

Each text to look for has a stretch of seven bytes; wherever it stands, one of the first four runs
of four bytes in that stretch lies at a multiple of four. So only every fourth run of the searched
text is looked up, which takes some ten nanoseconds for a byte, however many texts there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import chain
from typing import TypeAlias

Search: TypeAlias = Callable[[bytes], Collection[int]]
"""Gives the numbers of the texts that stand in a text in UTF-8."""
MakeSearch: TypeAlias = Callable[[Sequence[bytes]], Search]
"""From the texts to look for."""

_RUN = 4
_STRETCH = 2 * _RUN - 1


def plain_search(wanted: Sequence[bytes]) -> Search:
    """Return what looks for texts."""
    short = [number for number, text in enumerate(wanted) if len(text) < _STRETCH]
    runs = _by_runs(wanted)
    keys = frozenset(runs)

    def search(text: bytes) -> Collection[int]:
        whole = memoryview(text)[: len(text) - len(text) % _RUN].cast("I")
        candidates = set(chain(short, *(runs[key] for key in keys.intersection(whole))))
        return [number for number in candidates if wanted[number] in text]

    return search


def _by_runs(wanted: Sequence[bytes]) -> dict[int, list[int]]:
    """Return the numbers of texts by the runs of their rarest stretches."""
    common = Counter(key for text in wanted for key in set(_runs(text)))
    found: dict[int, list[int]] = {}
    for number, text in enumerate(wanted):
        if len(text) < _STRETCH:
            continue
        keys = _runs(text)
        stretches = (keys[at : at + _RUN] for at in range(len(keys) - _RUN + 1))
        for key in set(min(stretches, key=lambda keys: sum(common[key] for key in keys))):
            found.setdefault(key, []).append(number)
    return found


def _runs(text: bytes) -> list[int]:
    """Return each run of four bytes as the number that a memoryview makes of it."""
    view = memoryview(text)
    return [view[at : at + _RUN].cast("I")[0] for at in range(len(text) - _RUN + 1)]
