"""Which messages lie in a folder and may be new.

The server tells what changed since a state (SyncFolderItems). The state is kept in memory only: the
ledger is what knows which messages were read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from postroom_ews.problems import DeclinedError

if TYPE_CHECKING:
    from collections.abc import Collection

    from postroom_ews.folders import Folder
    from postroom_ews.session import Change, Session

_STALE = "ErrorInvalidSyncStateData"
_LAST = datetime.max.replace(tzinfo=UTC)


class Listing:
    """The messages of a folder that the ledger is not known to hold."""

    def __init__(self, session: Session, folder: Folder) -> None:
        self._session = session
        self.folder = folder
        self._state = ""
        self._found: dict[str, Change] = {}

    def refresh(self, *, anew: bool) -> None:
        """Take in what changed since the last time, or everything."""
        if not anew and self._state:
            try:
                return self._follow(self._state)
            except DeclinedError as declined:
                if declined.code != _STALE:
                    raise
        self._state = ""
        self._found.clear()
        return self._follow("")

    def keys(self) -> list[str]:
        """Return the ids, the oldest first."""
        return sorted(self._found, key=lambda key: self._found[key].received or _LAST)

    def found(self) -> list[Change]:
        """Return what was said of them, the oldest first."""
        return [self._found[key] for key in self.keys()]

    def keep(self, keys: Collection[str]) -> None:
        """Forget all messages but these: the ledger holds them."""
        self._found = {key: self._found[key] for key in keys}

    def _follow(self, state: str) -> None:
        for change in self._session.changes(self.folder, state):
            if change.gone:
                self._found.pop(change.key, None)
            else:
                self._found[change.key] = change
        self._state = self._session.state_of(self.folder)
