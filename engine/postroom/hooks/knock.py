"""Find out who listens where a receiver would. For plugins to which mail is handed over."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from postroom.hooks.contracts.receiver import Door

_PATIENCE: Final = 3.0
_LINE: Final = 512
"""Bytes of a greeting (RFC 5321 4.5.3.1.5)."""
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - to ask there


def knock(where: tuple[str, int] | Path, *, is_greeted: bool) -> Door:
    """Connect, hear the greeting where there is one, and hang up; nothing is handed over."""
    place = str(where) if isinstance(where, Path) else f"{where[0]}:{where[1]}"
    try:
        with _connected(where) as connection:
            return Door(place, _greeting(connection) if is_greeted else "")
    except PermissionError:
        return Door(place, "")  # a socket that is not for us
    except (OSError, OverflowError):
        return Door(place, None)


def _connected(where: tuple[str, int] | Path) -> socket.socket:
    if not isinstance(where, Path):
        host, port = where
        return socket.create_connection((_ANYWHERE.get(host, host), port), _PATIENCE)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(_PATIENCE)
        connection.connect(str(where))
    except BaseException:
        connection.close()
        raise
    return connection


def _greeting(connection: socket.socket) -> str:
    """Return the first line that is said; "" if there is none."""
    said = b""
    with suppress(OSError):
        while b"\n" not in said and len(said) < _LINE:
            more = connection.recv(_LINE - len(said))
            if not more:
                break
            said += more
        connection.sendall(b"QUIT\r\n")
    return said.partition(b"\n")[0].decode("ascii", "replace").strip()
