"""Have clamd look through a message (clamd(8), INSTREAM), a connection for each."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final

from postroom.model.facts import Scan
from postroom_clamav.settings import ClamavSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK: Final = 128 * 1024
_LONGEST_REPLY: Final = 4 * 1024
_LONGEST_NAME: Final = 200


class ClamavScanner:
    """Asks a clamd on this machine. Any thread may call."""

    name: ClassVar[str] = "clamav"
    settings: ClassVar[type] = ClamavSettings

    def __init__(self, settings: ClamavSettings) -> None:
        """Keep the settings."""
        self._settings = settings

    def scan(self, raw: bytes) -> Scan:
        """Return what clamd says of a message; `failed` if it says nothing in time. Total."""
        limit = self._settings.max_message
        if len(raw) > limit:
            return _failed(f"it has {len(raw)} bytes, and only {limit} are scanned")
        try:
            return _meaning(self._ask(raw))
        except TimeoutError:
            seconds = self._settings.timeout.total_seconds()
            return _failed(f"clamd said nothing within {seconds:g} seconds")
        except OSError as error:
            return _failed(f"clamd cannot be asked: {error.strerror or error}")

    def _ask(self, raw: bytes) -> bytes:
        """Return the reply without its end. Raises OSError."""
        until = time.monotonic() + self._settings.timeout.total_seconds()
        with self._connected() as connection:
            # It may refuse and close while we still send: what it said then is what counts.
            with suppress(BrokenPipeError, ConnectionResetError):
                for piece in _stream(raw):
                    connection.settimeout(_left(until))
                    connection.sendall(piece)
            reply = b""
            while b"\0" not in reply and len(reply) < _LONGEST_REPLY:
                connection.settimeout(_left(until))
                received = connection.recv(_LONGEST_REPLY)
                if not received:
                    raise ConnectionError("it hung up before it said anything")
                reply += received
        return reply.partition(b"\0")[0]

    def _connected(self) -> socket.socket:
        told, seconds = self._settings, self._settings.timeout.total_seconds()
        if told.socket is None:
            return socket.create_connection((told.host, told.port), seconds)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(seconds)
        try:
            connection.connect(str(told.socket))
        except OSError:
            connection.close()
            raise
        return connection


def _stream(raw: bytes) -> Iterator[bytes]:
    """Yield the command and the message in chunks, each behind its length; none ends it."""
    yield b"zINSTREAM\0"
    for start in range(0, len(raw), _CHUNK):
        chunk = raw[start : start + _CHUNK]
        yield len(chunk).to_bytes(4, "big") + chunk
    yield bytes(4)


def _left(until: float) -> float:
    """Return the seconds that are left. Raises TimeoutError if there are none."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _meaning(reply: bytes) -> Scan:
    said = "".join(c if c.isprintable() else " " for c in reply.decode("utf-8", "replace")).strip()
    if said == "stream: OK":
        return Scan("clean")
    name = said.removeprefix("stream: ").removesuffix(" FOUND")
    if name and said == f"stream: {name} FOUND":
        return Scan("found", (name[:_LONGEST_NAME],))
    return _failed(f"clamd says: {said[:_LONGEST_NAME]}")


def _failed(why: str) -> Scan:
    return Scan("failed", detail=why)
