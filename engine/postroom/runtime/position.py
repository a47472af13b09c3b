"""What the ledger holds of an account's mailboxes, as a transport asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.hooks.contracts import Store


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
