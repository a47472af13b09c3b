"""What stands in front of a real Cyrus: it makes trouble, and knows tokens, as Cyrus does not."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.testing.fault_proxy import Fault

if TYPE_CHECKING:
    from tests.plugins.tokens import Issued

    from postroom.testing.fault_proxy import Line
    from postroom.testing.transport_contract import Trouble

BUSY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nFrom: Ann Exam"
REFUSED = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Front:
    """What all connections share: trouble comes with the download of one of the messages."""

    kind: Trouble
    at: int
    """Which."""
    auth: Issued
    proof: str
    """Name and password, as Cyrus wants them, in place of a good token."""
    downloads: int = 0

    @property
    def happened(self) -> bool:
        return self.downloads >= self.at

    def door(self) -> Door:
        """Return what a connection meets."""
        return Door(self)


@dataclass(eq=False)
class Door(Fault):
    """One connection. A request is passed on as it came, but for its Authorization."""

    front: Front
    held: bytes = b""
    body: int = field(default=0, init=False)
    """Bytes of a body that are still to come."""

    def client_says(self, line: Line, data: bytes) -> bytes:
        passed, self.held = b"", self.held + data
        while self.held:
            if self.body:
                taken, self.held = self.held[: self.body], self.held[self.body :]
                self.body -= len(taken)
                passed += taken
                continue
            head, end, rest = self.held.partition(b"\r\n\r\n")
            if not end:
                break
            self.held = rest
            passed += self._request(line, head)
        return passed

    def _request(self, line: Line, head: bytes) -> bytes:
        front, lines = self.front, head.split(b"\r\n")
        if b"/download/" in lines[0]:
            front.downloads += 1
            if front.downloads == front.at and front.kind == "throttled":
                line.say(BUSY)
                return b""
            if front.downloads == front.at and front.kind == "cut":
                line.say(HALF)
                line.reset()
            if front.downloads == front.at:
                front.auth.issuer.access.pop(front.auth.handed_out[-1])
        fields = {
            name.lower(): value for name, _, value in (each.partition(b": ") for each in lines)
        }
        token = fields.get(b"authorization", b"").removeprefix(b"Bearer ").decode()
        if token not in front.auth.issuer.access:
            line.say(REFUSED)
            return b""
        self.body = int(fields.get(b"content-length", b"0"))
        basic = b"Authorization: Basic " + base64.b64encode(front.proof.encode())
        kept = [each for each in lines if not each.lower().startswith(b"authorization:")]
        return b"\r\n".join([*kept, basic]) + b"\r\n\r\n"
