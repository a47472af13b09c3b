"""A small https server for tests, whose answers a function makes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from tests.servers.ca import Certificate


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    """With its query."""
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    breaks_after: int | None = None
    """How many bytes of the body are sent before the line is cut; None: all."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """Pass over clients that hang up."""


class Web:
    """Runs while it is entered."""

    def __init__(self, certificate: Certificate, answer: Callable[[Request], Response]) -> None:
        self._server = _Server(("127.0.0.1", 0), _handler(answer))
        context = certificate.context()
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def base(self) -> str:
        return f"https://localhost:{self._server.server_port}"


def _handler(answer: Callable[[Request], Response]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 30

        def _go(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._say(answer(Request(self.command, self.path, dict(self.headers), body)))

        do_GET = do_POST = do_PATCH = do_DELETE = _go  # noqa: N815 - http.server has it so

        def _say(self, said: Response) -> None:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body[: said.breaks_after])
            if said.breaks_after is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
