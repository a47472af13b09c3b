"""What a provider gives, and what it asks of a person."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens. Shows none of them."""

    access_token: str = field(repr=False)
    expires_in: float
    """Seconds from now."""
    refresh_token: str = field(default="", repr=False)
    """"" where the provider gave none: the old one goes on, if there is one."""
    refresh_expires_in: float = 0
    """Seconds from now; 0 where the provider does not say."""


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """A person is to open an address in a browser (RFC 6749 4.1, with PKCE, RFC 7636)."""

    url: str
    state: str
    redirect_uri: str
    memory: Any = field(repr=False)
    """What the authority needs to finish it."""


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """A person is to type a code at an address, on any machine (RFC 8628)."""

    url: str
    user_code: str
    interval: float
    """Seconds between two questions."""
    expires_in: float
    memory: Any = field(repr=False)


class Pending(Enum):
    """Nobody has typed the code yet (RFC 8628 3.5)."""

    WAIT = "authorization_pending"
    SLOWER = "slow_down"


PENDING: Final = {each.value: each for each in Pending}


class Declined(Exception):  # noqa: N818 - reads as `raise Declined(...)`
    """The provider said no, for good: `error` as in RFC 6749 5.2, and its own words."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(error)
        self.error, self.words = error, words


class Busy(Exception):  # noqa: N818
    """The provider cannot be reached, or does not want to be asked now."""

    def __init__(self, words: str, after: float | None = None) -> None:
        super().__init__(words)
        self.words, self.after = words, after


class Authority(Protocol):
    """A provider, as seen by one sign-in. Every method raises Declined or Busy."""

    def ask_person(self, redirect_uri: str, scopes: Sequence[str]) -> CodeRequest:
        """Return where a person has to go."""
        ...

    def take_code(self, asked: CodeRequest, answer: Mapping[str, str]) -> Grant:
        """Return tokens for what the browser brought back."""
        ...

    def ask_device(self, scopes: Sequence[str]) -> DeviceRequest:
        """Return the code that a person has to type."""
        ...

    def poll_device(self, asked: DeviceRequest) -> Grant | Pending:
        """Return tokens, if somebody has typed the code. Asks once."""
        ...

    def renew(self, refresh_token: str, scopes: Sequence[str]) -> Grant:
        """Return fresh tokens."""
        ...

    def for_client(self, scopes: Sequence[str]) -> Grant:
        """Return a token for which nobody has to sign in."""
        ...


def compared(asked: CodeRequest, answer: Mapping[str, str]) -> None:
    """Look at what a browser brought back: the state is compared (RFC 6749 10.12).

    Raises Declined with an `error` of the provider's, or `no_code`, or `state`.
    """
    if "error" in answer:
        raise Declined(answer["error"], answer.get("error_description", ""))
    if not answer.get("code"):
        raise Declined("no_code", "that is no address with a code")
    if not secrets.compare_digest(answer.get("state", "").encode(), asked.state.encode()):
        raise Declined("state", "that address belongs to another sign-in")
