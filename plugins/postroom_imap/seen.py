"""Remember what was held against the ledger, so that it need not be listed again.

Whatever is new in a folder, or has appeared late, has changed since the server's HIGHESTMODSEQ of
then (RFC 7162). A sweep of a folder in which nothing has changed costs no more than opening it, and
one of a folder in which people mark mail as read lists what they marked. Now and then all is
listed all the same: a server that does not count as it should hides a message for a day at most.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postroom_imap.problems import DeclinedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom_imap.mailbox import Folder
    from postroom_imap.session import Session

LISTED_EVERY = 32
"""Sweeps of which one lists everything: about once a day."""


@dataclass(frozen=True, slots=True)
class _Looked:
    swept: Folder
    """The folder when it was last swept."""
    next_uid: int | None
    """What is below was held against the ledger, in that sweep or since."""
    unsure: tuple[int, ...]
    """UIDs that the ledger did not hold when it was asked."""
    sweeps: int = 0
    """Since everything was listed."""


class Seen:
    """What one transport remembers of its folder."""

    def __init__(self) -> None:
        self._last: _Looked | None = None

    def uids(self, session: Session, folder: Folder, *, sweep: bool) -> list[int]:
        """Return UIDs, ascending, among which is every one that the ledger may not hold."""
        last = self._last
        if last is not None and last.swept.uidvalidity == folder.uidvalidity:
            newer = _swept(session, folder, last) if sweep else _added(session, folder, last)
            if newer is not None:
                return sorted({*last.unsure, *newer})
        self._last = None
        return session.uids()

    def held(self, folder: Folder, unsure: Sequence[int], *, sweep: bool) -> None:
        """Note that every UID was held against the ledger, and which of them it did not hold."""
        last, left = self._last, tuple(unsure)
        if last is None:
            self._last = _Looked(folder, folder.uidnext, left)
        elif sweep:
            self._last = _Looked(folder, folder.uidnext, left, last.sweeps + 1)
        else:
            self._last = replace(last, next_uid=folder.uidnext, unsure=left)


def _swept(session: Session, folder: Folder, last: _Looked) -> list[int] | None:
    """Return what has changed since the last sweep; None if only a list can tell."""
    before, now = last.swept.modseq, folder.modseq
    if not before or not now or now < before or last.sweeps + 1 >= LISTED_EVERY:
        return None
    if now == before:
        same = (folder.uidnext, folder.count) == (last.swept.uidnext, last.swept.count)
        return [] if same else None
    try:
        return session.changed_since(before)
    except DeclinedError:
        return None


def _added(session: Session, folder: Folder, last: _Looked) -> list[int] | None:
    """Return what was added since anybody looked; None if only a list can tell."""
    if folder.uidnext is None or last.next_uid is None or folder.uidnext < last.next_uid:
        return None
    return session.uids(last.next_uid - 1) if folder.uidnext > last.next_uid else []
