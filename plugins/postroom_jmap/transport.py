"""Mail from a JMAP server (RFC 8620, RFC 8621).

The key of a message is its id, which is for ever in its account: moving and flagging do not change
it. So the epoch is the account.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from postroom.hooks.contracts import Health, Receipt
from postroom.hooks.positions import not_held
from postroom.model.envelope import Envelope, Place
from postroom.source.diagnostic import Problem
from postroom_jmap.answers import number, text
from postroom_jmap.problems import DeclinedError
from postroom_jmap.settings import JmapSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from postroom.hooks.contracts import Position, TransportContext
    from postroom.model.envelope import ServerAction
    from postroom_jmap.answers import Fields
    from postroom_jmap.client import Client
    from postroom_jmap.listing import Listing

_HEADER: Final = 256 * 1024
"""How much of the header of a message that is too large is fetched."""
_TRIES: Final = 2
"""How often a message is asked for that is not as large as it should be."""
_SOON: Final = 0.05
_SHORTEST: Final = 5.0
"""Seconds after which a stream that ended is opened anew in the same wait."""
_POLLED_MEANWHILE: Final = ("PR510", "PR514", "PR516")


class JmapTransport:
    """Mail from a JMAP server."""

    name: ClassVar[str] = "jmap"
    settings: ClassVar[type] = JmapSettings

    def __init__(self, settings: JmapSettings, context: TransportContext) -> None:
        self._settings = settings
        self._context = context
        self._client: Client | None = None
        self._listing: Listing | None = None
        self._push = settings.push
        self._heard = ""
        """The id of the last event: what came since is told when we listen again."""
        self._told: str | None = None
        """The state that was news last. Servers tell it again whenever we listen."""

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield messages that the ledger does not hold, by the time at which they came in."""
        from postroom_jmap.listing import emails

        client, listing = self._open()
        unknown = partial(not_held, position, self._settings.folder, client.session.account)
        ids = listing.news(lambda keys: list(unknown(keys)), anew=position.full_sweep)
        found = (email for email in emails(client, list(ids)))
        for email in islice(found, limit):
            envelope = self._envelope(client, email)
            if envelope is not None:
                yield envelope

    def _envelope(self, client: Client, email: Fields) -> Envelope | None:
        """Return a message; None if it went away meanwhile.

        One that is still there and whose content is not is no message that went away.
        """
        from postroom_jmap.listing import emails

        with client.sensible("fetching a message"):
            key, size = text(email, "id"), number(email, "size")
        place = Place(self._settings.folder, client.session.account, key)
        most, when = self._context.max_message, _time(email.get("receivedAt"))
        try:
            raw = self._raw(client, email)
        except DeclinedError as declined:
            if declined.kind == "notFound" and not list(emails(client, [key])):
                return None
            problem = f"the server does not give the message: {declined}"
            return Envelope(place, b"", size, when, problem=problem)
        if size > most:
            problem = f"the message has {size} bytes, and at most {most} are taken"
            return Envelope(place, raw, size, when, problem=problem)
        return Envelope(place, raw, len(raw), when)

    def _raw(self, client: Client, email: Fields) -> bytes:
        """Return a message, or its header if it is too large."""
        with client.sensible("fetching a message"):
            blob, size = text(email, "blobId"), number(email, "size")
        if size > self._context.max_message:
            return client.blob(blob, _HEADER, header_only=True)
        came = 0
        for _ in range(_TRIES):
            raw = client.blob(blob, size)
            if len(raw) == size:
                return raw
            came = len(raw)
        raise DeclinedError("wrongSize", f"{came} bytes came in place of {size}")

    def settle(self, action: ServerAction) -> Receipt:
        """Flag, move or delete a message, whose bytes are compared first."""
        from postroom_jmap.settle import settle

        if action.verb == "keep":
            return Receipt(done=True, detail="kept")
        client, listing = self._open()
        if action.place.epoch != client.session.account:
            return Receipt(done=True, detail="it lies in another account")
        return settle(client, listing.folder, action, partial(self._raw, client))

    def wait(self, timeout: timedelta) -> bool:
        """Wait for an event of the server. Without them: False at once.

        A stream that breaks, or is not to be had now, is no trouble: it is polled meanwhile.
        """
        if not self._push:
            return False
        client, listing = self._open()
        until = time.monotonic() + timeout.total_seconds()
        try:
            while self._goes_on(client, until):
                began = time.monotonic()
                if self._listen(client, listing, until):
                    return True
                if time.monotonic() - began < _SHORTEST:
                    break
        except Problem as problem:
            if problem.diagnostic.code not in _POLLED_MEANWHILE:
                raise
        return False

    def _goes_on(self, client: Client, until: float) -> bool:
        """Whether to listen: another thread may have ended it, and a server may have no events."""
        return self._push and self._client is client and time.monotonic() < until

    def _listen(self, client: Client, listing: Listing, until: float) -> bool:
        """Listen to one stream, up to its end; return whether there may be new mail."""
        from postroom_jmap.events import events, pushed

        with client.events(max(until - time.monotonic(), _SOON), self._heard) as blocks:
            if blocks is None:
                self._push = False
                return False
            with client.sensible("waiting"):
                for event in events(blocks, until):
                    self._heard = self._heard if event.id is None else event.id
                    state = pushed(event, client.session.account)
                    if state not in (None, listing.state, self._told):
                        self._told = state
                        return True
        return False

    def probe(self) -> Health:
        """Sign in and count."""
        from postroom_jmap.folders import Folders

        client, listing = self._open()
        count = Folders(client).count(listing.folder)
        newest = listing.newest()
        account = client.session.account
        detail = f"signed in to the account {account}; {count} messages in {self._settings.folder}"
        place = Place(self._settings.folder, account, newest) if newest else None
        return Health(ok=True, detail=detail, high_water=newest, waiting=count, newest=place)

    def close(self) -> None:
        """End the connection, under another thread that uses it as well."""
        client, self._client, self._listing = self._client, None, None
        if client is not None:
            client.close()

    def _open(self) -> tuple[Client, Listing]:
        from postroom_jmap.client import Client
        from postroom_jmap.folders import Folders
        from postroom_jmap.listing import Listing

        client = self._client
        if client is None:
            client = self._client = Client(self._settings, self._context.trace)
        listing = self._listing
        if listing is None:
            folder = Folders(client).must_be(self._settings.folder)
            listing = self._listing = Listing(client, folder)
        return client, listing


def _time(told: object) -> datetime | None:
    """Return a UTCDate (RFC 8620 1.4), or None if it is none."""
    if not isinstance(told, str) or not told.endswith("Z"):
        return None
    try:
        return datetime.fromisoformat(told).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
