"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_DOUBLINGS = 32
"""Enough to reach any longest wait; keeps the power of two small."""


@dataclass(frozen=True)
class Backoff:
    """Doubling waits from a first to a longest one, spread so that accounts keep out of step."""

    first: timedelta
    longest: timedelta
    spread: float = 0.0
    """Part of the wait that is left to chance, 0 to 1."""
    chance: Callable[[], float] = random.random

    def after(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures in a row, counted from 1."""
        doubled = self.first * (1 << min(failures - 1, _DOUBLINGS))
        return min(doubled, self.longest) * (1 - self.spread * self.chance())


FETCHING = Backoff(timedelta(seconds=5), timedelta(minutes=5), spread=0.3)
"""For an account whose server cannot be used."""
LASTING = Backoff(timedelta(minutes=2), timedelta(minutes=15), spread=0.3)
"""For what will not mend itself: a wrong password, a certificate, a missing folder."""
SENDING = Backoff(timedelta(minutes=1), timedelta(hours=4))
"""For a notice that could not be sent."""
