"""A store that can let raw mail go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime


@runtime_checkable
class LetsRawGo(Protocol):
    """A store that does not keep the raw bytes of every message for ever."""

    def let_raw_go(self, account: str, before: datetime, now: datetime, limit: int) -> int:
        """Erase the raw bytes of messages that were decided before a time; return how many.

        Never of what lies in quarantine and nobody has reviewed, of what a notice that waits is
        about, or of what files of records lie in. Everything else that is known of a message stays,
        and the log says that its bytes are gone. Called again until it returns less than the limit;
        called by one thread.
        """
        ...
