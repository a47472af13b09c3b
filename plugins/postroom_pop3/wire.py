"""A poplib connection over a socket of ours, read with limits in time and size."""

from __future__ import annotations

import poplib
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from postroom.hooks.encrypted import NO_PLAINTEXT, OTHER_TLS, NotConnectedError, connect, shown
from postroom.hooks.words import plain
from postroom_pop3.problems import problem

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from postroom.hooks.encrypted import Clear
    from postroom_pop3.settings import Pop3Settings

ANSWER = 64 * 1024 * 1024
"""Bytes that an answer may have: the list of some million messages."""
_SLOWEST = 1024
"""Bytes that must come in within one timeout."""
_MOST_LINES = 100


class Wire(poplib.POP3):
    """The connection. Raises Problem if there is none to be had."""

    def __init__(self, settings: Pop3Settings, trace: Callable[[str], None] | None) -> None:
        self._settings = settings
        self._tell = trace
        self.hushed = False
        """Whether what is sent is kept out of the trace."""
        self._left = ANSWER
        self._since, self._got = 0.0, 0
        super().__init__(settings.host, settings.port_number, settings.seconds)

    def allow(self, size: int) -> None:
        """Let the answer to the next command have so many bytes."""
        self._left = size
        self._since, self._got = time.monotonic(), 0

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        try:
            sock = connect(self._settings, _start_tls, self._trace)
        except NotConnectedError as error:
            raise problem(error.code, self._settings, error.words, error.hint) from None
        sock.settimeout(timeout)
        return sock

    def _getresp(self) -> bytes:
        if self._greeted_in_the_clear():
            return b"+OK"
        said: bytes = super()._getresp()  # type: ignore[misc]  # typeshed leaves it out
        return said

    def _greeted_in_the_clear(self) -> bool:
        """Return whether this is the greeting, which with STARTTLS came before the encryption."""
        return self._settings.tls == "starttls" and not hasattr(self, "welcome")

    def _getline(self) -> tuple[bytes, int]:
        """Return a line without its end, and its length; poplib would take 2048 bytes of it."""
        if not self._left:
            raise poplib.error_proto("the server sends more than was asked for")
        line = self.file.readline(self._left)
        self._left -= len(line)
        self._count(len(line))
        if not line:
            raise ConnectionError("the server went away")
        if not line.endswith(b"\n"):
            if self._left:
                raise ConnectionError("the server went away in the middle of a line")
            raise poplib.error_proto("the server sends more than was asked for")
        return line[:-2] if line.endswith(b"\r\n") else line[:-1], len(line)

    def _count(self, size: int) -> None:
        """Give up a server that sends a byte now and then."""
        now = time.monotonic()
        self._got += size
        if self._since and now - self._since > self._settings.seconds:
            if self._got < _SLOWEST:
                raise TimeoutError("hardly anything came in")
            self._since, self._got = now, 0

    def _putline(self, line: bytes) -> None:
        self._trace("C: ***" if self.hushed else f"C: {shown(line)}")
        super()._putline(line)  # type: ignore[misc]  # typeshed leaves it out

    def interrupt(self) -> None:
        """End the connection under whoever reads from it."""
        with suppress(OSError):
            # the plain socket's: the encrypted one's would wait for the thread that reads
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def _trace(self, line: str) -> None:
        if self._tell:
            self._tell(plain(line, self._settings.never_shown))


def _start_tls(talk: Clear) -> None:
    """Ask for encryption (RFC 2595 4)."""
    greeting = talk.line()
    if not greeting.startswith(b"+OK"):
        words = f"the server sends us away: {shown(greeting)}"
        raise NotConnectedError("PR516", words, "it is tried again by itself")
    if b"STLS" not in _capabilities(talk):
        raise NotConnectedError("PR512", "the server does not offer STLS", OTHER_TLS)
    talk.say(b"STLS")
    answer = talk.line()
    if not answer.startswith(b"+OK"):
        words = f"the server refuses STLS: {shown(answer)}"
        raise NotConnectedError("PR512", words, NO_PLAINTEXT)


def _capabilities(talk: Clear) -> set[bytes]:
    talk.say(b"CAPA")
    if not talk.line().startswith(b"+OK"):
        return set()
    found: set[bytes] = set()
    for _ in range(_MOST_LINES):
        line = talk.line()
        if line == b".":
            return found
        found.add(line.upper())
    raise ConnectionError("the server does not come to an end")
