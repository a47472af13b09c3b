"""What transport and notifier want to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from postroom.hooks.listening import on_this_machine
from postroom.model.settings import setting
from postroom.model.signin import Credential

BASE_URL = "https://graph.microsoft.com/v1.0"
_DIGITS = 6
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
class Push:
    """Where Graph calls us, and how we take the call."""

    url: str
    """As the outside has it."""
    listen: str
    certificate: Path | None
    key: Path | None

    @property
    def host(self) -> str:
        """Return the address to listen on."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Return the port to listen on; 0: none is named."""
        port = self.listen.rpartition(":")[2]
        return int(port) if port.isascii() and port.isdecimal() and len(port) < _DIGITS else 0


@dataclass(frozen=True, slots=True)
class GraphSettings:
    """`use: graph` under `receive:`."""

    mailbox: str = setting("the address of the mailbox, shared ones as well")
    auth: Credential = setting(_AUTH)
    folder: str = setting("the folder to read, with `/` between levels", default="INBOX")
    base_url: str = setting(_BASE, default=BASE_URL)
    ca_file: Path | None = setting(_CA, default=None)
    timeout: timedelta = setting(_TIMEOUT, default=timedelta(seconds=30))
    push_url: str | None = setting(
        "the address at which Graph reaches `push_listen`, to tell of new mail at once",
        default=None,
    )
    push_listen: str = setting(
        "where calls of Graph are taken, for all accounts that name it", default="127.0.0.1:8026"
    )
    push_certificate: Path | None = setting(
        "a PEM file with the certificate of `push_url` and those above it, where no proxy in front "
        "has one; read anew for each connection",
        default=None,
    )
    push_key: Path | None = setting(
        "a PEM file with the private key, if it is not in that file", default=None
    )

    def __post_init__(self) -> None:
        _check(self)
        if self.push is not None:
            _check_push(self.push)

    @property
    def push(self) -> Push | None:
        """Return where Graph calls us; None: nowhere."""
        if self.push_url is None:
            return None
        return Push(self.push_url, self.push_listen, self.push_certificate, self.push_key)


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


def _check_push(push: Push) -> None:
    """Raise ValueError for what Graph could not call, or for notices in the clear."""
    try:
        url = urlsplit(push.url)
    except ValueError:
        raise ValueError("`push_url` is not an address") from None
    if url.scheme != "https" or not url.hostname or url.query or url.fragment:
        raise ValueError("`push_url` must be an address that begins with https://, without a query")
    if not push.host or not push.port:
        raise ValueError("`push_listen` is an address with a port: `0.0.0.0:8443`")
    if push.certificate is None and not on_this_machine(push.host):
        raise ValueError(
            "give `push_certificate`, or listen on 127.0.0.1 behind a proxy that has one"
        )
    if push.key is not None and push.certificate is None:
        raise ValueError("give `push_certificate` as well: a key alone is of no use")
