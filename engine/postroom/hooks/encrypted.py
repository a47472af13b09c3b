"""Come to an encrypted connection with the server that was meant, or to the reason why not.

For plugins whose protocol runs over TLS. Implicit TLS is encrypted from the first byte; with
STARTTLS a few lines go over in the clear first, of which none is believed later: whoever sits in
between can change them, so all they decide is whether to go on (RFC 8314, CVE-2011-0411).
"""

from __future__ import annotations

import select
import socket
import ssl
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Trace = Callable[[str], None]

_LONGEST_LINE = 8 * 1024
NO_PLAINTEXT = "nothing was sent that must stay secret; see who runs the network in between"
OTHER_TLS = "say `tls: implicit` if it has that"


class Server(Protocol):
    """What a plugin's settings say of a server."""

    @property
    def host(self) -> str:
        """Its name, as it stands in the certificate."""
        ...

    @property
    def port_number(self) -> int:
        """Where it listens."""
        ...

    @property
    def tls(self) -> str:
        """`implicit` or `starttls`."""
        ...

    @property
    def ca_file(self) -> Path | None:
        """The certificate of an authority of our own; None: those of the system."""
        ...

    @property
    def seconds(self) -> float:
        """How long it may say nothing."""
        ...


class NotConnectedError(Exception):
    """There is no connection: a code (PR510, PR512, PR514, PR516), the words, what to do."""

    def __init__(self, code: str, words: str, hint: str) -> None:
        super().__init__(words)
        self.code, self.words, self.hint = code, words, hint


def connect(server: Server, start_tls: Callable[[Clear], None], trace: Trace) -> ssl.SSLSocket:
    """Return a socket that is encrypted and whose certificate was checked, name and all.

    `start_tls` asks for STARTTLS as the protocol has it, and raises NotConnectedError if the server
    does not want to. Raises NotConnectedError.
    """
    context = _context(server)
    plain_socket = _reach(server)
    try:
        if server.tls == "starttls":
            start_tls(Clear(plain_socket, trace))
            _refuse_what_was_buffered(plain_socket)
        return context.wrap_socket(plain_socket, server_hostname=server.host)
    except BaseException as error:
        plain_socket.close()
        if isinstance(error, OSError):
            raise _not_connected(server, error) from None
        raise


class Clear:
    """Lines over a connection that is not encrypted yet; never reads beyond the end of a line."""

    def __init__(self, connection: socket.socket, trace: Trace) -> None:
        self._connection = connection
        self._trace = trace

    def line(self) -> bytes:
        """Return the next line without its end."""
        line = bytearray()
        while not line.endswith(b"\n"):
            letter = self._connection.recv(1)
            if not letter or len(line) > _LONGEST_LINE:
                raise ConnectionError("the server went away" if not letter else "no end of line")
            line += letter
        self._trace(f"S: {shown(line)}")
        return bytes(line.strip())

    def say(self, line: bytes) -> None:
        """Send a line."""
        self._trace(f"C: {shown(line)}")
        self._connection.sendall(line + b"\r\n")


def shown(line: bytes | bytearray) -> str:
    """Return a line fit to be shown."""
    text = line.decode("utf-8", "replace")
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _context(server: Server) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=server.ca_file)
    except (OSError, ssl.SSLError) as error:
        words = f"`ca_file: {server.ca_file}` cannot be used: {error.strerror or error}"
        hint = "name a file with certificates in PEM form"
        raise NotConnectedError("PR512", words, hint) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _reach(server: Server) -> socket.socket:
    try:
        connection = socket.create_connection((server.host, server.port_number), server.seconds)
        # a command goes out in several pieces, which would wait for one another
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        words = f"the server cannot be reached: {(error.strerror or str(error)).lower()}"
        hint = f"check `host: {server.host}` and the port, and the network"
        raise NotConnectedError("PR510", words, hint) from None
    return connection


def _refuse_what_was_buffered(connection: socket.socket) -> None:
    if select.select([connection], [], [], 0)[0]:
        words = "something was said in the clear between STARTTLS and the encryption"
        raise NotConnectedError("PR512", words, NO_PLAINTEXT)


def _not_connected(server: Server, error: OSError) -> NotConnectedError:
    match error:
        case TimeoutError():
            words = f"no answer within {server.seconds:g} seconds"
            hint = f"see whether the port is the right one for `tls: {server.tls}`"
            return NotConnectedError("PR514", words, hint)
        case ssl.SSLCertVerificationError():
            words = f"the certificate is not accepted: {error.verify_message}"
            hint = (
                "`host` must be a name in the certificate; for an authority of your own: `ca_file`"
            )
            return NotConnectedError("PR512", words, hint)
        case ssl.SSLError():
            other = "starttls" if server.tls == "implicit" else "implicit"
            words = f"no encrypted connection comes about: {error.reason or error}"
            return NotConnectedError("PR512", words, f"if the port speaks it, say `tls: {other}`")
        case _:
            words = f"the connection was closed: {error.strerror or error}"
            return NotConnectedError("PR510", words, "see whether the server lets this machine in")
