"""Send letters over Microsoft Graph, as the same bytes that go out over SMTP.

Trouble that may pass is tried again, and so is a permission that is missing: nothing is lost while
somebody mends it. Only a refusal of the message itself is final.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.contracts import Refused, Retry, Uncertain
from postroom.hooks.letters.envelope import addressed
from postroom.source.diagnostic import Problem
from postroom_graph.problems import THEIR_FAULT, CutOffError, DeclinedError
from postroom_graph.settings import GraphSendSettings

if TYPE_CHECKING:
    from postroom.hooks.contracts import Letter
    from postroom_graph.client import Graph

_LARGEST = 4 * 1000 * 1000
"""Bytes that Graph takes in one request."""


class GraphNotifier:
    """Mail out over Microsoft Graph."""

    name: ClassVar[str] = "graph"
    settings: ClassVar[type] = GraphSendSettings

    def __init__(self, settings: GraphSendSettings) -> None:
        self._settings = settings
        self._graph: Graph | None = None

    def send(self, letter: Letter) -> bytes:
        """Send a letter and return it as it went out.

        Raises Retry, Uncertain, or Refused; the latter with what was sent if others took it.
        """
        from postroom.hooks.letters.compose import compose

        envelope = addressed(letter)
        raw = compose(letter)
        body = b64encode(raw)
        if len(body) > _LARGEST:
            raise Refused(f"it has {len(body)} bytes in Base64 and Graph takes {_LARGEST}")
        self._hand_over(body)
        if envelope.refused:
            raise Refused(envelope.why, raw)
        return raw

    def _hand_over(self, body: bytes) -> None:
        from postroom_graph.client import Graph

        try:
            graph = self._graph = self._graph or Graph(self._settings)
            graph.hand_over(graph.url("sendMail"), "sending", body)
        except DeclinedError as declined:
            if declined.status >= THEIR_FAULT:
                raise Retry(declined.text) from None
            raise Refused(declined.text) from None
        except CutOffError as cut:
            raise Uncertain(cut.diagnostic.message) from None
        except Problem as problem:
            raise Retry(problem.diagnostic.message, problem.after) from None

    def close(self) -> None:
        """Let go of the connection."""
        graph, self._graph = self._graph, None
        if graph is not None:
            graph.close()
