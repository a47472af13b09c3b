"""Both ends of an LMTP line: the receiver, and a mail server that reads every reply."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom_lmtp.receiver import LmtpReceiver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.testing.receiver_contract import Clerk, Told
    from postroom_lmtp.settings import LmtpSettings


@dataclass
class LmtpLine:
    settings: LmtpSettings
    several_recipients: bool = True
    opened: list[LmtpReceiver] = field(default_factory=list)

    def receiver(self, counter: Clerk) -> LmtpReceiver:
        made = LmtpReceiver(self.settings, counter)
        self.opened.append(made)
        return made

    def connect(self) -> Client:
        return Client(self.settings)

    def send(self, raw: bytes, recipients: Sequence[str], sender: str = "") -> list[Told]:
        client = self.connect()
        try:
            return client.deliver(raw, recipients, sender)
        finally:
            client.close()


class Client:
    """Speaks LMTP by the letter, and keeps every reply. smtplib reads one after DATA."""

    def __init__(self, settings: LmtpSettings) -> None:
        if settings.socket:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            where: str | tuple[str, int] = str(settings.socket)
        else:
            self._socket = socket.socket()
            where = (settings.host, settings.port)
        self._socket.settimeout(20)
        try:
            self._socket.connect(where)
            self._file = self._socket.makefile("rb")
            self.greeting = self.reply()
        except OSError:
            self._socket.close()
            raise

    def reply(self) -> str:
        lines = []
        while True:
            line = self._file.readline()
            if not line:
                raise ConnectionResetError("the line broke")
            lines.append(line.decode("ascii").rstrip("\r\n"))
            if line[3:4] == b" ":
                return "\n".join(lines)

    def say(self, words: str | bytes) -> str:
        self.write(words)
        return self.reply()

    def write(self, words: str | bytes) -> None:
        data = words if isinstance(words, bytes) else words.encode()
        self._socket.sendall(data + b"\r\n")

    def deliver(self, raw: bytes, recipients: Sequence[str], sender: str) -> list[Told]:
        self.say("LHLO test")
        self.say(f"MAIL FROM:<{sender}>")
        first = [self.say(f"RCPT TO:<{each}>") for each in recipients]
        accepted = [reply.startswith("250") for reply in first]
        last: list[str] = []
        if any(accepted):
            assert self.say("DATA").startswith("354")
            lines = raw.split(b"\r\n")
            stuffed = b"\r\n".join(b"." + each if each[:1] == b"." else each for each in lines)
            self.write(stuffed + (b"." if raw.endswith(b"\r\n") else b"\r\n."))
            last = [self.reply() for each in accepted if each]
        replies = [last.pop(0) if ok else reply for ok, reply in zip(accepted, first, strict=True)]
        with suppress(OSError):  # a server that is stopping says goodbye itself
            assert self.say("QUIT")[:3] in ("221", "421")
        return [told(each) for each in replies]

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def told(reply: str) -> Told:
    states: dict[str, Told] = {"2": "taken", "4": "later", "5": "never"}
    return states[reply[0]]
