"""A mailbox on the fake of Microsoft Graph, as the contract suites want it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.plugins.tokens import Issued
from tests.servers.graph import GraphError
from tests.servers.web import Response

from postroom.hooks.contracts import TransportContext
from postroom_graph.notifier import GraphNotifier
from postroom_graph.settings import GraphSendSettings, GraphSettings
from postroom_graph.transport import GraphTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.servers.ca import LocalCA
    from tests.servers.graph import FakeGraph
    from tests.servers.web import Request

    from postroom.model.envelope import ActionVerb
    from postroom.testing.transport_contract import Trouble

LIMIT = 1_000_000
ADDRESS = "help@kestrel.example"
_TROUBLE_AT = 70


def said(status: int, code: str, text: str = "", **headers: str) -> Response:
    """Return an error as Graph says it."""
    return GraphError(status, code, text, **headers).response


class Box:
    """The mailbox of an address."""

    verbs: tuple[ActionVerb, ...] = ("keep", "flag", "move", "delete")

    def __init__(self, graph: FakeGraph, ca: LocalCA, **settings: Any) -> None:
        self.graph = graph
        self.mailbox = graph.mailbox(ADDRESS)
        self.auth = Issued(graph.issuer, "app:app-id", "graph")
        self._transports: list[GraphTransport] = []
        self.settings = GraphSettings(
            mailbox=ADDRESS,
            base_url=graph.url,
            ca_file=ca.ca_file,
            **{"auth": self.auth, "timeout": timedelta(seconds=10), **settings},
        )

    def deliver(self, raws: Sequence[bytes]) -> None:
        for raw in raws:
            self.mailbox.deliver(raw)

    def poison(self) -> bool:
        self.mailbox.deliver(b"Subject: poison\r\n\r\n").poison = True
        return True

    def trouble(self, kind: Trouble) -> Callable[[], bool]:
        """Have it come with one of the messages, in the middle."""
        asked: list[str] = []

        def at_the_last(request: Request) -> Response | None:
            if not request.path.endswith("$value"):
                return None
            asked.append(request.path)
            return self._have(kind) if len(asked) == _TROUBLE_AT else None

        self.graph.answers.append(at_the_last)
        return lambda: len(asked) >= _TROUBLE_AT

    def _have(self, kind: Trouble) -> Response | None:
        match kind:
            case "throttled":
                return said(429, "TooManyRequests", Retry_After="7")
            case "cut":
                return Response(200, b"Subject: half of it\r\n", breaks_after=5)
            case "expired":
                self.graph.issuer.access[self.auth.handed_out[-1]].until = 0
                return None

    def transport(
        self,
        max_message: int = LIMIT,
        trace: Callable[[str], None] | None = None,
        **changes: Any,
    ) -> GraphTransport:
        context = TransportContext("test", max_message, trace)
        self._transports.append(GraphTransport(replace(self.settings, **changes), context))
        return self._transports[-1]

    def close(self) -> None:
        """Close every transport that was handed out."""
        for each in self._transports:
            each.close()

    def state(self) -> object:
        return self.mailbox.state()


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
