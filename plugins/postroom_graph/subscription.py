"""What Graph is asked for, to be told of new mail: subscriptions, which end by themselves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from postroom_graph.problems import protocol_broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom_graph.client import Graph

_DOING: Final = "asking to be told of new mail"
_LIFETIME: Final = timedelta(days=2)
"""Outlook's may last for less than seven days. One that is forgotten is not called for long."""
_SHORTEST: Final = 120.0


@dataclass(frozen=True, slots=True)
class Subscription:
    """One that Graph has."""

    key: str
    until: datetime

    @property
    def seconds(self) -> float:
        """Return for how long it stands yet, but never so few that it would be asked for often."""
        return max(_SHORTEST, self.until.timestamp() - time.time())


def resource(graph: Graph, folder: str) -> str:
    """Return what is watched, as Graph names it."""
    return f"users/{graph.server.mailbox}/mailFolders/{folder}/messages"


def standing(graph: Graph, what: str, url: str) -> Iterator[Subscription]:
    """Yield what Graph would call us for. Raises DeclinedError, or Problem."""
    for page in graph.pages(graph.subscriptions(), "looking at the subscriptions"):
        for each in page["value"]:
            if not isinstance(each, dict) or each.get("notificationUrl") != url:
                continue
            if str(each.get("resource", "")).strip("/").casefold() == what.casefold():
                yield _subscription(graph, each)


def made(graph: Graph, what: str, url: str, state: str) -> Subscription:
    """Have Graph call us from now on. Raises DeclinedError, or Problem."""
    fields = {
        "changeType": "created",
        "notificationUrl": url,
        "lifecycleNotificationUrl": url,
        "resource": what,
        "expirationDateTime": _end(),
        "clientState": state,
    }
    return _subscription(graph, graph.send("POST", graph.subscriptions(), _DOING, fields))


def renewed(graph: Graph, subscription: Subscription) -> Subscription:
    """Have it last for longer, which also shows Graph our token again. Raises as `made` does."""
    url = graph.subscriptions(subscription.key)
    return _subscription(graph, graph.send("PATCH", url, _DOING, {"expirationDateTime": _end()}))


def ended(graph: Graph, subscription: Subscription) -> None:
    """Have Graph call no more, if that can be had quickly. Raises Problem."""
    graph.leave(graph.subscriptions(subscription.key))


def _end() -> str:
    until = datetime.fromtimestamp(time.time(), UTC) + _LIFETIME
    return until.isoformat(timespec="seconds").replace("+00:00", "Z")


def _subscription(graph: Graph, said: dict[str, Any]) -> Subscription:
    key = said.get("id")
    try:
        until = datetime.fromisoformat(str(said.get("expirationDateTime"))).astimezone(UTC)
    except (ValueError, OverflowError):
        until = datetime.fromtimestamp(time.time(), UTC) + _LIFETIME
    if isinstance(key, str) and key:
        return Subscription(key, until)
    raise protocol_broken(graph.server, f"{_DOING}: a subscription without an id")
