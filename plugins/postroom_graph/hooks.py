"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_graph.notifier import GraphNotifier
from postroom_graph.transport import GraphTransport

if TYPE_CHECKING:
    from postroom.hooks.contracts import Notifier, Transport


@hookimpl
def postroom_transports() -> list[type[Transport]]:
    """Bring one transport."""
    return [GraphTransport]


@hookimpl
def postroom_notifiers() -> list[type[Notifier]]:
    """Bring one notifier."""
    return [GraphNotifier]
