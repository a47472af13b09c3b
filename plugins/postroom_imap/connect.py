"""Come to an encrypted connection with the server that was meant, or to a problem."""

from __future__ import annotations

import select
import socket
import ssl
from typing import TYPE_CHECKING

from postroom_imap.problems import LostError, diagnostic, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom_imap.settings import ImapSettings

_LONGEST_LINE = 8 * 1024
_MOST_LINES = 100
_NO_PLAINTEXT = "nothing was sent that must stay secret; see who runs the network in between"


def connect(settings: ImapSettings, trace: Callable[[str], None]) -> ssl.SSLSocket:
    """Return a socket that is encrypted and whose certificate was checked, name and all.

    Raises LostError PR510 (cannot be reached), PR512 (not safe), PR514 (too slow), PR516 (the
    server sends us away).
    """
    context = _context(settings)
    plain_socket = _reach(settings)
    try:
        if settings.tls == "starttls":
            _start_tls(plain_socket, settings, trace)
        return context.wrap_socket(plain_socket, server_hostname=settings.host)
    except BaseException as error:
        plain_socket.close()
        if isinstance(error, OSError):
            raise _lost(settings, error) from None
        raise


def _context(settings: ImapSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        words = f"`ca_file: {settings.ca_file}` cannot be used: {error.strerror or error}"
        hint = "name a file with certificates in PEM form"
        raise LostError(diagnostic("PR512", settings, words, hint)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _reach(settings: ImapSettings) -> socket.socket:
    try:
        where = (settings.host, settings.port_number)
        connection = socket.create_connection(where, settings.seconds)
        # a command goes out in several pieces, which would wait for one another
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        why = plain(error.strerror or str(error)).lower()
        words = f"the server cannot be reached: {why}"
        hint = f"check `host: {settings.host}` and the port, and the network"
        raise LostError(diagnostic("PR510", settings, words, hint)) from None
    return connection


def _lost(settings: ImapSettings, error: OSError) -> LostError:
    match error:
        case TimeoutError():
            words = f"no answer within {settings.seconds:g} seconds"
            hint = "see whether the port is the right one for `tls: " + settings.tls + "`"
            return LostError(diagnostic("PR514", settings, words, hint))
        case ssl.SSLCertVerificationError():
            words = f"the certificate is not accepted: {error.verify_message}"
            hint = (
                "`host` must be a name in the certificate; for an authority of your own: `ca_file`"
            )
            return LostError(diagnostic("PR512", settings, words, hint))
        case ssl.SSLError():
            other = "starttls" if settings.tls == "implicit" else "implicit"
            words = f"no encrypted connection comes about: {error.reason or error}"
            hint = f"if the port speaks it, say `tls: {other}`"
            return LostError(diagnostic("PR512", settings, words, hint))
        case _:
            words = f"the connection was closed: {error.strerror or error}"
            hint = "see whether the server lets this machine in"
            return LostError(diagnostic("PR510", settings, words, hint))


def _start_tls(
    connection: socket.socket, settings: ImapSettings, trace: Callable[[str], None]
) -> None:
    """Go through what is said in the clear (RFC 3501 6.2.1), believing none of it later.

    Whoever sits in between can change these lines, so all they decide is whether we go on: the
    client that works on the encrypted connection never sees them (RFC 8314, CVE-2011-0411).
    """
    talk = _Clear(connection, trace)
    greeting = talk.line().upper()
    if greeting.startswith(b"* BYE"):
        words = f"the server sends us away: {greeting[5:].decode('ascii', 'replace')}"
        raise LostError(diagnostic("PR516", settings, words, "it is tried again by itself"))
    if not greeting.startswith(b"* OK"):  # PREAUTH would keep STARTTLS from being asked for
        words = "the server does not begin like an IMAP server that STARTTLS can be asked of"
        raise LostError(diagnostic("PR512", settings, words, _NO_PLAINTEXT))
    _, said = talk.ask(b"s1", b"CAPABILITY")
    if b"STARTTLS" not in b" ".join(said).split():
        words = "the server does not offer STARTTLS"
        raise LostError(diagnostic("PR512", settings, words, "say `tls: implicit` if it has that"))
    answer, _ = talk.ask(b"s2", b"STARTTLS")
    if not answer.startswith(b"OK"):
        words = f"the server refuses STARTTLS: {answer.decode('ascii', 'replace')}"
        raise LostError(diagnostic("PR512", settings, words, "say `tls: implicit` if it has that"))
    if select.select([connection], [], [], 0)[0]:
        words = "something was said in the clear between STARTTLS and the encryption"
        raise LostError(diagnostic("PR512", settings, words, _NO_PLAINTEXT))


class _Clear:
    """Lines over a connection that is not encrypted yet; never reads beyond the end of a line."""

    def __init__(self, connection: socket.socket, trace: Callable[[str], None]) -> None:
        self._connection = connection
        self._trace = trace

    def line(self) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n"):
            letter = self._connection.recv(1)
            if not letter or len(line) > _LONGEST_LINE:
                raise ConnectionError("the server went away" if not letter else "no end of line")
            line += letter
        self._trace(f"S: {plain(line.decode('ascii', 'replace'))}")
        return bytes(line.strip())

    def ask(self, tag: bytes, command: bytes) -> tuple[bytes, list[bytes]]:
        """Return the answer to a command, and the untagged lines before it, in capitals."""
        self._trace(f"C: {(tag + b' ' + command).decode('ascii')}")
        self._connection.sendall(tag + b" " + command + b"\r\n")
        untagged: list[bytes] = []
        for _ in range(_MOST_LINES):
            line = self.line().upper()
            if line.startswith(tag.upper() + b" "):
                return line[len(tag) + 1 :], untagged
            untagged.append(line)
        raise ConnectionError("the server does not come to an end")
