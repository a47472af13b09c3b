"""A real Cyrus with JMAP in a folder of its own, over https.

Debian's packages of it conflict with Dovecot's, so they are unpacked and not installed:
`tests/servers/unpack_cyrus.sh FOLDER` does it, and `POSTROOM_CYRUS` says where if it is not
/opt/cyrus. Any user may sign in with the password; each has an empty mailbox at first.
"""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from tests.servers.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.ca import Certificate

PASSWORD = "xyzzy-cyrus"
ROOT = Path(os.environ.get("POSTROOM_CYRUS", "/opt/cyrus"))
START_WITHIN = 30.0
IMAPD = """\
configdirectory: {t}/conf
defaultpartition: default
partition-default: {t}/spool
cyrus_user: {user}
servername: localhost
unixhierarchysep: yes
altnamespace: yes
virtdomains: off
admins: admin
allowplaintext: yes
sasl_mech_list: PLAIN
sasl_pwcheck_method: saslauthd
sasl_saslauthd_path: {t}/mux
conversations: yes
httpmodules: jmap
jmap_emailsearch_db_path: {t}/conf/jmapsearch
autocreate_quota: 0
autocreate_inbox_folders: Archive
autocreate_post: yes
lmtpsocket: {t}/conf/socket/lmtp
idlesocket: {t}/conf/socket/idle
notifysocket: {t}/conf/socket/notify
sievedir: {t}/sieve
delete_mode: immediate
expunge_mode: delayed
sendmail: /bin/true
skiplist_unsafe: yes
tls_server_cert: {t}/server.crt
tls_server_key: {t}/server.key
tls_versions: tls1_2 tls1_3
"""
CYRUS = """\
START {{
  recover cmd="{b}/ctl_cyrusdb -C {t}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{b}/imapd -C {t}/imapd.conf -U 30" listen="127.0.0.1:{imap}" proto=tcp4 prefork=1
  https cmd="{b}/httpd -s -C {t}/imapd.conf -U 100" listen="127.0.0.1:{https}" proto=tcp4 prefork=1
}}
EVENTS {{
  checkpoint cmd="{b}/ctl_cyrusdb -C {t}/imapd.conf -c" period=30
}}
"""
FOLDERS = (
    "conf/socket", "conf/db", "conf/proc", "conf/log", "conf/lock", "conf/msg", "spool/stage.",
    "sieve",
)  # fmt: skip


class Cyrus:
    """The server. Start it with `start`, end it with `remove`."""

    def __init__(self, certificate: Certificate, ca_file: Path) -> None:
        self.trust = ssl.create_default_context(cafile=ca_file)
        programs = ROOT / "usr/lib/cyrus/bin"
        if not (programs / "master").exists():
            words = f"Cyrus is not there: tests/servers/unpack_cyrus.sh {ROOT}"
            if os.environ.get("CI"):
                pytest.fail(words)
            pytest.skip(words)
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="cy", dir="/tmp"))
        self.folder.chmod(0o755)
        self.imap, self.https = free_ports(2)
        root = os.geteuid() == 0
        self._owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True)
        values = {"t": self.folder, "b": programs, "user": self._owner.pw_name}
        values |= {"imap": str(self.imap), "https": str(self.https)}
        (self.folder / "imapd.conf").write_text(IMAPD.format(**values))
        (self.folder / "cyrus.conf").write_text(CYRUS.format(**values))
        shutil.copy(certificate.cert, self.folder / "server.crt")
        shutil.copy(certificate.key, self.folder / "server.key")
        self._users = 0
        self._sign_ins = socket.socket(socket.AF_UNIX)
        self._sign_ins.bind(str(self.folder / "mux"))
        self._sign_ins.listen(64)
        (self.folder / "mux").chmod(0o777)
        self._process: subprocess.Popen[bytes] | None = None
        if root:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def start(self) -> Self:
        """Start it and wait until it answers."""
        threading.Thread(target=self._check_passwords, daemon=True).start()
        libraries = [ROOT / "usr/lib/x86_64-linux-gnu", ROOT / "lib/x86_64-linux-gnu"]
        files = {"-C": "imapd.conf", "-M": "cyrus.conf", "-p": "master.pid"}
        words = [each for flag, name in files.items() for each in (flag, self.folder / name)]
        owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            uid, gid = self._owner.pw_uid, self._owner.pw_gid
            owner = {"user": uid, "group": gid, "extra_groups": []}
        with (self.folder / "out").open("wb") as out:
            self._process = subprocess.Popen(
                [self.programs / "master", "-D", *words],
                cwd=self.folder,
                env={**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **owner,
            )
        give_up_at = time.monotonic() + START_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"Cyrus does not start:\n{(self.folder / 'out').read_text()}")
            time.sleep(0.02)
        return self

    def remove(self) -> None:
        """End it and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(8)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._sign_ins.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def user(self) -> Person:
        """Return somebody new, with an empty mailbox."""
        self._users += 1
        return Person(self, f"user{self._users}")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.imap), 1) as connection:
                connection.settimeout(1)
                return connection.recv(200).startswith(b"* OK")
        except OSError:
            return False

    def _check_passwords(self) -> None:
        """Answer as saslauthd does: strings with their lengths, over a unix socket."""
        while True:
            try:
                connection, _ = self._sign_ins.accept()
            except OSError:
                return
            with connection, suppress(OSError, EOFError, struct.error):
                told = [_string(connection) for _ in range(4)]
                answer = b"OK" if told[1] == PASSWORD.encode() else b"NO"
                connection.sendall(struct.pack("!H", len(answer)) + answer)


class Person:
    """Somebody with a mailbox, who puts messages there over IMAP."""

    def __init__(self, server: Cyrus, name: str) -> None:
        self.server = server
        self.name = name
        self._when = datetime(2024, 1, 1, tzinfo=UTC)
        self._imap = imaplib.IMAP4("127.0.0.1", server.imap, timeout=30)
        # a message goes over in several pieces, which would wait for one another
        self._imap.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._imap.login(name, PASSWORD)

    def append(self, raws: Sequence[bytes], folder: str = "INBOX") -> None:
        """Put messages into a folder, each a second after the one before."""
        for raw in raws:
            self._when += timedelta(seconds=1)
            assert self._imap.append(folder, "", self._when, raw)[0] == "OK"

    def files(self, raw: bytes) -> list[Path]:
        """Return the files that hold a message."""
        kept = (each for each in self.server.folder.glob("spool/**/*.") if each.is_file())
        return [each for each in kept if each.read_bytes() == raw]

    def state(self) -> list[object]:
        """Return flags and sizes of all messages, folder by folder."""
        found: list[object] = []
        for line in self._imap.list()[1]:
            assert isinstance(line, bytes)
            folder = line.rpartition(b'"/" ')[2].decode()
            self._imap.select(folder, readonly=True)
            found.append((folder, self._imap.uid("FETCH", "1:*", "(FLAGS RFC822.SIZE)")[1]))
        return found

    def command(self, *words: str) -> None:
        """Do something in the inbox: `STORE 1 +FLAGS \\Seen`."""
        self._imap.select("INBOX")
        assert self._imap.uid(*words)[0] == "OK"

    def close(self) -> None:
        """Go."""
        with suppress(OSError, imaplib.IMAP4.error):
            self._imap.logout()


def _string(connection: socket.socket) -> bytes:
    (size,) = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))
    return connection.recv(size, socket.MSG_WAITALL) if size else b""
