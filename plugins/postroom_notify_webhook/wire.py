"""One request over TLS to an address that was checked, and what the server says (RFC 9112).

The name is looked up once, every address is checked, and one of these is connected to: a name that
means something else a moment later changes nothing. Redirects are not followed.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from postroom_notify_webhook.addresses import is_public

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

SECONDS: Final = 10.0
"""For all of it: looking up, connecting, sending, waiting."""
LARGEST: Final = 64 * 1024
"""Bytes of a request's body, and of what is read of a response."""


class BadUrlError(Exception):
    """It is no address that anything is sent to; says why, and never the address itself."""


class ForbiddenError(OSError):
    """The name leads to an address that nothing is sent to."""


class Net(Protocol):
    """The way to the world."""

    def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of a name. Raises OSError."""
        ...

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        """Connect to an address. Raises OSError."""
        ...


class World:
    """The system's resolver and sockets."""

    def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of a name, each once."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(each[4][0]) for each in found))

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        """Connect to an address."""
        return socket.create_connection((address, port), seconds)


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL says."""

    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return the Host field (RFC 9110 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _HTTPS else f"{host}:{self.port}"


_HTTPS: Final = 443


def target_of(url: str) -> Target:
    """Return what a URL says. Raises BadUrlError."""
    try:
        parts = urlsplit(url)
        port = parts.port or _HTTPS
    except ValueError:
        raise BadUrlError("`url` is no address on the web") from None
    if parts.scheme != "https":
        raise BadUrlError("`url` does not begin with `https://`")
    if not parts.hostname or parts.username is not None:
        raise BadUrlError("`url` must have a host, and no password before it")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    if not f"{parts.hostname}{path}".isascii() or not all("!" <= c <= "~" for c in path):
        raise BadUrlError("`url` has letters that belong percent-encoded")
    return Target(parts.hostname, port, path)


def connect(net: Net, target: Target, trust: ssl.SSLContext, until: float) -> ssl.SSLSocket:
    """Return a connection whose address and certificate were checked. Raises OSError."""
    addresses = net.resolve(target.host, target.port)
    if not addresses or not all(map(is_public, addresses)):
        raise ForbiddenError("its name leads into a private network")
    plain = net.connect(addresses[0], target.port, left(until))
    try:
        plain.settimeout(left(until))
        return trust.wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


def post(
    connection: ssl.SSLSocket, target: Target, fields: Mapping[str, str], body: bytes, until: float
) -> None:
    """Send a request; the server is asked to close behind its answer."""
    head = [f"POST {target.path} HTTP/1.1", f"Host: {target.authority}"]
    head += [f"{name}: {value}" for name, value in fields.items()]
    head += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    connection.settimeout(left(until))
    connection.sendall("\r\n".join(head).encode("ascii") + body)


def answer(connection: ssl.SSLSocket, until: float) -> tuple[int, dict[str, str]]:
    """Return status and fields of the response; its content is not read.

    Raises OSError, ValueError for what is no HTTP, or too long.
    """
    got = b""
    while b"\r\n\r\n" not in got:
        if len(got) > LARGEST:
            raise ValueError("the response has no end")
        connection.settimeout(left(until))
        block = connection.recv(8 * 1024)
        if not block:
            raise ConnectionError("the server hung up before it answered")
        got += block
    first, *lines = got.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdecimal():
        raise ValueError("the response is no HTTP")
    pairs = (line.partition(":") for line in lines)
    return int(rest[:3]), {name.strip().lower(): value.strip() for name, _, value in pairs}


def left(until: float) -> float:
    """Return the seconds that are left. Raises TimeoutError if there are none."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
