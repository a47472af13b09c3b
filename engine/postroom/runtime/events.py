"""What the runtime tells whoever watches it: the command line, a log, a test.

Watching changes nothing: events say what has happened, after it has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import timedelta

    from postroom.model.batch import OutboxRow
    from postroom.model.decision import Decision
    from postroom.model.envelope import Envelope, ServerAction
    from postroom.source.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class Started:
    """The engine is up."""

    accounts: tuple[str, ...]
    data: str
    rules: str
    """Hash of the rule set."""


@dataclass(frozen=True, slots=True)
class Activated:
    """Other rules decide from now on."""

    rules: str
    """Hash of the rule set."""
    previous: str
    by: str
    """Who activated them; "" if the engine was told to read its folder again."""


@dataclass(frozen=True, slots=True)
class NotActivated:
    """Rules were to decide and are refused; those that decide go on."""

    rules: str
    """Hash of the rule set; "" if its files could not be read."""
    found: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """Messages were decided, and all that follows from them is durable."""

    account: str
    decided: tuple[tuple[Envelope, Decision], ...] = field(repr=False)
    linked: int
    """Messages that were known already and lie in a new place."""
    size: int
    """Bytes of all of them."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A message was flagged, moved or deleted on its server, or will have to be tried again."""

    action: ServerAction
    done: bool
    detail: str


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """Nothing is left to fetch for now."""

    account: str
    fetched: int
    """How many messages this round brought."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An account, or the outbox, cannot go on for now. Others can."""

    account: str
    found: Diagnostic
    again_in: timedelta | None
    """None: not tried again in this run."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """It goes on again."""

    account: str


@dataclass(frozen=True, slots=True)
class Alarmed:
    """Something goes on that people should look at; the account works on."""

    account: str
    found: Diagnostic


@dataclass(frozen=True, slots=True)
class Calmed:
    """What raised an alarm is over."""

    account: str
    code: str
    message: str
    """What the alarm said."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of an attempt to send a notice."""

    row: OutboxRow
    state: str
    """sent, retry, refused."""
    detail: str
    again_in: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """All threads are joined; what was in hand is committed or left for the next start."""


Event: TypeAlias = (
    Started
    | Activated
    | NotActivated
    | Committed
    | Settled
    | CaughtUp
    | Trouble
    | Recovered
    | Alarmed
    | Calmed
    | Delivered
    | Stopped
)
Listener: TypeAlias = Callable[[Event], None]


def nobody(_event: Event) -> None:
    """Listen to nothing."""
