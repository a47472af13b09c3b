"""smtplib, with an end to every reply, and nothing taken over from before the encryption."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
import time
from functools import partial
from typing import TYPE_CHECKING, cast

from postroom.hooks.contracts import Retry
from postroom.hooks.sasl import chosen, proof, show_token

if TYPE_CHECKING:
    import socket
    from typing import BinaryIO

    from postroom.model.settings import Secret
    from postroom.model.signin import Credential
    from postroom_smtp.settings import SmtpSettings

_BLOCK = 4096
PURPOSE = "smtp"
"""What a token is asked for."""


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


def connect(settings: SmtpSettings, ours: str) -> Connection:
    """Return an encrypted connection that is signed in; ours is the domain that we say we are.

    Raises Retry, or what smtplib and the socket raise.
    """
    seconds = settings.timeout.total_seconds()
    where = (settings.host, settings.port_number, ours)  # else DNS is asked who we are
    if settings.tls == "implicit":
        context = _context(settings)
        connection: Connection = EncryptedConnection(*where, timeout=seconds, context=context)
    else:
        connection = Connection(*where, timeout=seconds)
    try:
        _prepare(connection, settings)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: Connection, settings: SmtpSettings) -> None:
    """Encrypt where that comes after the greeting, and sign in."""
    if settings.tls == "none":
        _only_here(connection, settings)
    elif settings.tls == "starttls":
        connection.encrypt(_context(settings), settings.host)
    connection.ehlo_or_helo_if_needed()
    if settings.username is not None and settings.auth is not None:
        show = partial(_show, connection, settings.username, settings.auth)
        show_token(settings.auth, PURPOSE, show, smtplib.SMTPAuthenticationError)
    elif settings.username is not None and settings.password is not None:
        password = settings.password.reveal()
        if not (settings.username + password).isascii():
            raise Retry("a user's name or password outside ASCII cannot be sent")
        connection.login(settings.username, password)


def _show(connection: Connection, name: str, auth: Credential, token: Secret) -> None:
    """Show an access token. Raises SMTPException, and Retry where the server takes none."""
    method = chosen(auth, connection.esmtp_features.get("auth", "").upper().split())
    if method is None:
        raise Retry("the server does not take tokens: use `password` in place of `auth`")
    # a refusal is explained in a challenge, which wants an empty answer
    said = proof(method, name, token)
    connection.auth(method.upper(), lambda challenge=None: said if challenge is None else "")


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _only_here(connection: Connection, settings: SmtpSettings) -> None:
    """Make sure that what is not encrypted does not leave this machine. Raises Retry."""
    peer = connection.sock.getpeername()[0] if connection.sock else ""
    if not ipaddress.ip_address(peer).is_loopback:
        raise Retry(f"`tls: none` is only for this machine, and {settings.host} is {peer}")
    if settings.password is not None or settings.auth is not None:
        raise Retry("no password and no token is sent with `tls: none`")
