"""Mail from an Exchange server over Exchange Web Services, for Exchange on premises.

The key of a message is its id, which changes when it is moved; there are no epochs. What is new is
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
from postroom_ews.problems import DeclinedError, for_all
from postroom_ews.settings import EwsSettings
from postroom_ews.settle import settle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from postroom.hooks.contracts import Position, TransportContext
    from postroom.model.envelope import ServerAction
    from postroom_ews.session import Folder, Session


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

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield messages that the ledger does not hold, the oldest first."""
        session = self._open()
        if self._listing is None:
            self._listing = Listing(session, self._folder(session))
        listing = self._listing
        with for_all(self._settings, "listing the messages"):
            listing.refresh(anew=position.full_sweep)
        listing.keep(list(not_held(position, self._mailbox, "", listing.keys())))
        for key in islice(listing.keys(), limit):
            envelope = self._envelope(session, listing, key)
            if envelope is not None:
                yield envelope

    def _envelope(self, session: Session, listing: Listing, key: str) -> Envelope | None:
        """Return a message; None if it went away since it was listed."""
        place, listed, most = Place(self._mailbox, "", key), listing.found(key), self._most
        try:
            if listed.size > most:
                problem = f"the message has {listed.size} bytes, and at most {most} are taken"
                raw = session.header(key)
                return Envelope(place, raw, listed.size, listed.received, problem=problem)
            raw = session.content(key)
        except DeclinedError as declined:
            if declined.gone:
                return None
            problem = f"the server does not give the message: {declined.text}"
            return Envelope(place, b"", listed.size, listed.received, problem=problem)
        return Envelope(place, raw, len(raw), listed.received)

    def settle(self, action: ServerAction) -> Receipt:
        """Flag, move or delete a message, whose bytes are compared first."""
        if action.verb == "keep":
            return Receipt(done=True, detail="kept")
        return settle(self._open(), action, self._most)

    def wait(self, timeout: timedelta) -> bool:
        """Return False at once: the server is asked every now and then."""
        del timeout
        return False

    def probe(self) -> Health:
        """Open the folder and count."""
        session = self._open()
        folder = self._folder(session)
        with for_all(self._settings, "counting the messages"):
            newest = session.newest(folder)
        detail = f"{self._settings.mailbox}: {folder.count} messages in {self._mailbox}"
        place = Place(self._mailbox, "", newest) if newest else None
        return Health(ok=True, detail=detail, high_water=newest, waiting=folder.count, newest=place)

    def close(self) -> None:
        """Let go of the connection, under another thread that uses it as well."""
        session, self._session = self._session, None
        self._listing = None
        if session is not None:
            session.close()

    @property
    def _most(self) -> int:
        return self._context.max_message

    def _folder(self, session: Session) -> Folder:
        with for_all(self._settings, "opening the folder"):
            return session.folder(self._mailbox)

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
