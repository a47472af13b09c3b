"""Which messages lie in a folder and may be new.

Graph's delta tells what changed since the last time. Its link is kept in memory only: the ledger is
what knows which messages were read, so that a link that is lost, or that the server no longer knows
(410), costs a list of ids and nothing else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from postroom_graph.problems import DeclinedError, protocol_broken

if TYPE_CHECKING:
    from collections.abc import Collection

    from postroom_graph.client import Graph

_DOING = "listing the messages"
_GONE = 410
_LONGEST = 2_000
"""Letters of an id, which have some hundred."""
_LAST = datetime.max.replace(tzinfo=UTC)


class Listing:
    """The messages of a folder that the ledger is not known to hold."""

    def __init__(self, graph: Graph, folder: str) -> None:
        self._graph = graph
        self._folder = folder
        self._link = ""
        self._received: dict[str, datetime | None] = {}

    def refresh(self, *, anew: bool) -> None:
        """Take in what changed since the last time, or everything."""
        if not anew and self._link:
            try:
                return self._follow(self._link)
            except DeclinedError as declined:
                if declined.status != _GONE:
                    raise
        self._link = ""
        self._received.clear()
        start = self._graph.url("mailFolders", self._folder, "messages", "delta")
        return self._follow(start, select="receivedDateTime")

    def keys(self) -> list[str]:
        """Return the ids, the oldest first."""
        return sorted(self._received, key=lambda key: self._received[key] or _LAST)

    def received(self, key: str) -> datetime | None:
        """Return when a message came in; None if the server does not say."""
        return self._received.get(key)

    def keep(self, keys: Collection[str]) -> None:
        """Forget all messages but these: the ledger holds them."""
        self._received = {key: self._received[key] for key in keys}

    def _follow(self, url: str, **query: str) -> None:
        link: object = None
        for page in self._graph.pages(url, _DOING, **query):
            for each in page["value"]:
                self._note(each)
            link = page.get("@odata.deltaLink")
        self._link = self._graph.own(link, _DOING)

    def _note(self, found: object) -> None:
        key = found.get("id") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(key, str) or not 0 < len(key) <= _LONGEST:
            raise protocol_broken(self._graph.server, f"{_DOING}: a message without an id")
        if "@removed" in found:
            self._received.pop(key, None)
        else:
            self._received[key] = _time(found.get("receivedDateTime"))


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
