"""A real Dovecot 2.3 in a folder of its own, on free loopback ports, without root.

Where the tests run as root it is started as `nobody`, because it refuses mail for uid 0. Any user
name may sign in with the password `pw`, or with an access token of the authority of the tests.
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.servers.need import need
from tests.servers.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tests.servers.ca import Certificate

PASSWORD = "pw"
CONFIGS = ("dovecot.conf", "dovecot-oauth2.conf")
START_WITHIN = 15.0


@dataclass(frozen=True)
class User:
    """Somebody with a mailbox on the server."""

    server: Dovecot
    name: str

    def deliver(self, raws: Sequence[bytes]) -> None:
        """Deliver messages over LMTP, as a mail server does, one after the other."""
        with smtplib.LMTP("127.0.0.1", self.server.lmtp, timeout=30) as connection:
            for raw in raws:
                connection.sendmail("sender@example.test", [self.name], raw)

    def append(
        self, raws: Sequence[bytes], folder: str = "INBOX", at: datetime | None = None
    ) -> None:
        """Put messages into the mailbox byte for byte, as a mail program does.

        All with one command (RFC 3502), without waiting for leave to go on (RFC 7888).
        """
        if not raws:
            return
        date = imaplib.Time2Internaldate(at).encode() + b" " if at else b""
        with imaplib.IMAP4_SSL(
            "localhost", self.server.imaps, ssl_context=self.server.trust, timeout=60
        ) as connection:
            connection.login(self.name, PASSWORD)
            connection.send(f"all APPEND {folder}".encode("ascii"))
            connection.send(b"".join(b" %b{%d+}\r\n%b" % (date, len(raw), raw) for raw in raws))
            connection.send(b"\r\n")
            while not (said := connection.readline()).startswith(b"all "):
                assert said, "the server went away"
            assert said.startswith(b"all OK"), said

    def doveadm(self, *words: str) -> str:
        """Run an administrator's command on the mailbox: `doveadm(command, option...)`."""
        command = list(words)
        at = 2 if words[0] in ("mailbox", "flags") else 1
        command[at:at] = ["-u", self.name]
        return self.server.doveadm(*command)

    def kick(self) -> None:
        """End the user's connections, as an administrator does, and wait until they have ended."""
        self.server.doveadm("kick", self.name)
        time.sleep(0.3)

    @property
    def maildir(self) -> Path:
        """Return where the messages lie on disk."""
        return self.server.folder / "mail" / self.name / "Maildir"


class Dovecot:
    """The server. Start it with `start`, end it with `stop`."""

    def __init__(
        self, certificate: Certificate, ca_file: Path, issuer: str, more: str = ""
    ) -> None:
        """Write its files; more is a file with settings besides those of dovecot.conf."""
        self.program = need("dovecot", "dovecot-core dovecot-imapd dovecot-pop3d dovecot-lmtpd")
        # pytest's own folders are closed to `nobody`, and too long for the path of a unix socket
        self.folder = Path(tempfile.mkdtemp(prefix="dc", dir="/tmp"))
        self.folder.chmod(0o755)
        self.imap, self.imaps, self.pop3, self.pop3s, self.lmtp = free_ports(5)
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.trust = ssl.create_default_context(cafile=ca_file)
        self._process: subprocess.Popen[bytes] | None = None
        self._write(certificate, ca_file, issuer, more)

    def _write(self, certificate: Certificate, ca_file: Path, issuer: str, more: str) -> None:
        for each in ("run", "state", "mail"):
            (self.folder / each).mkdir()
        shutil.copy(certificate.cert, self.folder / "server.crt")
        shutil.copy(certificate.key, self.folder / "server.key")
        shutil.copy(ca_file, self.folder / "ca.crt")
        values = {
            "folder": str(self.folder),
            "user": self._account.pw_name,
            "group": grp.getgrgid(self._account.pw_gid).gr_name,
            "uid": str(self._account.pw_uid),
            "gid": str(self._account.pw_gid),
            "imap": str(self.imap),
            "imaps": str(self.imaps),
            "pop3": str(self.pop3),
            "pop3s": str(self.pop3s),
            "lmtp": str(self.lmtp),
            "issuer": issuer,
        }
        here = Path(__file__).parent
        for config in CONFIGS:
            text = (here / config).read_text("utf-8")
            if more and config == CONFIGS[0]:
                text += (here / more).read_text("utf-8")
            for name, value in values.items():
                text = text.replace(f"@{name}@", value)
            (self.folder / config.removeprefix("dovecot-")).write_text(text, "utf-8")
        if os.geteuid() == 0:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def start(self) -> Self:
        """Start it and wait until it answers."""
        with (self.folder / "out").open("wb") as out:
            self._process = subprocess.Popen(
                [self.program, "-F", "-c", str(self.folder / "dovecot.conf")],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                user=self._account.pw_uid if os.geteuid() == 0 else None,
                group=self._account.pw_gid if os.geteuid() == 0 else None,
                extra_groups=[] if os.geteuid() == 0 else None,
            )
        give_up_at = time.monotonic() + START_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"Dovecot does not start:\n{self.log()}")
            time.sleep(0.01)
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.imap), 1) as connection:
                return connection.recv(200).startswith(b"* OK")
        except OSError:
            return False

    def stop(self) -> None:
        """End it; its master process ends the others."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def remove(self) -> None:
        """End it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def user(self) -> User:
        """Return somebody who has no mail yet."""
        return User(self, f"u{uuid.uuid4().hex[:10]}@example.test")

    def doveadm(self, *words: str) -> str:
        """Run an administrator's command and return what it prints."""
        done = subprocess.run(
            [need("doveadm", "dovecot-core"), "-c", str(self.folder / "dovecot.conf"), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            timeout=30,
            user=self._account.pw_uid if os.geteuid() == 0 else None,
            group=self._account.pw_gid if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
        )
        if done.returncode:
            raise RuntimeError(f"doveadm {' '.join(words)}: {done.stderr}")
        return done.stdout

    def log(self) -> str:
        """Return what it wrote to its log and its output."""
        names = ("out", "dovecot.log")
        paths = [self.folder / name for name in names if (self.folder / name).exists()]
        return "".join(path.read_text("utf-8", "replace") for path in paths)
