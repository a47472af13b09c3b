"""Texts from the DNS, within one limit of time for all that is asked about a message."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom_dkim.settings import DkimSettings

MOST_QUESTIONS: Final = 60
"""About one message: whoever writes it chooses the names."""


class Unanswered(Exception):  # noqa: N818 - it says what became of the question
    """The DNS gave no answer, or there is no time left to ask."""


class Dns(Protocol):
    """Who answers questions."""

    def texts(self, name: str, within: float) -> list[bytes]:
        """Return the TXT records of a name, [] if there are none. Raises Unanswered."""
        ...


class Resolver:
    """Asks the DNS, and remembers answers for as long as they hold. Any thread may call."""

    def __init__(self, settings: DkimSettings) -> None:
        """Raise `postroom_dkim.authenticator.NotInstalled` if the library is missing."""
        from dns.resolver import LRUCache, Resolver

        self._resolver = Resolver(configure=not settings.nameservers)
        if settings.nameservers:
            self._resolver.nameservers = list(settings.nameservers)
        self._resolver.cache = LRUCache(10_000)

    def texts(self, name: str, within: float) -> list[bytes]:
        """Return the TXT records of a name, [] if there are none. Raises Unanswered."""
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            answer = self._resolver.resolve(name, "TXT", lifetime=within, search=False)
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, UnicodeError, ValueError) as error:
            raise Unanswered(type(error).__name__) from error
        return [b"".join(record.strings) for record in answer]


@dataclass
class Questions:
    """What is asked about one message."""

    dns: Dns
    timeout: float
    """Seconds, for all of it."""
    monotonic: Callable[[], float] = time.monotonic
    unanswered: bool = False
    """Whether a question was left without an answer."""
    _until: float = field(init=False)
    _known: dict[str, list[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start the clock."""
        self._until = self.monotonic() + self.timeout

    def texts(self, name: str) -> list[bytes]:
        """Return the TXT records of a name. Raises Unanswered."""
        name = name.rstrip(".").lower()
        if name in self._known:
            return self._known[name]
        try:
            found = self._known[name] = self._asked(name)
        except Unanswered:
            self.unanswered = True
            raise
        return found

    def _asked(self, name: str) -> list[bytes]:
        left = self._until - self.monotonic()
        if left <= 0 or len(self._known) >= MOST_QUESTIONS:
            raise Unanswered("no time left")
        return self.dns.texts(name, left)
