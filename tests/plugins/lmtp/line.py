"""Both ends of a line: the receiver, and a mail server that reads every reply."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from postroom_lmtp.receiver import LmtpReceiver, SmtpReceiver

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from postroom.hooks.contracts import Counter
    from postroom.testing.receiver_contract import Told
    from postroom_lmtp.settings import LmtpSettings, SmtpInSettings


@dataclass
class LmtpLine:
    settings: LmtpSettings
    several_recipients: bool = True
    opened: list[LmtpReceiver] = field(default_factory=list)

    def receiver(self, counter: Counter) -> LmtpReceiver:
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

    def break_off(self, raw: bytes, recipients: Sequence[str]) -> None:
        self.connect().break_off("LHLO test", raw, recipients)

    def send_late(self, _raw: bytes, _recipients: Sequence[str]) -> list[Told]:
        pytest.skip("there is no token that could end")


@dataclass
class SmtpLine:
    """Sends with smtplib, over STARTTLS where there is an authority to check it with."""

    settings: SmtpInSettings
    ca_file: Path | None = None
    several_recipients: bool = False
    opened: list[SmtpReceiver] = field(default_factory=list)

    def receiver(self, counter: Counter) -> SmtpReceiver:
        made = SmtpReceiver(self.settings, counter)
        self.opened.append(made)
        return made

    def connect(self) -> Client:
        return Client(self.settings)

    def send(self, raw: bytes, recipients: Sequence[str], sender: str = "") -> list[Told]:
        client = smtplib.SMTP("localhost", self.settings.port, timeout=20)
        try:
            if self.ca_file:
                client.starttls(context=ssl.create_default_context(cafile=self.ca_file))
            client.sendmail(sender, list(recipients), raw)
        except smtplib.SMTPResponseException as refused:
            return [told(str(refused.smtp_code))]
        except smtplib.SMTPServerDisconnected as gone:
            raise ConnectionResetError(str(gone)) from None
        finally:
            client.close()
        return ["taken"]

    def break_off(self, raw: bytes, recipients: Sequence[str]) -> None:
        client = self.connect()
        if self.ca_file:
            client.say("EHLO test")
            client.say("STARTTLS")
            client.encrypt(ssl.create_default_context(cafile=self.ca_file))
        client.break_off("EHLO test", raw, recipients)

    def send_late(self, _raw: bytes, _recipients: Sequence[str]) -> list[Told]:
        pytest.skip("there is no token that could end")


class Client:
    """Speaks LMTP by the letter, and keeps every reply. smtplib reads one after DATA."""

    def __init__(self, settings: LmtpSettings | SmtpInSettings) -> None:
        path = getattr(settings, "socket", None)
        if path:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            where: str | tuple[str, int] = str(path)
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

    def encrypt(self, context: ssl.SSLContext) -> None:
        self._file.close()
        self._socket = context.wrap_socket(self._socket, server_hostname="localhost")
        self._file = self._socket.makefile("rb")

    def break_off(self, hello: str, raw: bytes, recipients: Sequence[str]) -> None:
        to = [f"RCPT TO:<{each}>" for each in recipients]
        for words in (hello, "MAIL FROM:<>", *to, "DATA"):
            self.say(words)
        self.write(raw[: len(raw) // 2])
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def told(reply: str) -> Told:
    states: dict[str, Told] = {"2": "taken", "4": "later", "5": "never"}
    return states[reply[0]]
