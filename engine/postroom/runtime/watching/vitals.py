"""What is known of how an engine and its accounts are, gathered from what happens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from postroom.runtime.events import CaughtUp, Committed, Delivered, Recovered, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from postroom.hooks.contracts import Health
    from postroom.runtime.events import Event
    from postroom.source.diagnostic import Diagnostic


@dataclass(slots=True)
class Vitals:
    """What is known of one account, or of a chore: `outbox`, `publish`."""

    since: datetime
    """When we began to look."""
    last_look: datetime | None = None
    """When its mailbox was last looked into from end to end, signed in."""
    last_message: datetime | None = None
    """When a message was last decided."""
    failures: int = 0
    """In a row."""
    found: Diagnostic | None = None
    """What was wrong the last time; None: nothing is."""
    failing_since: datetime | None = None
    next_try: datetime | None = None
    behind_since: datetime | None = None
    """Since when the server holds a newest message that the ledger does not."""
    health: Health | None = None
    """What the server said of the mailbox."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Messages decided in this run, by what became of them."""
    oversize: int = 0
    """Messages of this run that could not be had in full."""
    notices: Counter[str] = field(default_factory=Counter)
    """Attempts to send in this run, by what came of them."""


@dataclass(slots=True)
class AllVitals:
    """Those of all accounts and chores. Any thread may call."""

    began: datetime
    _by_name: dict[str, Vitals] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, event: Event, now: datetime) -> None:
        """Take down what an event says."""
        with self._lock:
            match event:
                case CaughtUp(account, _):
                    vitals = self._of(account)
                    vitals.last_look = now
                    _recover(vitals)
                case Committed(account, decided, _, _):
                    vitals = self._of(account)
                    vitals.last_message = now if decided else vitals.last_message
                    vitals.outcomes.update(decision.outcome for _, decision in decided)
                    vitals.oversize += sum(envelope.problem is not None for envelope, _ in decided)
                case Trouble(account, found, again_in):
                    vitals = self._of(account)
                    vitals.failures += 1
                    vitals.found = found
                    vitals.failing_since = vitals.failing_since or now
                    vitals.next_try = now + again_in if again_in else None
                case Recovered(account):
                    _recover(self._of(account))
                case Delivered(row, state, _, _):
                    self._of(row.account).notices[state] += 1
                case _:
                    pass

    def seen(self, account: str, health: Health) -> None:
        """Take down what a server said of a mailbox."""
        with self._lock:
            self._of(account).health = health

    def behind(self, account: str, now: datetime | None) -> None:
        """Take down that the ledger lacks the newest message of the server; None: it does not."""
        with self._lock:
            vitals = self._of(account)
            vitals.behind_since = (vitals.behind_since or now) if now else None

    def of(self, name: str) -> Vitals:
        """Return what is known of an account."""
        with self._lock:
            return self._of(name)

    def others(self, accounts: frozenset[str]) -> Iterator[tuple[str, Vitals]]:
        """Yield what is known of what is no account."""
        with self._lock:
            names = [name for name in self._by_name if name not in accounts]
        return ((name, self.of(name)) for name in names)

    def _of(self, name: str) -> Vitals:
        return self._by_name.setdefault(name, Vitals(self.began))


def _recover(vitals: Vitals) -> None:
    vitals.failures, vitals.found = 0, None
    vitals.failing_since = vitals.next_try = None
