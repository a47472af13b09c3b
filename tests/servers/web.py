"""A small https server for tests, whose answers a function makes."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from io import BufferedIOBase
    from typing import Self

    from tests.servers.ca import Certificate


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    """With its query."""
    headers: Mapping[str, str]
    body: bytes
    connection: Connection


@dataclass(eq=False)
class Connection:
    """What a server remembers of a connection; NTLM lets connections in, not requests."""

    handshake: object = None
    user: str = ""


@dataclass(frozen=True)
class Response:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    breaks_after: int | None = None
    """How many bytes of the body are sent before the line is cut; None: all."""
    chunks: Iterable[bytes] | None = None
    """In place of a body: what is sent bit by bit, each when there is some; b"" cuts the line."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over clients that hang up."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


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

        def setup(self) -> None:
            super().setup()
            self._connection = Connection()

        def _go(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = dict(self.headers)
            self._say(answer(Request(self.command, self.path, headers, body, self._connection)))

        do_GET = do_POST = do_PATCH = do_DELETE = _go  # noqa: N815 - http.server has it so

        def _say(self, said: Response) -> None:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.chunks is not None:
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.close_connection = not _trickle(self.wfile, said.chunks)
                return
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body[: said.breaks_after])
            if said.breaks_after is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _trickle(out: BufferedIOBase, chunks: Iterable[bytes]) -> bool:
    """Send chunks as they come; return whether that came to its end."""
    for each in chunks:
        if not each:
            return False
        out.write(b"%x\r\n%s\r\n" % (len(each), each))
    out.write(b"0\r\n\r\n")
    return True
