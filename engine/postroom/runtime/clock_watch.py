"""Notice when the time of day jumps, and write it down: entries around it may seem out of order.

How long something took, and when something is tried again in this run, is measured by the steady
clock and does not notice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.ledger.events import clock_jumped
from postroom.model.batch import Batch

if TYPE_CHECKING:
    from postroom.hooks.contracts import Store
    from postroom.runtime.clock import Clock

_TOLERATED = timedelta(seconds=30)
"""Clocks are put right bit by bit all the time; what adds up to more is written down."""


class ClockWatch:
    """Holds the time of day against the steady clock. Used by one thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._ahead = self._difference()

    def look(self) -> None:
        """Write down a jump since the last look. Raises Problem PR52x."""
        ahead = self._difference()
        jump = ahead - self._ahead
        if abs(jump) < _TOLERATED:
            return
        now = self._clock.now()
        self._store.commit(Batch(entries=[clock_jumped(now - jump, now)]))
        self._ahead = ahead

    def _difference(self) -> timedelta:
        """Return how far the time of day is ahead of the steady clock, whose zero means nothing."""
        steady = timedelta(seconds=self._clock.monotonic())
        now = self._clock.now()
        return now - now.min.replace(tzinfo=now.tzinfo) - steady
