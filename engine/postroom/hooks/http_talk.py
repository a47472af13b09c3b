"""HTTP/1.1 over one connection, as far as taking a request needs it. h11 reads and writes it.

For plugins to which something is handed over by HTTP.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from postroom.hooks.failpoints import failpoint
from postroom.hooks.talks import HANDSHAKE, Content
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    import h11

    from postroom.hooks.talks import Room

_PIECE: Final = 65_536
_HEADER: Final = 32 * 1024
_PATIENCE: Final = 4
"""How many times too large a request may be before its sender is left alone with it."""
_SLOWEST: Final = 1_000
"""Bytes of a body in a second, on average; who is slower holds a place for nothing."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has come in whole."""

    headers: Mapping[str, str]
    """By name in small letters; the last one of a name counts."""
    body: bytes = field(repr=False)
    query: str = ""
    """What stands behind the question mark."""

    def header(self, name: str) -> str:
        """Return a header, or ""."""
        return self.headers.get(name, "")


class RefusedError(Exception):
    """The request is not taken: a status of HTTP, and words that repeat nothing of it."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class Gone(Exception):  # noqa: N818 - it says what happened
    """The other side has gone, or says nothing any more, or nothing that makes sense."""


class Desk(Protocol):
    """Where requests are taken to."""

    def admit(self, headers: Mapping[str, str]) -> None:
        """Look at what comes before a body. Raises RefusedError."""
        ...

    def take(self, request: Request) -> tuple[int, str]:
        """Return a status and words, when what was taken is durable. Raises RefusedError."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request must keep to."""

    path: str
    seconds: float
    most: int
    """Bytes of a body."""


@dataclass
class HttpTalk:
    """The requests over one connection, one after the other."""

    connection: socket.socket
    certificate: Callable[[], ssl.SSLContext] | None
    """Reads the certificate, which may have been renewed. Raises Problem if it cannot be had."""
    limits: Limits
    room: Room
    desk: Desk
    stopping: Callable[[], bool]
    _h11: h11.Connection = field(init=False)
    _until: float = field(init=False, default=0)
    """When a request has to be here, as far as its size is known."""

    def hold(self) -> None:
        """Answer requests until the other side is gone, or has broken the protocol."""
        with suppress(Gone):
            self._encrypt()
            self._begin()
            while self._answer():
                self._h11.start_next_cycle()

    def turn_away(self) -> None:
        """Say that there are too many at present; where TLS is spoken, say nothing."""
        if self.certificate is None:
            with suppress(Gone):
                self._begin()
                self._say(503, "too many connections, try again later")

    def interrupt(self) -> None:
        """Let the next read find the end. Any thread may call."""
        with suppress(OSError):
            # the plain socket's: the encrypted one's would say the rest in the clear
            socket.socket.shutdown(self.connection, socket.SHUT_RD)

    def close(self) -> None:
        """Let go of the connection."""
        with suppress(OSError):
            self.connection.close()

    def _encrypt(self) -> None:
        if self.certificate is None:
            return
        self.connection.settimeout(min(self.limits.seconds, HANDSHAKE))
        try:
            context = self.certificate()
            # named before its handshake: `interrupt` must find the one that is waited for
            self.connection = encrypted = context.wrap_socket(
                self.connection, server_side=True, do_handshake_on_connect=False
            )
            encrypted.do_handshake()
        except (OSError, Problem):
            raise Gone from None

    def _begin(self) -> None:
        import h11

        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEADER)

    def _answer(self) -> bool:
        """Answer one request; return whether there may be another."""
        import h11

        content = Content(self.limits.most, self.room)
        self._until = time.monotonic() + self.limits.seconds
        try:
            status, words = self._take(content)
        except h11.RemoteProtocolError as error:
            status, words = error.error_status_hint, "the request breaks the protocol"
        except RefusedError as refused:
            status, words = refused.status, refused.words
        finally:
            content.drop()
        failpoint("before-reply")
        self._say(status, words)
        failpoint("after-reply")
        return self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE

    def _take(self, content: Content) -> tuple[int, str]:
        """Read a request and take it to the desk."""
        headers, query, refusal = self._head()
        if refusal is not None:
            content.most = 0
        self._body(content)
        if refusal is not None:
            raise refusal
        if content.too_large:
            raise RefusedError(413, "the request is too large")
        if content.no_room:
            return 503, "too much mail at once, try again later"
        return self.desk.take(Request(headers, content.whole(), query))

    def _head(self) -> tuple[dict[str, str], str, RefusedError | None]:
        """Return headers and query, and why the request is not taken, if so; its body comes yet."""
        import h11

        event = self._next()
        if not isinstance(event, h11.Request):
            raise Gone
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
        path, _, query = event.target.decode("latin-1").partition("?")
        if path != self.limits.path:
            return headers, query, RefusedError(404, "there is nothing here")
        if event.method != b"POST":
            return headers, query, RefusedError(405, "only POST is answered")
        try:
            self.desk.admit(headers)
        except RefusedError as refused:
            return headers, query, refused
        return headers, query, None

    def _body(self, content: Content) -> None:
        import h11

        if self._h11.they_are_waiting_for_100_continue:
            self._send(h11.InformationalResponse(status_code=100, headers=[]))
        most = _PATIENCE * self.limits.most
        while isinstance(event := self._next(), h11.Data):
            content.add(bytes(event.data))
            self._until += len(event.data) / _SLOWEST
            if content.size > most:
                raise Gone
        if not isinstance(event, h11.EndOfMessage):
            raise Gone

    def _next(self) -> object:
        """Return the next thing that is said. Raises Gone, RemoteProtocolError."""
        import h11

        while (event := self._h11.next_event()) is h11.NEED_DATA:
            left = self._until - time.monotonic()
            if left <= 0:
                raise Gone
            try:
                self.connection.settimeout(left)
                self._h11.receive_data(self.connection.recv(_PIECE))
            except OSError:  # a time-out is one
                raise Gone from None
        return event

    def _say(self, status: int, words: str) -> None:
        import h11

        if self._h11.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            raise Gone
        body = words.encode()
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Length", str(len(body))),
        ]
        if status == 401:  # noqa: PLR2004 - as RFC 9110 has it
            headers.append(("WWW-Authenticate", 'Basic realm="postroom"'))
        if status == 503:  # noqa: PLR2004
            headers.append(("Retry-After", "60"))
        if self.stopping() or self._h11.their_state is not h11.DONE:
            headers.append(("Connection", "close"))
        response = h11.Response(status_code=status, headers=headers)
        self._send(response, h11.Data(data=body), h11.EndOfMessage())

    def _send(self, *events: h11.Event) -> None:
        """Send them at once: bit by bit, each would wait until the one before is acknowledged."""
        data = b"".join(self._h11.send(event) or b"" for event in events)
        try:
            self.connection.settimeout(self.limits.seconds)
            self.connection.sendall(data)
        except OSError:
            raise Gone from None
