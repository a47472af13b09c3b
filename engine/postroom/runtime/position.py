"""What the ledger holds of an account's mailboxes, as a transport asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.model.batch import Cursor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from postroom.hooks.contracts import Store
    from postroom.model.envelope import Envelope


@dataclass(frozen=True, slots=True)
class LedgerPosition:
    """A `postroom.hooks.contracts.Position` that asks the store."""

    store: Store
    account: str
    full_sweep: bool

    def cursor(self, mailbox: str, epoch: str) -> str:
        """Return the key up to which everything is known, or ""."""
        return self.store.cursor(self.account, mailbox, epoch)

    def unknown(self, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        """Return those of the keys that are not in the ledger, in the same order."""
        return self.store.unknown(self.account, mailbox, epoch, keys)


def read_to(account: str, envelopes: Sequence[Envelope]) -> list[Cursor]:
    """Return how far each mailbox is read: to the last of its messages, for they come in order."""
    last: Mapping[tuple[str, str], str] = {
        (each.place.mailbox, each.place.epoch): each.place.key for each in envelopes
    }
    return [Cursor(account, mailbox, epoch, key) for (mailbox, epoch), key in last.items()]
