"""Trouble between a client and a real mail server, made by a proxy in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from postroom.testing.fault_proxy import Drop, Fault, FaultProxy, No

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Sequence

    from tests.plugins.tokens import Issued
    from tests.servers.ca import LocalCA

    from postroom.testing.fault_proxy import Line
    from postroom.testing.transport_contract import Trouble

MIDDLE = 60_000
"""Bytes that the server has said when trouble comes: in the middle of 150 messages."""


@dataclass(eq=False)
class Err(Fault):
    """POP3: the first command of a kind, after some others of it, is answered with -ERR."""

    word: bytes
    after: int
    words: bytes = b"[SYS/TEMP] too many requests"
    happened: bool = False
    held: bytes = b""

    def client_says(self, line: Line, data: bytes) -> bytes:
        passed = b""
        *lines, self.held = (self.held + data).split(b"\r\n")
        for each in lines:
            if each.upper().startswith(self.word):
                self.after -= 1
            if self.after < 0 and not self.happened:
                self.happened = True
                line.say(b"-ERR " + self.words + b"\r\n")
            else:
                passed += each + b"\r\n"
        return passed


@dataclass(eq=False)
class Never(Err):
    """POP3: one command is answered with -ERR whenever it comes."""

    after: int = 0
    words: bytes = b"[SYS/PERM] the message cannot be read"

    def client_says(self, line: Line, data: bytes) -> bytes:
        self.after, self.happened = 0, False
        return super().client_says(line, data)


class Expire(Drop):
    """The token is worth nothing any more, and whoever showed it is sent away."""

    def __init__(self, at: int, auth: Issued) -> None:
        super().__init__(at)
        self.auth = auth

    def happens(self, line: Line) -> None:
        self.auth.issuer.access.pop(self.auth.handed_out[-1])
        super().happens(line)


@dataclass
class Between:
    """A proxy before a server. Runs until it is closed."""

    port: int
    ca: LocalCA
    trust: ssl.SSLContext
    auth: Issued | None = None
    implicit: bool = True
    """Whether TLS is spoken from the first byte. If not, the proxy understands nothing."""
    proxy: FaultProxy | None = field(default=None, init=False)

    def trouble(self, kind: Trouble, refusal: Fault) -> Callable[[], bool] | None:
        """Have a proxy make trouble; refusal is how the protocol says `later`."""
        if kind == "expired" and self.auth is None:
            pytest.skip("a password does not end")
        if kind == "throttled" and not self.implicit:
            pytest.skip("it is shown with TLS from the first byte; the rest is the same")
        made: dict[Trouble, Fault | None] = {
            "throttled": refusal,
            "cut": Drop(MIDDLE),
            "expired": Expire(MIDDLE, self.auth) if self.auth else None,
        }
        fault = made[kind]
        if fault is None:
            return None
        self.open([fault])
        return lambda: _happened(fault)

    def open(self, faults: Sequence[Fault]) -> int:
        """Begin, with a fault for each connection; return the port."""
        if self.implicit:
            shows = self.ca.issue("between").context()
            self.proxy = FaultProxy(("localhost", self.port), faults, shows, self.trust)
        else:
            self.proxy = FaultProxy(("localhost", self.port), faults)
        self.proxy.__enter__()
        return self.proxy.port

    def close(self) -> None:
        if self.proxy is not None:
            self.proxy.__exit__()


def _happened(fault: Fault) -> bool:
    return fault.times == 0 if isinstance(fault, No) else bool(getattr(fault, "happened", False))
