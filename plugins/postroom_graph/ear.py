"""What one subscription is told. Nothing of it is believed but that it is time to look."""

from __future__ import annotations

from secrets import token_urlsafe
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Ear:
    """Listens for one account. Any thread may use it."""

    def __init__(self, trace: Callable[[str], None] | None = None) -> None:
        self.state = token_urlsafe(32)
        """The secret that Graph repeats in each notice."""
        self.removed = Event()
        """Whether Graph says that it has dropped the subscription."""
        self.doubted = Event()
        """Whether Graph wants to see a token again."""
        self._news = Event()
        self._trace = trace

    def hear(self, lifecycle: object) -> None:
        """Take in a notice: of mail, or of what became of the subscription."""
        match lifecycle:
            case "subscriptionRemoved":
                self.removed.set()
            case "reauthorizationRequired":
                self.doubted.set()
            case _:  # mail, or that a notice of mail was missed
                pass
        self._news.set()

    def wait(self, seconds: float) -> bool:
        """Wait until something is heard, for so many seconds at most."""
        if not self._news.wait(max(0.0, seconds)):
            return False
        self._news.clear()
        return True

    def tell(self, words: str) -> None:
        """Write a line into the trace of the account."""
        if self._trace:
            self._trace(words)
