"""Messages that engines died with: which are tried together, which alone, and which no more.

The death of an engine is weak evidence: mostly somebody or something else has ended it, and what
mail does to its readers it does to other processes. So a message is given up only when three deaths
count against it, at the last two of which it was alone in hand; see docs/decisions/0015.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from threading import Event, Lock
from typing import TYPE_CHECKING, Final

from postroom.model.attempts import FEW
from postroom.runtime.messages.quarantine import died

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from postroom.model.attempts import Suspect
    from postroom.model.decision import Decision
    from postroom.model.envelope import Envelope
    from postroom.rules.ruleset import Account
    from postroom.runtime.engine import Engine

ATTEMPTS: Final = 3
"""Deaths that count against a message before it is quarantined unread."""
LIVED: Final = 3.0
"""Seconds for which an engine must have lived before it takes a message for the last time."""


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that can be handled together."""

    envelopes: Sequence[Envelope]
    deaths: int | None = None
    """How many deaths count against each of them; None: no engine died with any."""


def grouped(
    account: str, envelopes: Sequence[Envelope], suspects: Mapping[Suspect, int]
) -> Iterator[Group]:
    """Yield the messages in order, in groups that can be handled together.

    As many as there are, where no engine died with them; `FEW` suspects; alone, where a death
    counts.
    """
    if not suspects:
        yield Group(envelopes)
        return
    for deaths, run in groupby(envelopes, lambda each: suspects.get((account, each.place))):
        some = list(run)
        size = len(some) if deaths is None else 1 if deaths else FEW
        for start in range(0, len(some), size):
            yield Group(some[start : start + size], deaths)


class Caution:
    """Handles suspects, in the whole engine one group at a time. Any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._began = engine.clock.monotonic()
        self._lock = Lock()

    def process(self, account: Account, group: Group) -> list[Decision]:
        """Handle suspects while no others are in hand; give up a message that had its attempts."""
        deaths = group.deaths or 0
        if deaths == ATTEMPTS - 1:
            self._live_first()
        with self._lock:
            if deaths >= ATTEMPTS:
                (envelope,) = group.envelopes
                return [self._engine.give_up(account, envelope, died(deaths), deaths)]
            return self._engine.commit(self._engine.take(account, group.envelopes))

    def _live_first(self) -> None:
        """Wait until this engine has shown that it is not one that dies young, of whatever."""
        clock = self._engine.clock
        left = self._began + LIVED - clock.monotonic()
        if left > 0:
            clock.wait(Event(), left)
