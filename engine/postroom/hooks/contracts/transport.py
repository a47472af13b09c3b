"""Where messages come from, and what the engine and a transport tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, timedelta

    from postroom.model.envelope import Envelope, Place, ServerAction


class Position(Protocol):
    """What the ledger already holds of an account's mailboxes."""

    @property
    def full_sweep(self) -> bool:
        """Whether to look at every key that the server has, not only at those behind the cursor."""
        ...

    def cursor(self, mailbox: str, epoch: str) -> str:
        """Return the key up to which everything is known, or "" if nothing is."""
        ...

    def unknown(self, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        """Return those of the keys that are not in the ledger, in the same order."""
        ...


@dataclass(frozen=True, slots=True)
class TransportContext:
    """What the engine tells a transport besides its settings."""

    account: str
    max_message: int
    """Bytes; of a larger message only the header is fetched."""
    trace: Callable[[str], None] | None = None
    """Where to write the conversation, secrets masked; None to keep quiet."""
    start_at: datetime | None = None
    """Mail that the server took in before is left alone by the engine, which notes its place.

    Where the server tells when, such mail may be yielded without its bytes.
    """


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one server action."""

    done: bool
    detail: str = ""
    """`already gone`, `moved to Processed`; why it must be tried again if not done."""
    final: bool = True
    """Whether there is no sense in trying again."""


@dataclass(frozen=True, slots=True)
class Health:
    """How an account's connection is."""

    ok: bool
    detail: str
    high_water: str = ""
    """The newest key that the server has, to hold against our own."""
    waiting: int | None = None
    """How many messages lie there."""
    newest: Place | None = None
    """Where the newest of them lies, to look for it in the ledger; None: not known, or none."""


class Transport(Protocol):
    """Where messages come from. Used by one thread at a time.

    Raises `postroom.source.diagnostic.Problem` with a PR5xx code when the server cannot be used:
    PR510 cannot be reached, PR511 sign-in refused, PR512 certificate or TLS, PR513 folder missing,
    PR514 too slow, PR515 the server broke the protocol, PR516 refused for now.
    """

    name: ClassVar[str]
    """How a rule file refers to it: `use: imap`."""
    settings: ClassVar[type]
    """A frozen dataclass, see `postroom.model.settings`."""

    def __init__(self, settings: Any, context: TransportContext) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield at most limit messages that the ledger does not hold, oldest first.

        Changes nothing on the server. A message that cannot be had is yielded with its `problem`.
        """
        ...

    def settle(self, action: ServerAction) -> Receipt:
        """Flag, move or delete one message, after making sure that it is the same one."""
        ...

    def wait(self, timeout: timedelta) -> bool:
        """Wait for new mail; return whether there may be some. Without push: False at once."""
        ...

    def probe(self) -> Health:
        """Sign in, look at the mailbox, change nothing."""
        ...

    def close(self) -> None:
        """Let go of the connection; may be called twice, and from another thread to interrupt."""
        ...


@runtime_checkable
class SettlesTogether(Protocol):
    """A transport with which many actions cost little more than one."""

    def settle_together(self, actions: Sequence[ServerAction]) -> Sequence[Receipt]:
        """Do what `settle` does with some of them: the first, and those behind it if time allows.

        Returns a receipt for each of these in their order, one at least, within about a minute. If
        it raises, nobody knows what became of them: all are asked for again.
        """
        ...
