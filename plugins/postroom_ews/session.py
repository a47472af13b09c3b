"""One mailbox on an Exchange server: the few things that are asked of it, typed.

exchangelib speaks the protocol; this is all that the rest of the plugin sees of it. It waits for
nothing by itself (FailFast), and the version of the server is given, for guessing it hides what the
server really says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import exchangelib
import requests
from exchangelib import errors, transport, version
from exchangelib.items import MOVE_TO_DELETED_ITEMS
from exchangelib.properties import MovedEvent, TimestampEvent
from exchangelib.services import GetStreamingEvents, Unsubscribe

from postroom_ews.folders import Folders
from postroom_ews.problems import DeclinedError, translated, translation
from postroom_ews.wire import Policy, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postroom_ews.folders import Folder
    from postroom_ews.settings import EwsSettings

_BUILDS = {
    "2013": version.EXCHANGE_2013_SP1,
    "2016": version.EXCHANGE_2016,
    "2019": version.EXCHANGE_2019,
}
_XML = 4 * 1024 * 1024
"""Bytes that an answer may have besides a message."""
_IN_BASE64 = 2
HEADER_BLOCK = 256 * 1024
"""How much of the header of a message that is too large is kept."""
_MOST_CHANGES = 512
"""How many Exchange tells of at a time."""
_ARRIVALS = ("NewMailEvent", "CreatedEvent", "MovedEvent")
"""What is told of messages that come into a folder; the last one also of those that leave it."""
_BRIEFLY = 3.0
"""Seconds that leaving may take."""


class _Header(exchangelib.ExtendedProperty):  # type: ignore[misc]  # exchangelib has no types
    """PidTagTransportMessageHeaders."""

    property_tag = 0x007D
    property_type = "String"


exchangelib.Message.register("transport_header", _Header)


@dataclass(frozen=True, slots=True)
class Change:
    """A message that came, or changed, or went."""

    key: str
    gone: bool = False
    size: int = 0
    received: datetime | None = None


class Session:
    """A mailbox. Raises DeclinedError, or Problem."""

    def __init__(
        self, settings: EwsSettings, most: int, trace: Callable[[str], None] | None
    ) -> None:
        self._settings = settings
        method = exchangelib.NTLM if settings.method == "ntlm" else exchangelib.BASIC
        config = exchangelib.Configuration(
            # our own sessions sign in, so that exchangelib keeps no secrets
            credentials=None if settings.auth else exchangelib.Credentials(settings.username, ""),
            service_endpoint=settings.url,
            auth_type=transport.NOAUTH if settings.auth else method,
            version=exchangelib.Version(build=_BUILDS[settings.version]),
            retry_policy=Policy(),
        )
        access = exchangelib.IMPERSONATION if settings.impersonate else exchangelib.DELEGATE
        self._account = exchangelib.Account(
            settings.mailbox, config=config, access_type=access, default_timezone=UTC
        )
        self._wire = Wire.opened(config, settings, most * _IN_BASE64 + _XML, trace)
        self._account.protocol = self._wire
        self.folders = Folders(settings, self._account)

    def changes(self, folder: Folder, state: str) -> Iterator[Change]:
        """Yield what changed since a state of `state_of`; everything if that is ""."""
        with translated(self._settings, "listing the messages"):
            folder.theirs.item_sync_state = state or None  # else it goes on from its own
            found = folder.theirs.sync_items(
                only_fields=["datetime_received", "size"], max_changes_returned=_MOST_CHANGES
            )
            for kind, item in found:
                if kind != "read_flag_change":
                    yield _change(kind, item)

    def state_of(self, folder: Folder) -> str:
        """Return the state that the last `changes` ended with."""
        return folder.theirs.item_sync_state or ""

    def newest(self, folder: Folder) -> str:
        """Return the key of the newest message; "" if there is none."""
        with translated(self._settings, "counting the messages"):
            items = folder.theirs.all().only("id").order_by("-datetime_received")[:1]
            return next((str(item.id) for item in items), "")

    def content(self, key: str) -> bytes:
        """Return a message as it came in over the internet."""
        return self._item(key, "fetching a message", "mime_content").mime_content or b""

    def contents(self, keys: Sequence[str]) -> list[bytes | DeclinedError]:
        """Return messages, or what is wrong with single ones, in the order of their keys.

        Raises DeclinedError also if one of them has the server decline all.
        """
        doing = "fetching messages"
        found: list[bytes | DeclinedError] = []
        for item in self._items(keys, doing, "mime_content"):
            if not isinstance(item, Exception):
                found.append(item.mime_content or b"")
                continue
            wrong = translation(self._settings, doing, item)
            if not isinstance(wrong, DeclinedError):
                raise wrong
            found.append(wrong)
        return found

    def header(self, key: str) -> bytes:
        """Return the header of a message, or as much of it as is wanted."""
        text = self._item(key, "fetching a header", "transport_header").transport_header or ""
        block = str(text).encode("utf-8", "replace")
        block = block.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").rstrip(b"\r\n")
        return (block + b"\r\n\r\n")[:HEADER_BLOCK]

    def size(self, key: str) -> int:
        """Return the size of a message, as the server states it."""
        return self._item(key, "looking at a message", "size").size or 0

    def mark_read(self, key: str) -> None:
        """Mark a message as read; its sender is not told."""
        item = self._item(key, "flagging a message", "is_read")
        with translated(self._settings, "flagging a message"):
            if not item.is_read:
                item.is_read = True
                item.save(update_fields=["is_read"])

    def add_category(self, key: str, name: str) -> None:
        """Put a message into a category, besides those that it is in."""
        item = self._item(key, "flagging a message", "categories")
        categories = list(item.categories or ())
        with translated(self._settings, "flagging a message"):
            if all(each.casefold() != name.casefold() for each in categories):
                item.categories = [*categories, name]
                item.save(update_fields=["categories"])

    def move(self, key: str, path: str) -> None:
        """Move a message to a folder, which is made if need be; it has another key then."""
        folder = self.folders.made(path)
        try:
            with translated(self._settings, "moving a message"):
                _must_be_done(self._account.bulk_move(ids=[_id(key)], to_folder=folder.theirs))
        except DeclinedError:
            self.folders.forget()
            raise

    def delete(self, key: str) -> None:
        """Put a message among the deleted ones."""
        with translated(self._settings, "deleting a message"):
            _must_be_done(
                self._account.bulk_delete(ids=[_id(key)], delete_type=MOVE_TO_DELETED_ITEMS)
            )

    def subscribe(self, folder: Folder) -> str:
        """Have the server take note of what comes into a folder from now on; return its name."""
        with translated(self._settings, "asking to be told of new mail"):
            return str(folder.theirs.subscribe_to_streaming(event_types=_ARRIVALS))

    def listen(self, subscription: str, folder: Folder, minutes: int, seconds: float) -> bool:
        """Wait until the server tells of a message, or for so many seconds; return whether it did.

        The server ends the connection after some minutes by itself. A connection that breaks, or on
        which nothing comes in, is only the end of waiting.
        """
        service = GetStreamingEvents(account=self._account)
        told = service.call(subscription_ids=[subscription], connection_timeout=minutes)
        service.timeout = seconds  # exchangelib would wait for a minute more
        with translated(self._settings, "waiting for new mail"):
            try:
                return any(_arrives(event, folder) for each in told for event in each.events)
            except requests.RequestException:
                return False
            except errors.ErrorExceededConnectionCount as crowded:  # of those that listen
                raise DeclinedError(type(crowded).__name__, str(crowded)) from None
            finally:
                service.stop_streaming()

    def unsubscribe(self, subscription: str) -> None:
        """Have the server forget what it was asked to tell, if nothing else is being asked."""
        if self._wire.is_idle:
            with translated(self._settings, "leaving"):
                service = Unsubscribe(account=self._account, timeout=_BRIEFLY)
                service.get(subscription_id=subscription)

    def interrupt(self) -> None:
        """Have `listen` end; any thread may call."""
        self._wire.interrupt()

    def close(self) -> None:
        """Let go of the connection; any thread may call."""
        self._wire.close()

    def _item(self, key: str, doing: str, *fields: str) -> Any:  # noqa: ANN401 - it has no types
        (found,) = self._items([key], doing, *fields)
        if isinstance(found, Exception):
            raise translation(self._settings, doing, found)
        return found

    def _items(self, keys: Sequence[str], doing: str, *fields: str) -> list[Any]:
        """Return messages, or exceptions in their places; none may be left out."""
        with translated(self._settings, doing):
            wanted = [_id(key) for key in keys]
            found = list(self._account.fetch(ids=wanted, only_fields=list(fields)))
            if len(found) != len(keys):
                words = f"{len(found)} messages came in place of {len(keys)}"
                raise DeclinedError("ErrorBatchProcessingStopped", words)
            return found


def _id(key: str) -> exchangelib.ItemId:
    return exchangelib.ItemId(id=key)


def _must_be_done(results: list[Any]) -> None:
    for result in results:
        if isinstance(result, Exception):
            raise result


def _arrives(event: Any, folder: Folder) -> bool:  # noqa: ANN401 - it has no types
    """Return whether an event tells of something that is in a folder now."""
    if isinstance(event, MovedEvent):
        return bool(event.parent_folder_id.id == folder.theirs.id)
    return isinstance(event, TimestampEvent)


def _change(kind: str, item: Any) -> Change:  # noqa: ANN401 - it has no types
    if kind == "delete":
        return Change(str(item.id), gone=True)
    received = item.datetime_received
    if received is not None:
        received = datetime.fromtimestamp(received.timestamp(), UTC)
    return Change(str(item.id), size=item.size or 0, received=received)
