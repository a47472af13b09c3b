"""Take what a browser brings back from the provider: a web server for one visit (RFC 8252 7.3)."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

LOCAL = ("127.0.0.1", "localhost", "::1")
_LONGEST = 16 * 1024
_VISIT = 5.0
"""Seconds for one visitor to say what he wants."""
_THANKS = b"<!doctype html><title>postroom</title><p>You can close this window.</p>\n"


class Loopback:
    """Listens on this machine alone, until somebody brings an answer or is told to stop."""

    def __init__(self, port: int = 0, path: str = "/") -> None:
        self.answer: Mapping[str, str] | None = None
        self._server = HTTPServer(("127.0.0.1", port), self._handler(path))
        self._server.timeout = 0.2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_port

    def look(self) -> Mapping[str, str] | None:
        """Wait a moment for a visitor; return what he brought, or None."""
        self._server.handle_request()
        return self.answer

    def _handler(self, path: str) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Visit(BaseHTTPRequestHandler):
            timeout = _VISIT

            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                found = fields_of(self.path)
                if asked.path != path or not ("code" in found or "error" in found):
                    self.send_error(404)
                    return
                loopback.answer = found
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(_THANKS)))
                self.end_headers()
                self.wfile.write(_THANKS)

            def log_message(self, *_: object) -> None:
                """Write nothing: the address holds a code."""

        return Visit


def fields_of(address: str) -> dict[str, str]:
    """Return what the provider wrote into the address that it sent the browser to."""
    if len(address) > _LONGEST:
        return {}
    try:
        return dict(parse_qsl(urlsplit(address.strip()).query))
    except ValueError:
        return {}
