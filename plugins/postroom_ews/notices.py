"""Be told of new mail by the server: streaming notifications ([MS-OXWSNTIF]).

A notice is only a hint. Whatever goes wrong here, the folder is looked at as often as without; so
there is one kind of failure that is passed on, a server that wants to be left alone for a while.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Problem
from postroom_ews.problems import DeclinedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from postroom_ews.folders import Folder
    from postroom_ews.session import Session

_MINUTE = 60
_LONGEST = 30
"""Minutes that Exchange keeps a connection at most."""
_GRACE = 5.0
"""Seconds that it has to end the connection by itself, so that it can be used again."""
_SHORTEST = 5.0
"""Seconds after which a connection that ended is opened anew in the same wait."""
_REST = 1800.0
"""Seconds for which a server that refused is not asked again."""
_FOR_NOW = "PR516"
_ENDED = frozenset(
    {"ErrorSubscriptionNotFound", "ErrorInvalidSubscription", "ErrorExpiredSubscription"}
)
"""What is said of a subscription that is no more; anything else is a refusal."""


class Notices:
    """What is told of one folder. Used by one thread, except for `end`."""

    def __init__(
        self, session: Session, folder: Folder, trace: Callable[[str], None] | None
    ) -> None:
        self._session = session
        self._folder = folder
        self._tell = trace
        self._subscription = ""
        self._not_before = 0.0
        self._ended = False

    def wait(self, timeout: timedelta) -> bool:
        """Wait; return whether there may be new mail. Raises Problem PR516, and no other.

        False at once where the server refuses. The first time it is True at once: what came in
        before the server took note is not told.
        """
        until = time.monotonic() + timeout.total_seconds()
        if time.monotonic() < self._not_before:
            return False
        try:
            if not self._subscription:
                self._subscription = self._session.subscribe(self._folder)
                return True
            return self._listen(until)
        except DeclinedError as declined:
            self._subscription = ""
            self._stop(declined, 0.0 if declined.code in _ENDED else _REST)
        except Problem as problem:
            if problem.diagnostic.code == _FOR_NOW:
                raise
            self._stop(problem, _REST)
        return False

    def _stop(self, why: Exception, rest: float) -> None:
        """Do without notices for so many seconds; a subscription that ended is made anew at once.

        At once is in the next wait, so that a server that forgets at once is not asked for ever.
        """
        self._not_before = time.monotonic() + rest
        if self._tell:
            self._tell(f"no notices for {rest:g} s: {why}")

    def _listen(self, until: float) -> bool:
        while not self._ended and (left := until - time.monotonic()) > 0:
            began = time.monotonic()
            minutes = min(_LONGEST, int(left // _MINUTE))
            seconds = minutes * _MINUTE + _GRACE if minutes else left
            if self._session.listen(self._subscription, self._folder, minutes or 1, seconds):
                return True
            if time.monotonic() - began < _SHORTEST:
                break
        if self._ended:
            self._leave()
        return False

    def end(self) -> None:
        """Have `wait` end, and the server forget us; any thread may call."""
        self._ended = True
        self._session.interrupt()
        self._leave()

    def _leave(self) -> None:
        """Have the server forget us, where nothing else is being asked; else `wait` does it."""
        if self._subscription:
            with suppress(DeclinedError, Problem):  # it forgets by itself after half an hour
                self._session.unsubscribe(self._subscription)
