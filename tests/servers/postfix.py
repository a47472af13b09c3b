"""A real Postfix in a folder of its own, which hands mail for example.test over.

Its master process wants to be root; nothing can leave the machine.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest
from tests.servers.need import need
from tests.servers.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Sequence

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
maillog_file_permissions = 0644
relay_domains = example.test
relay_transport = {onwards}
default_transport = discard:
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_rate_limit = 0
disable_dns_lookups = yes
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
transport_retry_time = 1s
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
START_WITHIN = 20.0


class Postfix:
    """The server. Start it with `start`, end it with `remove`."""

    def __init__(self, onwards: str, *more: str) -> None:
        """`onwards` is where it hands mail over: `lmtp:inet:127.0.0.1:24`; more lines follow."""
        if os.geteuid() != 0:
            pytest.skip("Postfix wants to be started by root")
        self.program = need("postfix", "postfix")
        self.folder = Path(tempfile.mkdtemp(prefix="pf", dir="/tmp"))
        self.folder.chmod(0o755)
        (self.port,) = free_ports(1)
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix", "postfix")
        values = {"folder": self.folder, "onwards": onwards, "port": self.port}
        (self.folder / "etc/main.cf").write_text(MAIN.format(**values) + "".join(more))
        (self.folder / "etc/master.cf").write_text(MASTER.format(**values))

    def start(self) -> Self:
        """Start it and wait until it answers."""
        done = self._postfix("start")
        give_up_at = time.monotonic() + START_WITHIN
        while not self._answers():
            if time.monotonic() > give_up_at:
                raise RuntimeError(f"Postfix does not start:\n{done.stderr}{self.log()}")
            time.sleep(0.02)
        return self

    def remove(self) -> None:
        """End it and remove its folder."""
        self._postfix("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def send(self, raw: bytes, recipients: Sequence[str], sender: str = "ann@else.test") -> None:
        """Give it a message, as a mail program does."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as connection:
            connection.sendmail(sender, list(recipients), raw)

    def flush(self) -> None:
        """Have it try again what it keeps."""
        subprocess.run(["postqueue", "-c", str(self.folder / "etc"), "-f"], check=True)

    def statuses(self, recipient: str) -> list[str]:
        """Return what became of each attempt to deliver to somebody: sent, deferred, bounced."""
        return [
            line.partition("status=")[2].partition(" ")[0]
            for line in self.log().splitlines()
            if f"to=<{recipient}>" in line and "status=" in line
        ]

    def wait_for(self, recipient: str, status: str, times: int = 1) -> None:
        """Wait until that became of a message."""
        give_up_at = time.monotonic() + 60
        while self.statuses(recipient).count(status) < times:
            if time.monotonic() > give_up_at:
                raise AssertionError(f"{recipient} is not {status}:\n{self.log()[-3000:]}")
            time.sleep(0.05)

    def log(self) -> str:
        """Return what it wrote to its log."""
        path = self.folder / "maillog"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _postfix(self, verb: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.program, "-c", str(self.folder / "etc"), verb],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                return connection.recv(100).startswith(b"220")
        except OSError:
            return False
