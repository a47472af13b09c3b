"""Be told of new mail by Graph, which calls us (change notifications).

A notice is only a hint. Whatever goes wrong here, the folder is looked at as often as without.
"""

from __future__ import annotations

import logging
import time
from contextlib import nullcontext, suppress
from threading import Lock
from typing import TYPE_CHECKING, Final

from postroom.source.diagnostic import Diagnostic, Problem
from postroom_graph import subscription as at_graph
from postroom_graph.ear import Ear
from postroom_graph.line import LINES
from postroom_graph.problems import DeclinedError, diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from postroom_graph.client import Graph
    from postroom_graph.line import Line
    from postroom_graph.settings import Push
    from postroom_graph.subscription import Subscription

_REST: Final = 600.0
"""Seconds until what was refused is asked for again."""
_GONE: Final = frozenset({404, 410})
_NOT_FOUND: Final = "PR573"
_log = logging.getLogger(__name__)


class Notices:
    """What is told of one folder. Used by one thread, except for `end`."""

    def __init__(
        self, graph: Graph, folder: str, told: Push, trace: Callable[[str], None] | None
    ) -> None:
        self._graph = graph
        self._resource = at_graph.resource(graph, folder)
        self._told = told
        self._ear = Ear(trace)
        self._line: Line | None = None
        self._subscription: Subscription | None = None
        self._renew_at = self._ends_at = self._not_before = 0.0
        self._ended = False
        self._lock = Lock()
        """So that nobody joins the line who has left it."""

    def wait(self, timeout: timedelta) -> bool:
        """Wait; return whether there may be new mail.

        False at once where Graph does not tell. True at once when it begins to: what came in before
        is not told.
        """
        until = time.monotonic() + timeout.total_seconds()
        while not self._ended and (left := until - time.monotonic()) > 0:
            if self._keep():
                return True
            if self._subscription is None:
                return False
            if self._ear.wait(min(left, self._renew_at - time.monotonic())):
                return not self._ended
        return False

    def end(self) -> None:
        """Have `wait` end, and Graph forget us; any thread may call."""
        with self._lock:
            self._ended = True
            line, self._line = self._line, None
        self._ear.hear(None)
        if self._subscription is not None:
            with suppress(Problem):  # it ends by itself in two days
                at_graph.ended(self._graph, self._subscription)
        if line is not None:
            if self._subscription is not None:
                line.held.discard(self._subscription.key)
            LINES.leave(line, self._ear)

    def _keep(self) -> bool:
        """See that a subscription stands; return whether it is a new one. Nothing is raised."""
        now = time.monotonic()
        try:
            if self._ear.removed.is_set():
                self._ear.removed.clear()
                self._let_go()
            if self._subscription is None:
                return now >= self._not_before and self._begin()
            if self._ear.doubted.is_set() or now >= self._renew_at:
                self._ear.doubted.clear()
                return self._renew(self._subscription)
        except (DeclinedError, Problem) as why:
            self._do_without(why)
        return False

    def _begin(self) -> bool:
        with self._lock:
            if self._ended:
                return False
            line = self._line = LINES.join(self._told, self._ear)
        with line.beginning(self._resource):
            with suppress(DeclinedError, Problem):  # what an engine that died has left
                for each in list(at_graph.standing(self._graph, self._resource, self._told.url)):
                    if each.key not in line.held:
                        at_graph.ended(self._graph, each)
            with line.expecting():
                url, state = self._told.url, self._ear.state
                made = at_graph.made(self._graph, self._resource, url, state)
            with self._lock:
                if not self._ended:  # else it is left for whoever begins next
                    line.held.add(made.key)
                    self._stands(made)
        return True

    def _renew(self, subscription: Subscription) -> bool:
        try:
            with self._line.expecting() if self._line else nullcontext():
                self._stands(at_graph.renewed(self._graph, subscription))
        except (DeclinedError, Problem) as why:
            if not _is_gone(why):
                raise
            self._let_go()
            return self._begin()
        return False

    def _let_go(self) -> None:
        """Count no more on a subscription, which whoever begins next may end."""
        gone, self._subscription = self._subscription, None
        if gone is not None and self._line is not None:
            self._line.held.discard(gone.key)

    def _stands(self, subscription: Subscription) -> None:
        now = time.monotonic()
        self._subscription = subscription
        self._ends_at = now + subscription.seconds
        self._renew_at = now + subscription.seconds / 2
        self._ear.tell(f"Graph tells of new mail until {subscription.until:%Y-%m-%d %H:%M} UTC")

    def _do_without(self, why: DeclinedError | Problem) -> None:
        """Leave Graph alone with it for a while, which may go on calling for what stands."""
        asked = why.after if isinstance(why, Problem) else None
        rest = max(_REST, asked.total_seconds() if asked else 0.0)
        self._not_before = self._renew_at = time.monotonic() + rest
        if self._not_before >= self._ends_at:
            self._let_go()
        found = self._finding(why)
        words = f"no notices for {rest:g} s: {found.code} {found.message} ({found.help})"
        self._ear.tell(words)
        if not self._ended:
            _log.warning("%s", words)

    def _finding(self, why: DeclinedError | Problem) -> Diagnostic:
        if isinstance(why, Problem):
            return why.diagnostic
        words = f"Graph does not tell of new mail: {why.text}"
        hint = f"see that Graph can reach {self._told.url} from outside"
        return diagnostic("PR545", self._graph.server, words, hint)


def _is_gone(why: DeclinedError | Problem) -> bool:
    """Whether Graph does not know the subscription any more."""
    if isinstance(why, DeclinedError):
        return why.status in _GONE
    return why.diagnostic.code == _NOT_FOUND
