"""A mailbox on the fake of Microsoft Graph, as the contract suites want it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.plugins.exchange import ADDRESS, ExchangeBox
from tests.plugins.tokens import Issued
from tests.servers.graph import GraphError

from postroom_graph.notifier import GraphNotifier
from postroom_graph.settings import GraphSendSettings, GraphSettings
from postroom_graph.transport import GraphTransport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.ca import LocalCA
    from tests.servers.graph import FakeGraph
    from tests.servers.web import Request, Response


def said(status: int, code: str, text: str = "", **headers: str) -> Response:
    """Return an error as Graph says it."""
    return GraphError(status, code, text, **headers).response


class Box(ExchangeBox):
    """The mailbox of an address."""

    kind = GraphTransport
    middle = 70
    nowhere = {"base_url": "https://localhost:1/v1.0"}  # noqa: RUF012

    def __init__(self, graph: FakeGraph, ca: LocalCA) -> None:
        self.graph = graph
        auth = Issued(graph.issuer, "app:app-id", "graph")
        settings = GraphSettings(
            mailbox=ADDRESS,
            base_url=graph.url,
            ca_file=ca.ca_file,
            auth=auth,
            timeout=timedelta(seconds=10),
        )
        super().__init__(graph, graph.mailbox(ADDRESS), settings, auth)

    def let_pass(self, transport: Any, seconds: float) -> None:
        transport._graph.destinations.monotonic = lambda: time.monotonic() + seconds

    def is_for_messages(self, asked: Request) -> bool:
        return asked.path.endswith("$value")


class SendDesk:
    """Somewhere to send to over Graph."""

    def __init__(self, graph: FakeGraph, ca: LocalCA) -> None:
        self.graph = graph
        self.mailbox = graph.mailbox(ADDRESS)
        self.auth = Issued(graph.issuer, "app:app-id", "graph")
        self._settings = GraphSendSettings(
            mailbox=ADDRESS, auth=self.auth, base_url=graph.url, ca_file=ca.ca_file
        )
        self._notifiers: list[GraphNotifier] = []

    def notifier(self) -> GraphNotifier:
        self._notifiers.append(GraphNotifier(self._settings))
        return self._notifiers[-1]

    def received(self) -> Sequence[bytes]:
        return self.mailbox.sent

    def refuse(self, *, for_good: bool) -> bool:
        """Refuse whatever is sent."""
        answer = (
            said(400, "ErrorInvalidRecipients")
            if for_good
            else said(429, "TooManyRequests", Retry_After="7")
        )
        self.graph.answers.append(
            lambda request: answer if request.path.endswith("/sendMail") else None
        )
        return True

    def accept(self) -> None:
        self.graph.answers.clear()

    def close(self) -> None:
        for each in self._notifiers:
            each.close()
