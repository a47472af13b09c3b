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
from exchangelib import errors, transport, version
from exchangelib.folders import SHALLOW, FolderCollection
from exchangelib.services import CreateFolder

from postroom_ews.problems import problem, translated, translation
from postroom_ews.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the server."""

    theirs: Any
    count: int


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
            retry_policy=exchangelib.FailFast(),
        )
        access = exchangelib.IMPERSONATION if settings.impersonate else exchangelib.DELEGATE
        self._account = exchangelib.Account(
            settings.mailbox, config=config, access_type=access, default_timezone=UTC
        )
        self._wire = Wire.opened(config, settings, most * _IN_BASE64 + _XML, trace)
        self._account.protocol = self._wire

    def folder(self, path: str) -> Folder:
        """Return a folder. Raises Problem PR513 if it is missing."""
        with translated(self._settings, "opening the folder"):
            at = self._top(path)
            for name in self._below(path):
                try:
                    at = at // name
                except errors.ErrorFolderNotFound:
                    words = f"there is no folder `{path}`: `{name}` is missing"
                    names = ", ".join(f"`{each}`" for each in _inside(at)[:10])
                    hint = f"there are: {names or 'none'}"
                    raise problem("PR513", self._settings, words, hint) from None
            return Folder(at, at.total_count or 0)

    def made(self, path: str) -> Folder:
        """Return a folder, which is made if it is missing, and those above it."""
        with translated(self._settings, "making the folder"):
            at = self._top(path)
            for name in self._below(path):
                try:
                    at = at // name
                except errors.ErrorFolderNotFound:
                    # not `save`, which would ask for every folder of the mailbox
                    new = exchangelib.Folder(parent=at, name=name)
                    CreateFolder(account=self._account).get(parent_folder=at, folders=[new])
                    at = at // name
            return Folder(at, 0)

    def changes(self, folder: Folder, state: str) -> Iterator[Change]:
        """Yield what changed since a state of `state_of`; everything if that is ""."""
        with translated(self._settings, "listing the messages"):
            folder.theirs.item_sync_state = state or None  # else it goes on from its own
            found = folder.theirs.sync_items(only_fields=["datetime_received", "size"])
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

    def move(self, key: str, folder: Folder) -> None:
        """Move a message; it has another key then."""
        item = self._item(key, "moving a message", "size")
        with translated(self._settings, "moving a message"):
            item.move(to_folder=folder.theirs)

    def delete(self, key: str) -> None:
        """Put a message among the deleted ones."""
        item = self._item(key, "deleting a message", "size")
        with translated(self._settings, "deleting a message"):
            item.move_to_trash()

    def close(self) -> None:
        """Let go of the connection; any thread may call."""
        self._wire.close()

    def _item(self, key: str, doing: str, *fields: str) -> Any:  # noqa: ANN401 - it has no types
        with translated(self._settings, doing):
            wanted = [exchangelib.ItemId(id=key)]
            (found,) = self._account.fetch(ids=wanted, only_fields=list(fields))
            if isinstance(found, Exception):
                raise translation(self._settings, doing, found)
        return found

    def _top(self, path: str) -> Any:  # noqa: ANN401 - it has no types
        in_inbox = path.split("/", maxsplit=1)[0].upper() == "INBOX"
        return self._account.inbox if in_inbox else self._account.msg_folder_root

    def _below(self, path: str) -> list[str]:
        parts = path.split("/")
        return parts[1:] if parts[0].upper() == "INBOX" else parts


def _inside(folder: Any) -> list[str]:  # noqa: ANN401 - it has no types
    """Return the names of the folders in a folder."""
    collection = FolderCollection(account=folder.account, folders=[folder])
    return [str(each.name) for each in collection.find_folders(depth=SHALLOW)]


def _change(kind: str, item: Any) -> Change:  # noqa: ANN401 - it has no types
    if kind == "delete":
        return Change(str(item.id), gone=True)
    received = item.datetime_received
    if received is not None:
        received = datetime.fromtimestamp(received.timestamp(), UTC)
    return Change(str(item.id), size=item.size or 0, received=received)
