"""smtplib, with an end to every reply, and nothing taken over from before the encryption."""

from __future__ import annotations

import smtplib
import time
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import socket
    import ssl
    from typing import BinaryIO

_BLOCK = 4096


class _Replies:
    """What replies are read from. A server must not hold us up with a byte now and then."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self._seconds = seconds
        self.held = b""

    def readline(self, limit: int) -> bytes:
        """Return a line, or so many bytes of it; b"" when the server is gone."""
        give_up_at = time.monotonic() + self._seconds
        while b"\n" not in self.held and len(self.held) < limit:
            block = self._sock.recv(_BLOCK)
            if not block:
                break
            if time.monotonic() > give_up_at:
                raise TimeoutError
            self.held += block
        end = min(self.held.find(b"\n") + 1 or len(self.held), limit)
        line, self.held = self.held[:end], self.held[end:]
        return line

    def close(self) -> None:
        """Do nothing: the socket is closed by its owner."""


class Connection(smtplib.SMTP):
    """A connection that is not encrypted from the start."""

    _replies: _Replies

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the words of the next reply."""
        if self.file is None and self.sock is not None:
            self._replies = _Replies(self.sock, self.sock.gettimeout() or 0)
            self.file = cast("BinaryIO", self._replies)
        return super().getreply()

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Begin TLS (RFC 3207). Raises SMTPException if that is not offered, or not clean."""
        self.ehlo_or_helo_if_needed()
        if not self.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError("the server does not offer STARTTLS")
        code, said = self.docmd("STARTTLS")
        if code != 220 or self.sock is None:  # noqa: PLR2004 - RFC 3207 4
            raise smtplib.SMTPResponseException(code, said)
        if self._replies.held:
            raise smtplib.SMTPException("something was said in the clear behind STARTTLS")
        self.sock = context.wrap_socket(self.sock, server_hostname=host)
        self.file = None
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False


class EncryptedConnection(Connection, smtplib.SMTP_SSL):
    """A connection that is encrypted from the start."""
