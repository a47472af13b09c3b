"""A server that says what a test tells it to: for all that a good server never does.

A script is a function over one connection: it reads lines and writes bytes with the `Wire` that it
is given, and the connection ends when the function does.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 20.0
"""Seconds after which a script gives up on its client."""


class Wire:
    """One connection, as a script sees it."""

    def __init__(self, connection: socket.socket, seen: list[bytes]) -> None:
        self._connection = connection
        self._held = b""
        self._seen = seen

    def line(self) -> bytes:
        """Return the next line without its end, b"" when the client is gone."""
        while b"\r\n" not in self._held:
            block = self._connection.recv(4096)
            if not block:
                return b""
            self._held += block
        line, _, self._held = self._held.partition(b"\r\n")
        self._seen.append(line)
        return line

    def exactly(self, count: int) -> bytes:
        """Return that many bytes, as they come."""
        while len(self._held) < count:
            self._held += self._connection.recv(4096)
        found, self._held = self._held[:count], self._held[count:]
        return found

    def say(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._connection.sendall(data)

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Begin TLS."""
        self._connection = context.wrap_socket(self._connection, server_side=True)

    def end(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()


class ScriptedServer:
    """Runs a script for each connection, one after the other, in a thread of its own."""

    def __init__(self, *scripts: Callable[[Wire], None], tls: ssl.SSLContext | None = None) -> None:
        self.scripts = scripts
        """One for each connection; the last one for all that follow."""
        self.seen: list[bytes] = []
        """Every line that clients sent."""
        self.connections = 0
        self.failures: list[BaseException] = []
        """What scripts raised, an `AssertionError` above all."""
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopped = threading.Event()
        self._wire: Wire | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        if self._wire:
            self._wire.end()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass  # wakes the thread if it waits for a client
        self._thread.join(PATIENCE)
        self._listener.close()
        for failure in self.failures:
            raise failure

    def _run(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._stopped.is_set():
                connection.close()
                return
            self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        script = self.scripts[min(self.connections, len(self.scripts) - 1)]
        self.connections += 1
        self._wire = Wire(connection, self.seen)
        try:
            if self._tls:
                self._wire.encrypt(self._tls)
            script(self._wire)
        except (OSError, ssl.SSLError):
            pass  # the client went away, which is what most of these tests are about
        except AssertionError as failure:
            self.failures.append(failure)
        finally:
            self._wire.end()
