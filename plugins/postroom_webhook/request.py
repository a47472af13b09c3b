"""What a request brings, and what a provider has to say about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.hooks.http_talk import Request


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as its provider handed it over."""

    raw: bytes = field(repr=False)
    mail_from: str | None = None
    rcpt_to: tuple[str, ...] = ()


class Shape(Protocol):
    """How a provider hands mail over. Any thread may call."""

    never: int
    """The status that keeps this provider from trying again."""

    def admit(self, headers: Mapping[str, str]) -> None:
        """Look at what comes before the body. Raises RefusedError."""
        ...

    def read(self, request: Request, now: float) -> Mail | None:
        """Return the message, or None where a request brought none and all is well.

        Raises RefusedError for what is not the provider's, is too old, or cannot be read.
        """
        ...
