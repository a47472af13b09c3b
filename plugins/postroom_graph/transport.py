"""Mail from a mailbox of Exchange Online, over Microsoft Graph (v1.0).

The key of a message is its immutable id, which it keeps when it is moved; there are no epochs. What
is new is what the ledger does not hold. Nothing is asked for while an answer is still to come, so
that the four requests that a mailbox may have at a time are never reached.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.contracts import Health, Receipt
from postroom.hooks.positions import not_held
from postroom.model.envelope import Envelope, Place
from postroom.source.diagnostic import Problem
from postroom_graph import subscription
from postroom_graph.folder import found, tidy
from postroom_graph.listing import Listing
from postroom_graph.mime import fetched
from postroom_graph.problems import DeclinedError, for_all
from postroom_graph.settings import GraphSettings
from postroom_graph.settle import settle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from postroom.hooks.contracts import Position, TransportContext
    from postroom.model.envelope import ServerAction
    from postroom_graph.client import Graph
    from postroom_graph.notices import Notices

_NOT_FOUND = 404


class GraphTransport:
    """Mail over Microsoft Graph."""

    name: ClassVar[str] = "graph"
    settings: ClassVar[type] = GraphSettings

    def __init__(self, settings: GraphSettings, context: TransportContext) -> None:
        self._settings = settings
        self._context = context
        self._graph: Graph | None = None
        self._folder = ""
        self._listing: Listing | None = None
        self._notices: Notices | None = None

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield messages that the ledger does not hold, the oldest first."""
        graph, folder = self._open()
        listing = self._listing = self._listing or Listing(graph, folder)
        with for_all(self._settings, "listing the messages"):
            listing.refresh(anew=position.full_sweep)
        listing.keep(list(not_held(position, self._mailbox, "", listing.keys())))
        for key in islice(listing.keys(), limit):
            envelope = self._envelope(graph, listing, key)
            if envelope is not None:
                yield envelope

    def _envelope(self, graph: Graph, listing: Listing, key: str) -> Envelope | None:
        """Return a message; None if it went away since it was listed."""
        place, received = Place(self._mailbox, "", key), listing.received(key)
        try:
            mime = fetched(graph, key, self._context.max_message)
        except DeclinedError as declined:
            if declined.status == _NOT_FOUND:
                return None
            problem = f"the server does not give the message: {declined.text}"
            return Envelope(place, b"", 0, received, problem=problem)
        return Envelope(place, mime.raw, mime.size, received, problem=mime.problem)

    def settle(self, action: ServerAction) -> Receipt:
        """Flag, move or delete a message, whose bytes are compared first."""
        if action.verb == "keep":
            return Receipt(done=True, detail="kept")
        graph, folder = self._open()
        return settle(graph, folder, action, self._context.max_message)

    def wait(self, timeout: timedelta) -> bool:
        """Wait until Graph tells of new mail. Where it does not: False at once."""
        from postroom_graph.notices import Notices

        graph, push = self._graph, self._settings.push
        if graph is None or push is None:
            return False
        notices = self._notices
        if notices is None:
            notices = self._notices = Notices(graph, self._folder, push, self._context.trace)
        return notices.wait(timeout)

    def probe(self) -> Health:
        """Open the folder and count."""
        graph, folder = self._open()
        doing = "counting the messages"
        at = graph.url("mailFolders", folder)
        with for_all(self._settings, doing):
            count = graph.get(at, doing, select="totalItemCount").get("totalItemCount")
            newest = graph.get(
                f"{at}/messages", doing, select="id", orderby="receivedDateTime desc", top="1"
            ).get("value")
        key = str(newest[0].get("id", "")) if isinstance(newest, list) and newest else ""
        detail = f"{self._settings.mailbox}: {count} messages in {self._mailbox}"
        detail += self._how_told(graph, folder)
        waiting = count if isinstance(count, int) else None
        place = Place(self._mailbox, "", key) if key else None
        return Health(ok=True, detail=detail, high_water=key, waiting=waiting, newest=place)

    def _how_told(self, graph: Graph, folder: str) -> str:
        """Return whether Graph has a subscription, in words; "" where none is wanted."""
        push = self._settings.push
        if push is None:
            return ""
        what = subscription.resource(graph, folder)
        try:
            ends = [each.until for each in subscription.standing(graph, what, push.url)]
        except (DeclinedError, Problem) as why:
            return f"; whether Graph tells of new mail is not known: {why}"
        if not ends:
            return "; Graph does not tell of new mail: it is asked to while the engine runs"
        return f"; Graph tells of new mail until {max(ends):%Y-%m-%d %H:%M} UTC"

    def close(self) -> None:
        """Let go of the connection, under another thread that uses it as well."""
        graph, self._graph = self._graph, None
        notices, self._notices = self._notices, None
        self._listing = None
        if notices is not None:
            notices.end()
        if graph is not None:
            graph.close()

    @property
    def _mailbox(self) -> str:
        return tidy(self._settings.folder)

    def _open(self) -> tuple[Graph, str]:
        """Return the mailbox and the id of the folder. Raises Problem."""
        from postroom_graph.client import Graph

        if self._graph is None:
            graph = Graph(self._settings, self._context.trace)
            try:
                with for_all(self._settings, "opening the folder"):
                    self._folder = found(graph, self._mailbox)
            except BaseException:
                graph.close()
                raise
            self._graph = graph
        return self._graph, self._folder
