"""What transport and notifier want to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from postroom.model.settings import setting
from postroom.model.signin import Credential

BASE_URL = "https://graph.microsoft.com/v1.0"
_AUTH = "a sign-in with OAuth 2, by its name in `sign_ins:` or in full"
_BASE = "the address of Graph with its version, for a national cloud"
_CA = "a file with the certificate of your own authority, in place of those of the system"
_TIMEOUT = "how long the server may say nothing"


class Server(Protocol):
    """What is said of the server, and of the mailbox on it."""

    @property
    def mailbox(self) -> str:
        """The address of the mailbox."""
        ...

    @property
    def auth(self) -> Credential:
        """Who signs in."""
        ...

    @property
    def base_url(self) -> str:
        """Of Graph, with the version."""
        ...

    @property
    def ca_file(self) -> Path | None:
        """The certificate of an authority of our own; None: those of the system."""
        ...

    @property
    def timeout(self) -> timedelta:
        """How long it may say nothing."""
        ...


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """`use: graph` under `receive:`."""

    mailbox: str = setting("the address of the mailbox, shared ones as well")
    auth: Credential = setting(_AUTH)
    folder: str = setting("the folder to read, with `/` between levels", default="INBOX")
    base_url: str = setting(_BASE, default=BASE_URL)
    ca_file: Path | None = setting(_CA, default=None)
    timeout: timedelta = setting(_TIMEOUT, default=timedelta(seconds=30))

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True)
class GraphSendSettings:
    """`use: graph` under `send:`."""

    mailbox: str = setting("the address of the mailbox that sends")
    auth: Credential = setting(_AUTH)
    base_url: str = setting(_BASE, default=BASE_URL)
    ca_file: Path | None = setting(_CA, default=None)
    timeout: timedelta = setting(_TIMEOUT, default=timedelta(seconds=30))

    def __post_init__(self) -> None:
        _check(self)


def _check(server: Server) -> None:
    """Raise ValueError for what would send a token in the clear, or to nobody."""
    try:
        url = urlsplit(server.base_url)
    except ValueError:
        raise ValueError("`base_url` is not an address") from None
    if url.scheme != "https" or not url.hostname or url.query or url.fragment:
        raise ValueError("`base_url` must be an address that begins with https://")
    if "@" not in server.mailbox or not server.mailbox.isprintable():
        raise ValueError("`mailbox` must be an address, such as `help@kestrel.example`")
