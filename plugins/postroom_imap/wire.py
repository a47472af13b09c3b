"""What lies below imaplib: an encrypted socket, read with limits in time and size.

imaplib would wait for ever on a server that sends a byte now and then, and take a literal of any
size that it is promised. It asks to have these five methods overridden.
"""

from __future__ import annotations

import imaplib
import selectors
import socket
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from postroom.hooks.words import plain
from postroom_imap.connect import connect

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from _typeshed import ReadableBuffer

    from postroom_imap.settings import ImapSettings

_BLOCK = 64 * 1024
_SLOWEST = 1024
"""Bytes that must come in within one timeout."""
_ANSWER = 64 * 1024 * 1024
"""Bytes that an answer may have: the UIDs of some million messages."""


class Wire(imaplib.IMAP4):
    """An imaplib connection over a socket of ours. Raises LostError if there is none to be had."""

    def __init__(self, settings: ImapSettings, trace: Callable[[str], None] | None) -> None:
        self.settings = settings
        self.bye = ""
        """The server's words when it ended the connection."""
        self._tell = trace
        self._hushed = False
        self._held = bytearray()
        self._since = 0.0
        self._got = 0
        self._allowed = self._next_allowed = _ANSWER
        super().__init__(settings.host, settings.port_number, settings.seconds)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Connect; for STARTTLS what was said in the clear is left behind."""
        self.host, self.port = host, port
        self.sock: ssl.SSLSocket = connect(self.settings, self._trace)
        self.sock.settimeout(timeout)
        if self.settings.tls == "starttls":
            self._held += b"* OK encrypted\r\n"  # the greeting came in the clear
        self._begin()

    def allow(self, size: int) -> None:
        """Let the answer to the next command have so many bytes."""
        self._next_allowed = size

    @contextmanager
    def hushed(self) -> Iterator[None]:
        """Keep what is sent out of the trace."""
        self._hushed = True
        try:
            yield
        finally:
            self._hushed = False

    def read(self, size: int) -> bytes:
        """Return exactly so many bytes: a literal."""
        if size > self._allowed + len(self._held):
            raise self.abort(f"a literal of {size} bytes was not asked for")
        while len(self._held) < size:
            if not self._fill():
                raise self.abort("the connection ended inside a literal")
        self._trace(f"S: ({size} bytes)")
        return self._take(size)

    def readline(self) -> bytes:
        """Return the next line with its end; b"" when there are no more."""
        looked = 0
        while (end := self._held.find(b"\n", looked)) < 0:
            looked = len(self._held)
            if not self._fill():
                return b""
        line = self._take(end + 1)
        if line[:5].upper() == b"* BYE":
            self.bye = plain(line[5:].decode("ascii", "replace"))
        if self._tell:
            self._trace(f"S: {line.decode('utf-8', 'replace')}")
        return line

    def send(self, data: ReadableBuffer) -> None:
        """Send all of it."""
        if self._tell:
            self._trace(
                "C: ***" if self._hushed else f"C: {bytes(data).decode('utf-8', 'replace')}"
            )
        self._begin()
        self.sock.sendall(data)

    def shutdown(self) -> None:
        """Close the socket."""
        sock = getattr(self, "sock", None)  # there is none if connecting failed
        if sock is not None:
            self.interrupt()
            sock.close()

    def interrupt(self) -> None:
        """End the connection under whoever reads from it."""
        with suppress(OSError):
            # the plain socket's: the encrypted one's would wait for the thread that reads
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def readable(self, seconds: float) -> bool:
        """Wait until something can be read; return whether it can."""
        if self._held or self.sock.pending():
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, selectors.EVENT_READ)
            found = bool(selector.select(seconds))
        self._since, self._got = time.monotonic(), 0  # it was we who waited, not a slow server
        return found

    def _begin(self) -> None:
        self._since, self._got = time.monotonic(), 0
        self._allowed, self._next_allowed = self._next_allowed, _ANSWER

    def _fill(self) -> bool:
        now = time.monotonic()
        if now - self._since > self.settings.seconds:
            if self._got < _SLOWEST:
                raise TimeoutError("hardly anything came in")
            self._since, self._got = now, 0
        block = self.sock.recv(_BLOCK)
        self._got += len(block)
        self._allowed -= len(block)
        if self._allowed < 0:
            raise self.abort("the server sends more than was asked for")
        self._held += block
        return bool(block)

    def _take(self, size: int) -> bytes:
        found = bytes(self._held[:size])
        del self._held[:size]
        return found

    def _trace(self, line: str) -> None:
        if self._tell:
            self._tell(plain(line, self.settings.never_shown))

    def _log(self, line: str) -> None:
        """Keep no copy of commands in memory, as imaplib would: one of them has the password."""
