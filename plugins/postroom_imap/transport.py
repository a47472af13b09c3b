"""Mail from a folder on an IMAP server (RFC 3501).

The key of a message is its UID, its epoch the folder's UIDVALIDITY. Flags decide nothing: what is
new is what the ledger does not hold.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar, TypeVar

from postroom.hooks.contracts import Health, Receipt
from postroom.hooks.positions import not_held
from postroom.model.envelope import Envelope
from postroom.source.diagnostic import Problem
from postroom_imap.problems import DeclinedError, LostError, diagnostic
from postroom_imap.seen import Seen
from postroom_imap.settings import ImapSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from postroom.hooks.contracts import Position, TransportContext
    from postroom.model.envelope import ServerAction
    from postroom_imap.mailbox import Folder, Listed
    from postroom_imap.reader import Had
    from postroom_imap.session import Session

_LISTED = 200
"""Sizes asked for with one command."""
_ASKED = 1_000
"""UIDs whose messages the ledger is asked about at once."""
_NAMED = 8
"""Folders named in a hint."""

Answer = TypeVar("Answer")


class ImapTransport:
    """Mail from a folder on an IMAP server."""

    name: ClassVar[str] = "imap"
    settings: ClassVar[type] = ImapSettings

    def __init__(self, settings: ImapSettings, context: TransportContext) -> None:
        self._settings = settings
        self._context = context
        self._session: Session | None = None
        self._closed = 0
        """How many times close() was called: who began before that must not connect again."""
        self._rounds: tuple[str, dict[int, int]] = ("", {})
        self._seen = Seen()
        self._uidnext: int | None = None
        """Of the folder when it was last fetched from."""

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield messages that the ledger does not hold, by UID. The folder is opened read-only."""
        from postroom_imap.reader import Reader

        began = self._closed
        folder = self._retry(self._open_folder)
        self._uidnext, epoch = folder.uidnext, folder.uidvalidity
        if self._rounds[0] != epoch:
            self._rounds = (epoch, {})

        def session() -> Session:
            return self._reopen(epoch, began)

        most, start_at = self._context.max_message, self._context.start_at
        reader = Reader(self._settings, session, most, self._rounds[1], start_at)
        try:
            fresh = islice(self._fresh(session(), folder, position), limit)
            for had in reader.read(self._listed(session, fresh)):
                yield _envelope(had, folder)
        except LostError as lost:
            if self._closed == began:
                raise lost.problem from None
        except _EndedError:
            return

    def _fresh(self, session: Session, folder: Folder, position: Position) -> Iterator[int]:
        """Yield UIDs of messages that the ledger does not hold, ascending."""
        sweep = position.full_sweep
        if not sweep and not folder.at_gmail:
            above = _above_cursor(session, folder, position)
            yield from self._unknown(session, folder, position, above)
            return
        fresh: list[int] = []
        uids = self._seen.uids(session, folder, sweep=sweep)
        for uid in self._unknown(session, folder, position, uids):
            fresh.append(uid)
            yield uid
        self._seen.held(folder, fresh, sweep=sweep)

    def _unknown(
        self, session: Session, folder: Folder, position: Position, uids: list[int]
    ) -> Iterator[int]:
        place = folder.place("")
        for start in range(0, len(uids), _ASKED):
            by_key = session.keys(uids[start : start + _ASKED])
            for key in not_held(position, place.mailbox, place.epoch, by_key):
                yield by_key[key]

    def _listed(self, session: Callable[[], Session], uids: Iterator[int]) -> Iterator[Listed]:
        while chunk := list(islice(uids, _LISTED)):
            try:
                yield from session().sizes(chunk)
            except DeclinedError as declined:
                code = "PR516" if declined.passing else "PR515"
                words = f"the server does not list its messages: {declined.text}"
                hint = "it is tried again by itself"
                raise Problem(diagnostic(code, self._settings, words, hint)) from None

    def settle(self, action: ServerAction) -> Receipt:
        """Flag, move or delete a message; its UIDVALIDITY and its bytes are compared first."""
        if action.verb == "keep":
            return Receipt(done=True, detail="kept")
        from postroom_imap.settle import settle

        name, limit = self._settings.folder, self._context.max_message
        return self._retry(lambda session: settle(session, action, name, limit))

    def wait(self, timeout: timedelta) -> bool:
        """Wait for the server to tell of new mail; False at once if it cannot."""
        session = self._session
        if session is None or session.folder is None or not session.alive:
            return False
        if not (self._settings.push and session.can("IDLE")):
            return False
        now = session.folder.uidnext
        if now is not None and self._uidnext is not None and now > self._uidnext:
            return True  # it came between fetching and settling, which opens the folder anew
        try:
            return session.idle(timeout.total_seconds())
        except DeclinedError as declined:  # imapclient wants to hear `+` before anything else
            session.drop()  # it may or may not be idling now
            return "EXISTS" in declined.text
        except LostError:
            return False

    def probe(self) -> Health:
        """Sign in and open the folder read-only."""
        folder, last = self._retry(self._look)
        detail = f"signed in as {self._settings.username}; {folder.count} messages in {folder.name}"
        highest = "" if folder.uidnext is None else str(folder.uidnext - 1)
        newest = folder.place(last) if last else None
        return Health(
            ok=True, detail=detail, high_water=highest, waiting=folder.count, newest=newest
        )

    def _look(self, session: Session) -> tuple[Folder, str]:
        """Return the folder, and what its last message is known by, if there is one."""
        folder = self._open_folder(session)
        last = session.last_uid() if folder.count else None
        return folder, next(iter(session.keys([last])), "") if last else ""

    def close(self) -> None:
        """Say goodbye; or end the connection under another thread that uses it."""
        self._closed += 1
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _open_folder(self, session: Session) -> Folder:
        try:
            return session.open(self._settings.folder)
        except DeclinedError as declined:
            raise self._no_folder(session, declined) from None

    def _no_folder(self, session: Session, declined: DeclinedError) -> Problem:
        name = self._settings.folder
        words = f"the folder `{name}` cannot be opened: {declined.text}"
        if declined.passing:
            hint = "it is tried again by itself"
            return Problem(diagnostic("PR516", self._settings, words, hint))
        there = session.folders()
        rest = f", and {len(there) - _NAMED} more" if len(there) > _NAMED else ""
        hint = f"there are: {', '.join(there[:_NAMED])}{rest}"
        return Problem(diagnostic("PR513", self._settings, words, hint))

    def _retry(self, do: Callable[[Session], Answer]) -> Answer:
        """Do it; if the connection proves to be dead, once more over a new one."""
        began, session = self._closed, self._session
        if session is not None and session.alive:
            try:
                return do(self._connected())
            except LostError as lost:
                if self._closed != began:
                    raise lost.problem from None
        try:
            return do(self._connected())
        except LostError as lost:
            raise lost.problem from None

    def _connected(self) -> Session:
        """Return the session, a new one if there is none that works. Raises LostError."""
        from postroom_imap.session import Session

        if self._session is None or not self._session.alive:
            self._session = Session(self._settings, self._context.trace)
        return self._session

    def _reopen(self, epoch: str, began: int) -> Session:
        """Return a session with the folder open as a fetch found it.

        Raises Problem if the server cannot be used, _EndedError if the fetch has to end.
        """
        if self._closed != began:
            raise _EndedError
        session = self._session
        if session is None or not session.alive or session.folder is None:
            session = self._reconnect()
        if session.folder is None or session.folder.uidvalidity != epoch:
            raise _EndedError  # the folder was made anew: the next fetch begins with it
        return session

    def _reconnect(self) -> Session:
        try:
            session = self._connected()
            self._open_folder(session)
        except LostError as lost:
            raise lost.problem from None
        return session


class _EndedError(Exception):
    """A fetch has to end before its time."""


def _above_cursor(session: Session, folder: Folder, position: Position) -> list[int]:
    """Return the UIDs above the highest one that is known."""
    cursor = position.cursor(folder.name, folder.uidvalidity)
    above = int(cursor) if cursor.isdecimal() else 0
    if folder.uidnext is not None and folder.uidnext <= above + 1:
        return []
    return session.uids(above)


def _envelope(had: Had, folder: Folder) -> Envelope:
    listed = had.listed
    return Envelope(
        folder.place(listed.key),
        had.raw,
        listed.size,
        listed.received_at,
        problem=had.problem,
        thread=listed.thread,
    )
