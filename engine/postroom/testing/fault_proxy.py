"""A proxy in front of a real server, which breaks the conversation at a chosen place.

    with FaultProxy(("localhost", 993), [Drop(4_000), Stall(9_000)], shows, trusts) as proxy:
        ...  # a client talks to ("localhost", proxy.port)

The first connection meets the first fault, the second one the next; after the last the line is
good. Places are counted in bytes that the server says, inside TLS: the proxy ends the client's TLS
and begins its own. Without contexts it passes plain text.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from abc import ABC
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

PATIENCE: Final = 30.0
"""Seconds after which a silent connection is given up."""
_BLOCK: Final = 16_384
_LOOK: Final = 0.05
_RESET: Final = struct.pack("ii", 1, 0)


class Ended(Exception):  # noqa: N818 - nothing is wrong: the fault has ended the conversation
    """The connection is over, as the fault would have it."""


class Line:
    """The client's side of one connection, as a fault sees it."""

    def __init__(self, client: socket.socket, stopped: threading.Event) -> None:
        self._client = client
        self._stopped = stopped
        self.said = 0
        """How many bytes of the server's have come to the fault so far."""

    def say(self, data: bytes) -> None:
        """Send bytes to the client."""
        if data:
            self._client.sendall(data)

    def reset(self) -> None:
        """End the connection as a machine does that is switched off. Raises Ended."""
        self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        raise Ended

    def half_close(self) -> None:
        """Say nothing more, and go on listening."""
        self._client.shutdown(socket.SHUT_WR)

    def pause(self, seconds: float) -> None:
        """Do nothing for a while. Raises Ended when the proxy is closed meanwhile."""
        if self._stopped.wait(seconds):
            raise Ended

    def stall(self) -> None:
        """Do nothing until the client has gone. Raises Ended."""
        until = time.monotonic() + PATIENCE
        with suppress(OSError):
            while not self._stopped.is_set() and time.monotonic() < until:
                spoke = select.select([self._client], [], [], _LOOK)[0]
                if spoke and not self._client.recv(_BLOCK):
                    break
        raise Ended


class Fault(ABC):  # noqa: B024 - each method has something good that it does by itself
    """What goes wrong on one connection. By itself nothing does."""

    def server_says(self, line: Line, data: bytes) -> None:
        """Pass on what the server says, or what is to be heard instead. Raises Ended."""
        line.say(data)

    def client_says(self, line: Line, data: bytes) -> bytes:
        """Return what the server is to hear. Raises Ended."""
        del line
        return data


class _AtByte(Fault):
    """Something that happens once the server has said so many bytes."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.happened = False

    def server_says(self, line: Line, data: bytes) -> None:
        left = self.at - line.said
        if self.happened:
            self.afterwards(line, data)
        elif len(data) < left:
            line.say(data)
        else:
            line.say(data[:left])
            self.happened = True
            self.happens(line)
            self.afterwards(line, data[left:])

    def happens(self, line: Line) -> None:
        """Do it."""

    def afterwards(self, line: Line, data: bytes) -> None:
        """Pass on what comes behind the place, if anything does."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.at})"


class Drop(_AtByte):
    """The connection is gone at byte `at`."""

    def happens(self, line: Line) -> None:
        """Reset the connection."""
        line.reset()


class Stall(_AtByte):
    """Nothing comes any more from byte `at` on, and the connection stands."""

    def happens(self, line: Line) -> None:
        """Wait for the client to lose patience."""
        line.stall()


class HalfClose(_AtByte):
    """The server's side ends at byte `at`; the client's is still heard."""

    def happens(self, line: Line) -> None:
        """End our side."""
        line.half_close()
        line.stall()


class Bye(_AtByte):
    """An IMAP server that goes down takes its leave at byte `at`, whatever it was saying."""

    def happens(self, line: Line) -> None:
        """Take leave and go."""
        line.say(b"* BYE the server is going down\r\n")
        raise Ended


class Drip(_AtByte):
    """From byte `at` on, the server brings `step` bytes each `every` seconds, `count` times."""

    def __init__(self, at: int, *, step: int = 7, every: float = 0.002, count: int = 300) -> None:
        super().__init__(at)
        self.step, self.every, self.count = step, every, count

    def afterwards(self, line: Line, data: bytes) -> None:
        """Pass it on little by little."""
        while data and self.count:
            self.count -= 1
            line.say(data[: self.step])
            data = data[self.step :]
            line.pause(self.every)
        line.say(data)


class WrongLiteral(_AtByte):
    """The first literal of at least `least` bytes is said to be `by` bytes longer than it is."""

    def __init__(self, by: int, *, least: int = 100) -> None:
        super().__init__(0)
        self.by, self.least = by, least

    def server_says(self, line: Line, data: bytes) -> None:
        """Pass it on with another length."""
        if not self.happened:
            data = self._changed(data)
        line.say(data)

    def _changed(self, data: bytes) -> bytes:
        head, brace, rest = data.partition(b"{")
        while brace:
            digits, end, _ = rest.partition(b"}\r\n")
            if end and digits.isdigit() and int(digits) >= self.least:
                self.happened = True
                return head + b"{" + b"%d" % (int(digits) + self.by) + rest[len(digits) :]
            more, brace, rest = rest.partition(b"{")
            head += b"{" + more
        return data

    def __repr__(self) -> str:
        return f"WrongLiteral({self.by:+})"


@dataclass(eq=False)
class No(Fault):
    """IMAP: the `times` first commands that contain a word are answered with NO by the proxy."""

    word: bytes
    why: bytes = b"[UNAVAILABLE] not now"
    times: int = 1
    held: bytes = b""

    def client_says(self, line: Line, data: bytes) -> bytes:
        """Keep the command to ourselves, and answer it."""
        passed = b""
        *lines, self.held = (self.held + data).split(b"\r\n")
        for each in lines:
            if self.times and self.word in each.upper():
                self.times -= 1
                line.say(each.partition(b" ")[0] + b" NO " + self.why + b"\r\n")
            else:
                passed += each + b"\r\n"
        return passed


@dataclass(eq=False)
class Silent(Fault):
    """From the first command that contains a word nothing comes any more; the connection stands."""

    word: bytes

    def client_says(self, line: Line, data: bytes) -> bytes:
        """Keep the command to ourselves, and wait for the client to lose patience."""
        if self.word in data.upper():
            line.stall()
        return data


class FaultProxy:
    """Listens on a free loopback port. A thread serves each connection."""

    def __init__(
        self,
        server: tuple[str, int],
        faults: Sequence[Fault] = (),
        shows: ssl.SSLContext | None = None,
        trusts: ssl.SSLContext | None = None,
    ) -> None:
        """Listen. shows is the certificate that clients see; trusts, whom we trust ourselves."""
        self.faults = list(faults)
        """Those that are still to come; more may be added at any time."""
        self.met: list[Fault] = []
        """Those that a connection has met."""
        self._server = server
        self._shows = shows
        self._trusts = trusts
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass  # wakes the thread that waits for a client
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listener.close()

    def _start(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while True:
            client, _ = self._listener.accept()
            if self._stopped.is_set():
                client.close()
                return
            fault = self.faults.pop(0) if self.faults else Fault()
            self.met.append(fault)
            self._start(self._serve, client, fault)

    def _serve(self, client: socket.socket, fault: Fault) -> None:
        server: socket.socket | None = None
        client.settimeout(PATIENCE)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._shows:
                client = self._shows.wrap_socket(client, server_side=True)
            server = socket.create_connection(self._server, PATIENCE)
            if self._trusts:
                server = self._trusts.wrap_socket(server, server_hostname=self._server[0])
            self._pass_on(client, server, fault)
        except (OSError, Ended):
            pass  # one of them is gone, as often happens here
        finally:
            client.close()
            if server is not None:
                server.close()

    def _pass_on(self, client: socket.socket, server: socket.socket, fault: Fault) -> None:
        line = Line(client, self._stopped)
        while not self._stopped.is_set():
            ready = _ready(client, server)
            if server in ready:
                data = server.recv(_BLOCK)
                if not data:
                    return
                fault.server_says(line, data)
                line.said += len(data)
            if client in ready:
                data = client.recv(_BLOCK)
                if not data:
                    return
                if passed := fault.client_says(line, data):
                    server.sendall(passed)


def _ready(*connections: socket.socket) -> list[socket.socket]:
    """Return those that have something to say; TLS may hold some of it already."""
    held = [each for each in connections if getattr(each, "pending", int)()]
    return held or select.select(connections, [], [], _LOOK)[0]
