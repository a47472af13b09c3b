"""What settings have in common that name a mailbox and how to sign in to it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from postroom.model.settings import Secret
from postroom.model.signin import Credential


class SignedIn:
    """Has no settings of its own: a dataclass with these may inherit from it.

    Raises ValueError, in words for authors, if there is not one way to sign in.
    """

    __slots__ = ()
    ports: ClassVar[Mapping[str, int]]
    """By `tls`, the port to connect to if none is given."""
    password: Secret | None
    auth: Credential | None
    tls: str
    port: int | None
    timeout: timedelta

    def __post_init__(self) -> None:
        if (self.password is None) == (self.auth is None):
            raise ValueError("give either `password` or `auth`")

    @property
    def never_shown(self) -> str:
        """Return what must not be repeated if a server says it back; "" if there is nothing."""
        return "" if self.password is None else self.password.reveal()

    @property
    def port_number(self) -> int:
        """Return the port to connect to."""
        return self.port or self.ports[self.tls]

    @property
    def seconds(self) -> float:
        """Return the timeout in seconds."""
        return self.timeout.total_seconds()
