"""The ways in that the crash matrix tries: what delivers, and what must be left on the server."""

from __future__ import annotations

import os
import signal
import smtplib
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.end_to_end.desk import mail as plain_mail
from tests.faults.forks import died_at_the_failpoint
from tests.servers.ports import free_ports

from postroom.hooks.contracts import Parcel
from postroom.runtime.receiving.deliver import deliver
from postroom.runtime.settings import folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.crash_matrix import Trial
    from tests.servers.dovecot import Dovecot

_AT_ONCE = 12
_AFTERWARDS = ("segment-half-written", "before-send", "after-send", "send-marked")
"""Failpoints that an engine passes after the mail is committed."""
_PATIENCE = 30.0


def sender(number: int) -> str:
    """Return who writes a message."""
    return f"ann@w{number}.example"


def mail(number: int) -> bytes:
    """Return a message of a sender of its own, whom we may answer."""
    proof = (
        f"Return-Path: <{sender(number)}>\r\n"
        f"Authentication-Results: mx.kestrel.example; dmarc=pass header.from=w{number}.example\r\n"
    )
    raw = plain_mail(number).replace(
        f"<ann{number % 40}@weaver.example>".encode(), f"<{sender(number)}>".encode()
    )
    return proof.encode() + raw


@dataclass(frozen=True)
class Mailserver:
    """A Dovecot that runs, and whose certificates it shows."""

    dovecot: Dovecot
    ca_file: Path


class Line(ABC):
    """One way in, with messages on it."""

    receive: str
    """What stands under `receive:`."""

    @abstractmethod
    def deliver(self, trial: Trial) -> None:
        """Have the messages taken by engines that die."""

    @abstractmethod
    def judge(self, count: int) -> Iterator[str]:
        """Yield what is wrong with what is left."""


class Lying(Line):
    """Mail that lies somewhere, and is fetched."""

    def deliver(self, trial: Trial) -> None:
        """Do nothing: it is there."""


class Files(Lying):
    """A folder of .eml files, moved when they are decided."""

    def __init__(self, folder: Path, count: int) -> None:
        self._inbox = folder / "inbox"
        self._inbox.mkdir()
        for number in range(count):
            path = self._inbox / f"{number:05d}.eml"
            path.write_bytes(mail(number))
            os.utime(path, (time.time() - 60,) * 2)
        self.receive = f"{{use: eml, path: {self._inbox}, after: {{decided: {{move_to: Done}}}}}}"

    def judge(self, count: int) -> Iterator[str]:
        done = sum(1 for _ in self._inbox.parent.glob("Done/*.eml"))
        left = sum(1 for _ in self._inbox.glob("*.eml"))
        if (done, left) != (count, 0):
            yield f"in the folder: {done} moved, {left} left"


class Imap(Lying):
    """A mailbox on a real Dovecot; messages are moved when they are decided."""

    def __init__(self, count: int, mail_server: Mailserver) -> None:
        server, ca_file = mail_server.dovecot, mail_server.ca_file
        self._user = server.user()
        self._user.append([mail(number) for number in range(count)])
        self.receive = (
            f"{{use: imap, host: localhost, port: {server.imaps}, username: {self._user.name}, "
            f"password: {{env: MAIL_PASSWORD}}, ca_file: {ca_file}, "
            "after: {decided: {move_to: Done}}}"
        )

    def judge(self, count: int) -> Iterator[str]:
        for box, wanted in (("INBOX", 0), ("Done", count)):
            said = self._user.doveadm("mailbox", "status", "messages", box).split()[-1]
            if said != f"messages={wanted}":
                yield f"in {box}: {said}, not {wanted}"


@dataclass
class Sent:
    """What a sender keeps until he is told that it was taken."""

    waiting: list[int]
    taken: int = 0


class Pushed(Line):
    """Mail that is handed over: nothing is left anywhere but with its sender."""

    def __init__(self, count: int) -> None:
        self.sent = Sent(list(range(count)))

    def judge(self, count: int) -> Iterator[str]:
        if self.sent.waiting or self.sent.taken != count:
            yield f"the sender was told of {self.sent.taken} that they were taken"

    def until_it_dies(self, trial: Trial, child: int) -> None:
        """Give an engine the time to reach a failpoint behind the commit; then end it."""
        give_up_at = time.monotonic() + _PATIENCE
        while trial.left and time.monotonic() < give_up_at:
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                assert os.WTERMSIG(status) == signal.SIGKILL, status
                trial.left -= 1
                return
            time.sleep(0.02)
        os.kill(child, signal.SIGTERM)
        trial.crashed(child)


class Lmtp(Pushed):
    """A mail server that tries again until it hears 250."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        (self._port,) = free_ports(1)
        self.receive = f"{{use: lmtp, port: {self._port}}}"

    def deliver(self, trial: Trial) -> None:
        while self.sent.waiting:
            child = trial.start(trial.listen)
            try:
                self._send_all()
            except (OSError, smtplib.SMTPException):
                assert trial.crashed(child), "the line broke, and the engine lives"
                continue
            behind = trial.cell.point in (*_AFTERWARDS, "after-reply")
            if behind:
                self.until_it_dies(trial, child)
            else:
                os.kill(child, signal.SIGTERM)
                trial.crashed(child)

    def _send_all(self) -> None:
        """Hand all of it over, on a few lines if it is much. Raises what one of them raises."""
        lines = min(_AT_ONCE, 1 + len(self.sent.waiting) // _AT_ONCE)
        shares = [self.sent.waiting[first::lines] for first in range(lines)]
        with ExitStack() as stack:
            connections = [stack.enter_context(self._connected()) for _ in shares]
            with ThreadPoolExecutor(lines) as pool:
                for _ in pool.map(self._send, connections, shares):
                    pass

    def _send(self, connection: smtplib.LMTP, numbers: list[int]) -> None:
        for number in numbers:
            connection.sendmail(sender(number), ["support@kestrel.example"], mail(number))
            self.sent.waiting.remove(number)
            self.sent.taken += 1

    def _connected(self) -> smtplib.LMTP:
        give_up_at = time.monotonic() + _PATIENCE
        while True:
            try:
                return smtplib.LMTP("127.0.0.1", self._port, timeout=_PATIENCE)
            except ConnectionRefusedError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.02)


class Pipe(Pushed):
    """A process for each message; for many of them an engine runs beside."""

    def __init__(self, folder: Path, count: int) -> None:
        super().__init__(count)
        (port,) = free_ports(1)
        self.receive = f"{{use: lmtp, port: {port}}}"
        self._with_engine = count > _AT_ONCE
        self._where = folders(folder / "rules")

    def deliver(self, trial: Trial) -> None:
        if self._with_engine:
            self._beside_an_engine(trial)
            return
        armed = trial.cell.point not in _AFTERWARDS
        while self.sent.waiting:
            number = self.sent.waiting[0]
            child = trial.start(partial(self._hand_in, trial, number), armed=armed)
            if not trial.crashed(child):
                self.sent.waiting.pop(0)
                self.sent.taken += 1

    def _beside_an_engine(self, trial: Trial) -> None:
        engine = trial.start(trial.listen)
        children: dict[int, int] = {}
        while self.sent.waiting:
            busy = set(children.values())
            free = [number for number in self.sent.waiting if number not in busy]
            for number in free[: _AT_ONCE - len(children)]:
                hand_in = partial(self._hand_in, trial, number)
                children[trial.start(hand_in, armed=False)] = number
            child, status = os.waitpid(-1, 0)
            if child == engine:
                trial.left -= died_at_the_failpoint(status)
                engine = trial.start(trial.listen)
                continue
            number = children.pop(child)
            if status == 0:
                self.sent.waiting.remove(number)
                self.sent.taken += 1
        if trial.cell.point in _AFTERWARDS:
            self.until_it_dies(trial, engine)
            return
        os.kill(engine, signal.SIGTERM)
        trial.crashed(engine)

    def _hand_in(self, trial: Trial, number: int) -> None:
        trial.read_here()
        deliver(self._where, Parcel(mail(number), sender(number), (), "support"), "somebody")


def line_of(kind: str, folder: Path, count: int, mail_server: Mailserver | None) -> Line:
    """Return a new line with so many messages on it."""
    if kind == "files":
        return Files(folder, count)
    if kind == "lmtp":
        return Lmtp(count)
    if kind == "imap" and mail_server:
        return Imap(count, mail_server)
    return Pipe(folder, count)
