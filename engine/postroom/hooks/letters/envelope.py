"""Whom a letter goes to, and from whom it comes, as far as they can be written to at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Refused
from postroom.hooks.letters.text import address, one_line

if TYPE_CHECKING:
    from postroom.hooks.contracts import Letter


@dataclass
class Envelope:
    """Whom a message is for, and who of them was refused."""

    sender: str
    accepted: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    """For good: address and the server's words."""
    later: dict[str, str] = field(default_factory=dict)
    """For now."""

    @property
    def why(self) -> str:
        """Return who was refused, and why."""
        return "; ".join(f"{to}: {said}" for to, said in {**self.refused, **self.later}.items())


def addressed(letter: Letter) -> Envelope:
    """Return the envelope. Raises Refused if nobody can be written to, or nobody writes."""
    sender = address(letter.sender)
    if sender is None:
        raise Refused(f"`{one_line(letter.sender)}` cannot be the sender of a message")
    envelope = Envelope(sender)
    for each in dict.fromkeys(letter.notice.to):
        found = address(each)
        if found is None:
            envelope.refused[one_line(each)] = "not an address that can be written to"
        elif found not in envelope.accepted:
            envelope.accepted.append(found)
    if not envelope.accepted:
        raise Refused(envelope.why or "there is nobody to send it to")
    return envelope
