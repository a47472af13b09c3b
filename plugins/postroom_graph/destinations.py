"""Folders that messages were moved to, which are not looked for each time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_KNOWN_FOR: Final = 600.0
"""Seconds that a folder is not looked for again. One that somebody deletes lies among the deleted
ones under the same id, and takes what is moved there."""


@dataclass
class Destinations:
    """Ids of folders by their paths, each for ten minutes."""

    monotonic: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[str, float]] = field(default_factory=dict)

    def get(self, path: str) -> str | None:
        """Return the id of a folder; None if it is to be looked for."""
        key, until = self._known.get(path, ("", 0.0))
        return key if key and self.monotonic() < until else None

    def note(self, path: str, key: str) -> str:
        """Know a folder from now on; return its id."""
        self._known[path] = key, self.monotonic() + _KNOWN_FOR
        return key
