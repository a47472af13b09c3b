"""How much one client may hand over in a time."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pace:
    """Counts the messages of each client in a minute. Any thread may ask."""

    def __init__(self, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def allows(self, client: str) -> bool:
        """Count a message; return whether it is not one too many. "" is this machine."""
        if not client:
            return True
        minute = int(self._now() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            found = self._counts.get(client, 0) + 1
            self._counts[client] = found
        return found <= self._most
