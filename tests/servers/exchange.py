"""Mailboxes of Exchange in memory: what the fakes of Graph and of EWS serve."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Condition, RLock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KNOWN = {
    "inbox": "Posteingang", "archive": "Archiv", "deleteditems": "Gelöschte Elemente",
    "drafts": "Entwürfe", "sentitems": "Gesendete Elemente", "junkemail": "Junk-E-Mail",
}  # fmt: skip
"""Folders that every mailbox has; people see them in their own language."""
_BEGAN = datetime(2024, 1, 1, 10, tzinfo=UTC)


@dataclass(eq=False)
class Item:
    """A message: its id changes when it is moved, its immutable id does not."""

    id: str
    immutable: str
    mime: bytes
    received: datetime
    folder: Folder
    change: int = 1
    is_read: bool = False
    flagged: bool = False
    categories: list[str] = field(default_factory=list)
    poison: bool = False
    """Whether its content cannot be had."""

    @property
    def etag(self) -> str:
        return f'W/"{self.change}"'


@dataclass(eq=False)
class Folder:
    """A folder, with everything that ever happened in it."""

    id: str
    name: str
    parent: Folder | None = None
    well_known: str = ""
    items: dict[str, Item] = field(default_factory=dict)
    log: list[tuple[str, Item]] = field(default_factory=list)
    """`added`, `changed` or `removed`."""


class Mailbox:
    """All folders of one address."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.lock = RLock()
        self.news = Condition(self.lock)
        """For those who wait until something happens in a folder."""
        self.watchers: list[Callable[[Folder, Item], None]] = []
        """What is called when a message has come into a folder."""
        self.sent: list[bytes] = []
        self._by_key: dict[str, Item] = {}
        self._numbers = itertools.count(1000)
        self.root = Folder("folder-root", "Top of Information Store", well_known="msgfolderroot")
        self.folders = {self.root.id: self.root}
        for well_known, name in KNOWN.items():
            self.make(name, self.root, well_known)

    @property
    def inbox(self) -> Folder:
        return self.known("inbox")

    def known(self, well_known: str) -> Folder:
        return next(each for each in self.folders.values() if each.well_known == well_known)

    def children(self, parent: Folder) -> list[Folder]:
        return [each for each in self.folders.values() if each.parent is parent]

    def make(self, name: str, parent: Folder, well_known: str = "") -> Folder:
        folder = Folder(f"folder-{next(self._numbers)}=", name, parent, well_known)
        self.folders[folder.id] = folder
        return folder

    def deliver(self, mime: bytes, folder: Folder | None = None) -> Item:
        """Put a message in; each comes in a second after the one before it."""
        with self.lock:
            number, into = next(self._numbers), folder or self.inbox
            received = _BEGAN + timedelta(seconds=number)
            item = Item(f"item-{number}=", f"lasting/{number}=", mime, received, into)
            into.items[item.id] = item
            self._by_key |= {item.id: item, item.immutable: item}
            into.log.append(("added", item))
            self.news.notify_all()
        self._tell_of(item)
        return item

    def touch(self, item: Item) -> None:
        """Note that a message was changed."""
        item.change += 1
        item.folder.log.append(("changed", item))

    def move(self, item: Item, folder: Folder) -> None:
        with self.lock:
            self.remove(item)
            item.id, item.folder = f"item-{next(self._numbers)}=", folder
            item.change += 1
            folder.items[item.id] = self._by_key[item.id] = item
            folder.log.append(("added", item))
            self.news.notify_all()
        self._tell_of(item)

    def _tell_of(self, item: Item) -> None:
        for watcher in self.watchers:
            watcher(item.folder, item)

    def delete(self, item: Item) -> None:
        """Put it among the deleted ones, or away if it is there already."""
        bin_ = self.known("deleteditems")
        if item.folder is bin_:
            self.remove(item)
        else:
            self.move(item, bin_)

    def remove(self, item: Item) -> None:
        with self.lock:
            del item.folder.items[item.id]
            item.folder.log.append(("removed", item))

    def find(self, key: str) -> Item | None:
        """Return the message that has an id, or an immutable one, now."""
        item = self._by_key.get(key)
        there = item is not None and item.id in item.folder.items
        return item if there and item is not None and key in (item.id, item.immutable) else None

    def all(self) -> Iterator[Item]:
        for folder in self.folders.values():
            yield from folder.items.values()

    def state(self) -> object:
        """Return all that a client could have changed."""
        return [
            (folder.name, item.immutable, item.is_read, item.flagged, tuple(item.categories))
            for folder in self.folders.values()
            for item in folder.items.values()
        ]
