"""Answer /health and /metrics over HTTP: off by default, and on loopback unless said otherwise.

Few connections at a time, each for a few seconds: whoever dawdles costs nobody anything. What is
answered was worked out before, so that asking does not hold up the engine.
"""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Thread, Timer
from typing import TYPE_CHECKING, Any

from postroom.runtime.watching.metrics import TYPE, exposition
from postroom.runtime.watching.status import as_json
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from postroom.runtime.watching.status import Status

_AT_ONCE = 8
_SECONDS = 5.0
"""For a whole request."""
_LOOK_UP = 0.5
"""Seconds after which it sees that it is to end."""
_MOST_PORT = 65_535


class Board:
    """Where the engine hangs out its last status."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.status: Status | None = None

    def post(self, status: Status) -> None:
        """Replace what hangs there. Any thread may call."""
        self.status = status


def place_of(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`, `[::1]:PORT` or `PORT`. Raises Problem PR488."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and int(port) <= _MOST_PORT):
        hint = "write --listen 127.0.0.1:9464"
        raise Problem(Diagnostic("PR488", f"`{text}` is no place to listen at", help=hint))
    return host.removeprefix("[").removesuffix("]") or "127.0.0.1", int(port)


@contextmanager
def listening(board: Board, place: tuple[str, int]) -> Iterator[int]:
    """Answer while it is entered; give the port. Raises Problem PR488."""
    try:
        server = _Server(board, place)
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        words = f"nobody can listen at {place[0]}:{place[1]}: {why}"
        hint = "choose another port: --listen 127.0.0.1:9465"
        raise Problem(Diagnostic("PR488", words, help=hint)) from None
    thread = Thread(name="listen", target=server.serve_forever, args=(_LOOK_UP,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 16

    def __init__(self, board: Board, place: tuple[str, int]) -> None:
        self.board = board
        self._free = BoundedSemaphore(_AT_ONCE)
        if ":" in place[0]:
            self.address_family = socket.AF_INET6
        super().__init__(place, _Answers)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as it is
        """Answer in a thread; hang up if there are too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Answer within a few seconds."""
        over = Timer(_SECONDS, _hang_up, (request,))
        over.daemon = True
        over.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            over.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing of a client that went away."""


class _Answers(BaseHTTPRequestHandler):
    server: _Server
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer /health or /metrics."""
        board = self.server.board
        status, now = board.status, board.now()
        if self.path == "/health":
            fine = status is not None and status.fine(now)
            told = {"fine": fine, **(as_json(status) if status else {})}
            code = HTTPStatus.OK if fine else HTTPStatus.SERVICE_UNAVAILABLE
            self._answer(code, "application/json", json.dumps(told) + "\n")
        elif self.path == "/metrics":
            self._answer(HTTPStatus.OK, TYPE, exposition(status, now) if status else "")
        else:
            self._answer(HTTPStatus.NOT_FOUND, "text/plain", "there are /health and /metrics\n")

    def version_string(self) -> str:
        """Name no versions."""
        return "postroom"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's word
        """Keep quiet: the engine's log is about mail."""

    def _answer(self, code: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def _hang_up(request: socket.socket) -> None:
    with suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)
