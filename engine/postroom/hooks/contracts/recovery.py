"""A store that can be made anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from postroom.model.record import Table


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a store that was made anew has, and what it has not."""

    entries: int
    """Of the log, verified, all that were published."""
    messages: int
    records: int
    notices_given_up: int
    """Notices that waited to be sent. Their text is nowhere any more."""
    mail: tuple[str, ...]
    """Files with raw mail that was committed after the last publishing: nothing else of it is left.
    """
    raw_let_go: int = 0
    """Messages whose raw bytes were let go of before; there is no more of them."""
    aside: str = ""
    """Where the files are that could not be read."""


@runtime_checkable
class Recoverable(Protocol):
    """A store that can be made anew from what it published."""

    @classmethod
    def recover(cls, folder: Path, tables: Mapping[str, Table], now: datetime) -> Recovery:
        """Make it anew, and keep what was there.

        Raises Problem: PR520 an engine holds the data, PR560 nothing usable was published, PR561
        nothing is wrong, PR562 the rules declare other tables than those published.
        """
        ...
