"""Streaming notifications as Exchange sends them ([MS-OXWSNTIF]): chunked, until time is up."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET

from tests.servers.ews_soap import EwsError, M, T, child, document, failed, leaf, message, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.exchange import Folder, Item, Mailbox

_OPERATION = "GetStreamingEvents"


@dataclass(eq=False)
class Subscription:
    """A folder, and how far its happenings were told."""

    box: Mailbox
    folder: Folder
    told: int
    connection: int = 0
    """The newest; those before it tell nothing any more."""


@dataclass
class Streams:
    """All subscriptions of a server."""

    known: dict[str, Subscription] = field(default_factory=dict)
    minute: float = 60.0
    """Seconds; a test need not wait for a whole one."""
    manner: Literal["telling", "silent", "cutting"] = "telling"
    """What becomes of a connection: it may stall, or break once it stands."""
    open: Event = field(default_factory=Event)
    """Whether a connection was opened since this was cleared."""
    opened: int = 0
    _ended: bool = False
    _numbers: count[int] = field(default_factory=count)
    _lock: Lock = field(default_factory=Lock)

    def end(self) -> None:
        """Close all connections."""
        self._ended = True
        for each in list(self.known.values()):
            with each.box.news:
                each.box.news.notify_all()

    def subscribe(self, box: Mailbox, folder: Folder) -> ET.Element:
        name = f"subscription-{next(self._numbers)}"
        self.known[name] = Subscription(box, folder, len(folder.log))
        return wrapped("Subscribe", [message("SubscriptionId", [], name)])

    def unsubscribe(self, asked: ET.Element) -> ET.Element:
        if self.known.pop(asked.findtext(f"{{{M}}}SubscriptionId", ""), None) is None:
            raise EwsError("ErrorSubscriptionNotFound")
        return wrapped("Unsubscribe", [message("", [])])

    def connection(self, asked: ET.Element) -> Iterator[bytes]:
        """Yield what is sent over a connection."""
        name = child(asked, M, "SubscriptionIds").findtext(f"{{{T}}}SubscriptionId", "")
        minutes = int(asked.findtext(f"{{{M}}}ConnectionTimeout", "1"))
        with self._lock:
            self.opened += 1
            number = self.opened
        if name not in self.known:
            error = failed(EwsError("ErrorSubscriptionNotFound", "The subscription has expired."))
            yield document(wrapped(_OPERATION, [error]))
            return
        subscription, until = self.known[name], time.monotonic() + minutes * self.minute
        with subscription.box.news:
            subscription.connection = number
            subscription.box.news.notify_all()
        if self.manner != "silent":
            yield _status("OK")
        self.open.set()
        if self.manner == "cutting":
            yield b""
        while (left := until - time.monotonic()) > 0 and not self._ended:
            events = self._wait(subscription, left)
            if subscription.connection != number:
                return
            if events:
                yield _status("OK", name, events)
        yield _status("Closed")

    def _wait(self, subscription: Subscription, longest: float) -> list[ET.Element]:
        log, number = subscription.folder.log, subscription.connection
        with subscription.box.news:
            if self.manner == "silent" or len(log) == subscription.told:
                subscription.box.news.wait(longest)
            if self.manner == "silent" or subscription.connection != number:
                return []
            new, subscription.told = log[subscription.told :], len(log)
        return [_event(subscription.folder, kind, item) for kind, item in new]


def _event(folder: Folder, kind: str, item: Item) -> ET.Element:
    kinds = {"added": "NewMailEvent", "changed": "ModifiedEvent", "removed": "MovedEvent"}
    made = ET.Element(f"{{{T}}}{kinds[kind]}")
    made.append(leaf(T, "TimeStamp", "2024-01-01T10:00:00Z"))
    ET.SubElement(made, f"{{{T}}}ItemId", Id=item.id, ChangeKey="1")
    where = item.folder if kind == "removed" else folder
    ET.SubElement(made, f"{{{T}}}ParentFolderId", Id=where.id, ChangeKey="1")
    if kind == "removed":
        ET.SubElement(made, f"{{{T}}}OldItemId", Id=item.id, ChangeKey="1")
        ET.SubElement(made, f"{{{T}}}OldParentFolderId", Id=folder.id, ChangeKey="1")
    return made


def _status(status: str, name: str = "", events: list[ET.Element] | None = None) -> bytes:
    said = message("", [])
    if events:
        notices = ET.SubElement(said, f"{{{M}}}Notifications")
        notice = ET.SubElement(notices, f"{{{M}}}Notification")
        notice.append(leaf(T, "SubscriptionId", name))
        notice.extend(events)
    said.append(leaf(M, "ConnectionStatus", status))
    return document(wrapped(_OPERATION, [said]))
