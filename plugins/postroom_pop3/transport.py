"""Mail from a POP3 server (RFC 1939).

The key of a message is its unique id (UIDL), which is for ever; see `keys` for those that share
one. A server holds the mailbox for one
session at a time, so none is kept open longer than needed. Messages can be kept or deleted; there
are no flags and no folders. What is deleted goes when a session ends well, so that many messages
are deleted in one, and none of them is told of as gone before.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from itertools import islice, takewhile
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.contracts import Health, Receipt
from postroom.hooks.positions import not_held
from postroom.model.envelope import Envelope, Place
from postroom_pop3.keys import Keys
from postroom_pop3.problems import DeclinedError, problem
from postroom_pop3.settings import Pop3Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta

    from postroom.hooks.contracts import Position, TransportContext
    from postroom.model.envelope import ServerAction
    from postroom_pop3.session import Session

MAILBOX = "INBOX"
EPOCH = "pop3"
"""Of every place: unique ids and the ids of other transports never mean the same message."""
_HEAD = 64 * 1024
"""Bytes of a message in which its Received field is looked for."""
_LONGEST = 20.0
"""Seconds after which a session that deletes is ended, so that what it did is known."""
_DELETED = Receipt(done=True, detail="deleted")
_ANOTHER = Receipt(done=False, detail="another message has this unique id now")


class Pop3Transport:
    """Mail from a POP3 server."""

    name: ClassVar[str] = "pop3"
    settings: ClassVar[type] = Pop3Settings

    def __init__(self, settings: Pop3Settings, context: TransportContext) -> None:
        self._settings = settings
        self._context = context
        self._session: Session | None = None

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield messages that the ledger does not hold, in the server's order."""
        session = self._open()
        try:
            keys, sizes = self._listed(session)
            numbers = keys.numbers
            for key in islice(not_held(position, MAILBOX, EPOCH, numbers), limit):
                yield self._envelope(session, key, numbers[key], sizes.get(numbers[key], 0))
        finally:
            self._leave(session)

    def _listed(self, session: Session) -> tuple[Keys, Mapping[int, int]]:
        """Return what there is, and the sizes of the messages by number."""
        ids = session.ids()
        sizes = session.sizes() if ids else {}
        return Keys(ids, lambda number: self._content(session, number, sizes.get(number, 0))), sizes

    def _content(self, session: Session, number: int, size: int) -> bytes:
        """Return what tells a message from others with its id, as much as the server gives."""
        large = size > self._context.max_message
        try:
            return session.header(number, 0 if large else size)
        except DeclinedError as declined:
            self._stop_if_passing(declined)
        try:
            return b"" if large else session.message(number, size)
        except DeclinedError as declined:
            self._stop_if_passing(declined)
        return b""

    def _stop_if_passing(self, declined: DeclinedError) -> None:
        """Raise Problem PR516 for a refusal that is about the server, not about a message."""
        if declined.passing:
            words = f"the server gives no messages now: {declined.text}"
            raise problem("PR516", self._settings, words) from None

    def _envelope(self, session: Session, key: str, number: int, size: int) -> Envelope:
        place = Place(MAILBOX, EPOCH, key)
        most = self._context.max_message
        try:
            if size > most:
                trouble = f"the message has {size} bytes, and at most {most} are taken"
                return Envelope(place, session.header(number), size, problem=trouble)
            raw = session.message(number, size)
        except DeclinedError as declined:
            self._stop_if_passing(declined)
            trouble = f"the server does not give the message: {declined.text}"
            return Envelope(place, b"", size, problem=trouble)
        return Envelope(place, raw, len(raw), received_at(raw))

    def settle(self, action: ServerAction) -> Receipt:
        """Delete a message, whose bytes are compared first."""
        return self.settle_together([action])[0]

    def settle_together(self, actions: Sequence[ServerAction]) -> Sequence[Receipt]:
        """Delete messages in one session, each after its bytes were compared."""
        if actions[0].verb != "delete":
            return [_not_deleted(actions[0])]
        wanted = list(takewhile(lambda each: each.verb == "delete", actions))
        session = self._open()
        try:
            return self._delete(session, wanted)
        finally:
            self._leave(session)

    def _delete(self, session: Session, actions: Sequence[ServerAction]) -> list[Receipt]:
        """Mark messages until there are no more, or time is up; then end the session."""
        until = time.monotonic() + _LONGEST
        keys, sizes = self._listed(session)
        receipts: list[Receipt] = []
        for action in actions:
            receipts.append(self._mark_one(session, action, keys.found(action.place.key), sizes))
            if time.monotonic() > until:
                break
        try:
            session.leave()
        except DeclinedError as declined:  # "some deleted messages not removed" (RFC 1939 6)
            later = Receipt(done=False, detail=declined.text, final=False)
            return [later if each is _DELETED else each for each in receipts]
        self._session = None
        return receipts

    def _mark_one(
        self,
        session: Session,
        action: ServerAction,
        numbers: Sequence[int] | None,
        sizes: Mapping[int, int],
    ) -> Receipt:
        """Mark the one of several messages that is meant."""
        if numbers is None:
            return Receipt(done=True, detail="already gone")
        tried = (self._mark(session, action, each, sizes.get(each, 0)) for each in numbers)
        return next((receipt for receipt in tried if receipt is not _ANOTHER), _ANOTHER)

    def _mark(self, session: Session, action: ServerAction, number: int, size: int) -> Receipt:
        """Mark a message to be deleted, if it is the one that is meant."""
        large = size > self._context.max_message
        try:
            raw = session.header(number) if large else session.message(number, size)
            if sha256(raw).hexdigest() != action.sha256:
                return _ANOTHER
            session.delete(number)
        except DeclinedError as declined:
            return Receipt(done=False, detail=declined.text, final=False)
        return _DELETED

    def wait(self, timeout: timedelta) -> bool:
        """Return False at once: a POP3 server cannot tell of new mail."""
        del timeout
        return False

    def probe(self) -> Health:
        """Sign in and count."""
        session = self._open()
        try:
            keys = list(self._listed(session)[0].numbers)
        finally:
            self._leave(session)
        detail = f"signed in as {self._settings.username}; {len(keys)} messages"
        newest = keys[-1] if keys else ""
        place = Place(MAILBOX, EPOCH, newest) if newest else None
        return Health(ok=True, detail=detail, high_water=newest, waiting=len(keys), newest=place)

    def close(self) -> None:
        """End the connection, under another thread that uses it as well; nothing is deleted."""
        session, self._session = self._session, None
        if session is not None:
            session.drop()

    def _open(self) -> Session:
        from postroom_pop3.session import Session

        self.close()  # the server lets one session in at a time
        self._session = Session(self._settings, self._context.trace)
        return self._session

    def _leave(self, session: Session) -> None:
        """End a session that deletes nothing, unless another one has begun meanwhile."""
        if self._session is session:
            self.close()


def _not_deleted(action: ServerAction) -> Receipt:
    if action.verb == "keep":
        return Receipt(done=True, detail="kept")
    detail = "a POP3 server has no flags and no folders: say `keep` or `delete_after`"
    return Receipt(done=False, detail=detail)


def received_at(raw: bytes) -> datetime | None:
    """Return when the server took a message in: the date of its topmost Received field.

    The server wrote it (RFC 5321 4.4); POP3 itself does not tell. None if there is none.
    """
    found: list[bytes] = []
    for line in raw[:_HEAD].split(b"\n"):
        if found and not line.startswith((b" ", b"\t")):
            break
        if found or line[:9].lower() == b"received:":
            found.append(line)
        elif not line.strip():
            break  # the end of the header
    text = b" ".join(found).rpartition(b";")[2].decode("ascii", "replace")
    try:
        told = parsedate_to_datetime(text.strip())
        return told.astimezone(UTC) if told.tzinfo else None
    except (ValueError, OverflowError, IndexError):
        return None
