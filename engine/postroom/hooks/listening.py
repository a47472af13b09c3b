"""What receivers listen on, and the certificate that they show.

For plugins to which mail is handed over a network.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

BACKLOG = 64


def on_port(host: str, port: int, hint: str = "choose another `port:`") -> socket.socket:
    """Return a socket that listens. Raises Problem PR518."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        raise cannot_listen(f"{host}:{port}", error, hint) from None


def cannot_listen(where: str, error: Exception, hint: str) -> Problem:
    """Return why nobody can be listened to."""
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Problem(
        Diagnostic("PR518", f"`{where}` cannot be listened on: {why.lower()}", help=hint)
    )


def own_certificate(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Return what a server needs to encrypt (TLS 1.2 and later). Raises Problem PR543."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, _no_password)
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        words = f"`certificate: {certificate}` cannot be shown: {str(why).lower()}"
        hint = "name PEM files: `certificate` with the chain, and `key` if it is not in there"
        raise Problem(Diagnostic("PR543", words, help=hint)) from None
    return context


def _no_password() -> str:
    raise ValueError("the key wants a password")


def on_this_machine(host: str) -> bool:
    """Whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
