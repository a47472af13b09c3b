"""What the receivers want to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from postroom.hooks.listening import on_this_machine
from postroom.model.settings import Secret, setting


@dataclass(frozen=True, slots=True)
class LmtpSettings:
    """`use: lmtp`."""

    socket: Path | None = setting(
        "a unix socket to listen on, in place of host and port", default=None
    )
    group: str = setting(
        "the group that may use the socket, besides the engine's own user; none if it is empty",
        default="",
    )
    host: str = setting(
        "the address to listen on; LMTP knows no sign-in, so leave it on this machine",
        default="127.0.0.1",
    )
    port: int = setting("the port to listen on", default=2424)
    timeout: timedelta = setting(
        "how long a sender may take for a command or a message, and a second more for each 1,000 "
        "bytes of a message",
        default=timedelta(minutes=5),
    )
    connections: int = setting("how many senders may be connected at a time", default=50)


@dataclass(frozen=True, slots=True)
class SmtpInSettings:
    """`use: smtp_in`."""

    host: str = setting("the address to listen on", default="127.0.0.1")
    port: int = setting("the port to listen on", default=2525)
    certificate: Path | None = setting(
        "a PEM file with the certificate and those above it, for STARTTLS; read anew each time",
        default=None,
    )
    key: Path | None = setting(
        "a PEM file with the private key, if it is not in that file", default=None
    )
    tls: Literal["required", "offered"] | None = setting(
        "`required` takes no mail before STARTTLS; `offered` takes it in the clear too, which a "
        "server that the whole world delivers to has to; if not given, `required` beyond this "
        "machine",
        default=None,
    )
    username: str | None = setting("who has to sign in before mail is taken", default=None)
    password: Secret | None = setting(
        "what they prove it with (AUTH PLAIN), once the connection is encrypted", default=None
    )
    recipients: int = setting("how many recipients a message may have", default=100)
    each: int = setting(
        "how many connections one client may have at a time; none is counted who is on this "
        "machine or has signed in",
        default=50,
    )
    messages: int = setting(
        "how many messages one client may hand over in a minute; the rest is to come later, but "
        "for who is on this machine or has signed in",
        default=1_000,
    )
    timeout: timedelta = setting(
        "how long a sender may take for a command or a message, and a second more for each 1,000 "
        "bytes of a message",
        default=timedelta(minutes=5),
    )
    connections: int = setting("how many senders may be connected at a time", default=100)

    def __post_init__(self) -> None:
        if self.certificate is None and (self.tls == "required" or not on_this_machine(self.host)):
            raise ValueError("give `certificate`, a PEM file: there is no STARTTLS without one")
        if self.key is not None and self.certificate is None:
            raise ValueError("give `certificate` as well: a key alone is of no use")
        if (self.username is None) != (self.password is None):
            raise ValueError("give `username` and `password` together, or neither")
        if self.password is not None and self.certificate is None:
            raise ValueError("give `certificate`: nobody signs in without encryption")

    @property
    def tls_required(self) -> bool:
        """Return whether nothing is taken in the clear."""
        return self.tls == "required" or (self.tls is None and not on_this_machine(self.host))
