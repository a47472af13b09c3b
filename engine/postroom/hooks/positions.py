"""Ask the ledger which messages of a mailbox are new, as every transport has to."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.hooks.contracts import Position

_ASKED = 1_000
"""Keys that the ledger is asked for at once."""


def not_held(position: Position, mailbox: str, epoch: str, keys: Iterable[str]) -> Iterator[str]:
    """Yield the keys of messages that the ledger does not hold, in their order."""
    rest = iter(keys)
    while chunk := list(islice(rest, _ASKED)):
        yield from position.unknown(mailbox, epoch, chunk)
