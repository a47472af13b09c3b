"""One message of a batch, with all that is to be written about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.model.decision import Clocked, Decision
    from postroom.model.envelope import Envelope, Place
    from postroom.model.facts import Facts
    from postroom.model.message import Message


@dataclass(frozen=True, slots=True)
class Item:
    """A message that was decided."""

    envelope: Envelope
    message: Message
    facts: Facts
    decision: Decision
    clocked: Clocked

    @property
    def communication(self) -> int:
        """The communication it is: one of its own, or the one whose bytes it repeats."""
        repeats = self.decision.repeats
        return self.facts.communication if repeats is None else repeats


@dataclass(frozen=True, slots=True)
class Link:
    """A message that was known and is found in a new place: its mailbox was numbered anew."""

    place: Place
    communication: int
    sha256: str
