"""Lines in, replies out: what travels over one connection."""

from __future__ import annotations

import io
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from postroom.hooks.talks import HANDSHAKE

if TYPE_CHECKING:
    import socket
    from ssl import SSLContext

    from _typeshed import WriteableBuffer

    from postroom.hooks.talks import Content

_LONGEST: Final = 4_096
"""Bytes of a command. RFC 5321 4.5.3.1.4 wants 512, and room for what extensions add."""
_PIECE: Final = 65_536
_END: Final = b".\r\n"
_SLOWEST: Final = 1_000
"""Bytes of a message in a second, on average; who is slower holds a place for nothing."""
_PATIENCE: Final = 4
"""How many times too large a message may be before its sender is left alone with it."""


class Gone(Exception):  # noqa: N818 - it says what happened
    """The other side has gone, or says nothing any more."""


class TooLong(Exception):  # noqa: N818
    """A command is longer than any is."""


class BareEnd(Exception):  # noqa: N818
    """A command ends with a CR or an LF alone."""


class Wire:
    """One connection. Used by one thread, but for `interrupt`."""

    def __init__(self, connection: socket.socket, timeout: float) -> None:
        self._connection = connection
        self._timeout = timeout
        self._raw = _Patient(connection, timeout)
        self._file = io.BufferedReader(self._raw, _PIECE)

    def line(self, *, strict: bool = False) -> bytes:
        """Return a command without its line end. Raises Gone, TooLong, and BareEnd if strict."""
        self._raw.give(self._timeout)
        line = self._read(_LONGEST)
        if not line.endswith(b"\n"):
            while not line.endswith(b"\n"):
                line = self._read(_LONGEST)
            raise TooLong
        if strict and (not line.endswith(b"\r\n") or b"\r" in line[:-2]):
            raise BareEnd
        return line.rstrip(b"\r\n")

    def data(self, content: Content) -> None:
        """Read a message up to the line with its end (RFC 5321 4.5.2). Raises Gone.

        Only CRLF ends a line here: who takes a bare LF for one can be made to see two messages
        where the sender's server saw one.
        """
        at_start, after_cr = True, False
        began = time.monotonic()
        while content.size <= _PATIENCE * content.most:
            spent = time.monotonic() - began
            self._raw.give(self._timeout + content.size / _SLOWEST - spent)
            piece = self._read(_PIECE)
            if at_start and piece.startswith(b"."):
                if piece == _END:
                    return
                piece = piece[1:]
            at_start = piece.endswith(b"\r\n") or (after_cr and piece == b"\n")
            ends = at_start or not piece.endswith(b"\n")
            content.bare |= not ends or _has_bare_cr(piece, after_cr=after_cr)
            after_cr = piece.endswith(b"\r")
            content.add(piece)
        raise Gone

    def waiting(self) -> bool:
        """Return whether more was said than was read. Raises Gone."""
        self._raw.give(0)
        try:
            return bool(self._file.peek(1))
        except OSError:
            raise Gone from None

    def encrypt(self, context: SSLContext) -> None:
        """Encrypt from here on. Raises Gone if the other side does not get along with it."""
        self._file.close()
        self._connection.settimeout(min(self._timeout, HANDSHAKE))
        try:
            # named before its handshake: `interrupt` must find the one that is waited for
            self._connection = encrypted = context.wrap_socket(
                self._connection, server_side=True, do_handshake_on_connect=False
            )
            encrypted.do_handshake()
        except OSError:
            raise Gone from None
        self._raw = _Patient(self._connection, self._timeout)
        self._file = io.BufferedReader(self._raw, _PIECE)

    def say(self, *lines: str) -> None:
        """Send replies. Raises Gone."""
        text = "".join(f"{line}\r\n" for line in lines)
        try:
            self._connection.settimeout(self._timeout)
            self._connection.sendall(text.encode("ascii", "replace"))
        except OSError:
            raise Gone from None

    def interrupt(self) -> None:
        """Let the next read find the end. Any thread may call."""
        import socket

        with suppress(OSError):
            # the plain socket's: the encrypted one's would say the rest in the clear
            socket.socket.shutdown(self._connection, socket.SHUT_RD)

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(OSError):
            self._file.close()
            self._connection.close()

    def _read(self, limit: int) -> bytes:
        try:
            line = self._file.readline(limit)
        except OSError:  # a time-out is one
            raise Gone from None
        if not line:
            raise Gone
        return line


class _Patient(io.RawIOBase):
    """What comes over a connection, as long as it comes in time however small the pieces are."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self.give(seconds)

    def give(self, seconds: float) -> None:
        """Say how long there is from now on; with 0, take only what is there."""
        self._until = time.monotonic() + seconds if seconds else 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        left = self._until - time.monotonic() if self._until else 0
        if left <= 0 < self._until:
            raise TimeoutError
        self._connection.settimeout(left)
        try:
            return self._connection.recv_into(buffer)
        except BlockingIOError:
            return None


def _has_bare_cr(piece: bytes, *, after_cr: bool) -> bool:
    """Whether a CR stands alone in a piece that follows another one."""
    if after_cr and not piece.startswith(b"\n"):
        return True
    body = piece[:-1] if piece.endswith(b"\r") else piece
    return body.count(b"\r") != body.count(b"\r\n")
