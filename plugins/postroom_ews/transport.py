"""Mail from an Exchange server over Exchange Web Services, for Exchange on premises.

The key of a message is its id, which changes when it is moved; there is one epoch. What is new is
what the ledger does not hold.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.contracts import Health, Receipt
from postroom.hooks.positions import not_held
from postroom.model.envelope import Envelope, Place
from postroom.source.diagnostic import Diagnostic, Problem
from postroom_ews.listing import Listing
from postroom_ews.notices import Notices
from postroom_ews.portions import contents, portions
from postroom_ews.problems import DeclinedError, for_all, problem
from postroom_ews.settings import EwsSettings
from postroom_ews.settle import EPOCH, settle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from postroom.hooks.contracts import Position, TransportContext
    from postroom.model.envelope import ServerAction
    from postroom_ews.folders import Folder
    from postroom_ews.session import Change, Session

_IN_A_ROW = 3
"""So many messages that cannot be had, and none after them that can: no fault of theirs."""


class EwsTransport:
    """Mail over Exchange Web Services."""

    name: ClassVar[str] = "ews"
    settings: ClassVar[type] = EwsSettings

    def __init__(self, settings: EwsSettings, context: TransportContext) -> None:
        self._settings = settings
        self._context = context
        path = settings.folder.strip("/")
        self._mailbox = "INBOX" if path.lower() == "inbox" else path
        self._session: Session | None = None
        self._listing: Listing | None = None
        self._notices: Notices | None = None

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield messages that the ledger does not hold, the oldest first."""
        session = self._open()
        if self._listing is None:
            self._listing = Listing(session, self._folder(session))
        listing = self._listing
        with for_all(self._settings, "listing the messages"):
            listing.refresh(anew=position.full_sweep)
        listing.keep(list(not_held(position, self._mailbox, EPOCH, listing.keys())))
        yield from self._blamed(session, portions(islice(listing.found(), limit)))

    def _blamed(self, session: Session, found: Iterator[list[Change]]) -> Iterator[Envelope]:
        """Yield messages; those that cannot be had wait for one that can. Raises Problem PR516."""
        failed: list[Envelope] = []
        for portion in found:
            for envelope in self._envelopes(session, portion):
                failed.append(envelope)
                if envelope.raw or envelope.problem is None:
                    yield from failed
                    failed = []
            if len(failed) >= _IN_A_ROW:
                words = f"{len(failed)} messages in a row cannot be had: {failed[-1].problem}"
                raise problem("PR516", self._settings, words)
        yield from failed

    def _envelopes(self, session: Session, portion: list[Change]) -> Iterator[Envelope]:
        """Yield messages but for those that went away since they were listed."""
        whole = [each for each in portion if each.size <= self._most]
        raws = contents(session, whole)
        for listed in portion:
            if listed.size > self._most:
                envelope = self._header(session, listed)
            else:
                envelope = self._envelope(listed, next(raws))
            if envelope is not None:
                yield envelope

    def _header(self, session: Session, listed: Change) -> Envelope | None:
        """Return the header of a message that is too large; None if it went away."""
        try:
            raw: bytes | DeclinedError = session.header(listed.key)
        except DeclinedError as declined:
            raw = declined
        words = f"the message has {listed.size} bytes, and at most {self._most} are taken"
        return self._envelope(listed, raw, words)

    def _envelope(
        self, listed: Change, raw: bytes | DeclinedError, problem: str | None = None
    ) -> Envelope | None:
        """Return a message; None if it went away."""
        place = Place(self._mailbox, EPOCH, listed.key)
        if not isinstance(raw, DeclinedError):
            size = listed.size if problem else len(raw)
            return Envelope(place, raw, size, listed.received, problem=problem)
        if raw.gone:
            return None
        words = f"the server does not give the message: {raw.text}"
        return Envelope(place, b"", listed.size, listed.received, problem=words)

    def settle(self, action: ServerAction) -> Receipt:
        """Flag, move or delete a message, whose bytes are compared first."""
        if action.verb == "keep":
            return Receipt(done=True, detail="kept")
        return settle(self._open(), action, self._most)

    def wait(self, timeout: timedelta) -> bool:
        """Wait until the server tells of new mail. Where it tells nothing: False at once."""
        session, listing = self._session, self._listing
        if session is None or listing is None or not self._settings.push:
            return False
        notices = self._notices
        if notices is None:
            notices = Notices(session, listing.folder, self._context.trace)
            self._notices = notices
        return notices.wait(timeout)

    def probe(self) -> Health:
        """Open the folder and count."""
        session = self._open()
        folder = self._folder(session)
        with for_all(self._settings, "counting the messages"):
            newest = session.newest(folder)
        detail = f"{self._settings.mailbox}: {folder.count} messages in {self._mailbox}"
        place = Place(self._mailbox, EPOCH, newest) if newest else None
        return Health(ok=True, detail=detail, high_water=newest, waiting=folder.count, newest=place)

    def close(self) -> None:
        """Let go of the connection, under another thread that uses it as well."""
        session, self._session = self._session, None
        notices, self._notices = self._notices, None
        self._listing = None
        if notices is not None:
            notices.end()
        if session is not None:
            session.close()

    @property
    def _most(self) -> int:
        return self._context.max_message

    def _folder(self, session: Session) -> Folder:
        with for_all(self._settings, "opening the folder"):
            return session.folders.found(self._mailbox)

    def _open(self) -> Session:
        """Return the session. Raises Problem PR574 if the library is not installed."""
        if self._session is None:
            try:
                from postroom_ews.session import Session
            except ImportError:
                words = "mail over Exchange Web Services needs an extra"
                hint = "pip install 'postroom[exchange]'"
                raise Problem(Diagnostic("PR574", words, help=hint)) from None
            self._session = Session(self._settings, self._most, self._context.trace)
        return self._session
