"""A real clamd with signatures of our own: nothing is downloaded, and it starts in no time.

It knows the EICAR test file, which is written here in two pieces, or every scanner on the machine
of whoever has this checkout would find it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.servers.need import need
from tests.servers.ports import free_ports

if TYPE_CHECKING:
    from types import TracebackType

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Eicar-Test-Signature.UNOFFICIAL"
STREAM_MAX = 3_000_000
START_WITHIN = 30.0
_CONFIG = """DatabaseDirectory {folder}/db
TCPSocket {port}
TCPAddr 127.0.0.1
LocalSocket {folder}/clamd.sock
LogFile {folder}/clamd.log
TemporaryDirectory {folder}
Foreground yes
MaxThreads 4
StreamMaxLength {limit}
SelfCheck 0
OfficialDatabaseOnly no
"""


class Clamd:
    """It listens at `port` of 127.0.0.1 and at `socket`; as `nobody` where the tests are root."""

    def __init__(self) -> None:
        program = need("clamd", "clamav-daemon")
        self.folder = Path(tempfile.mkdtemp(prefix="clamd-"))
        (self.port,) = free_ports(1)
        self.socket = self.folder / "clamd.sock"
        (self.folder / "db").mkdir()
        signature = f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n"
        (self.folder / "db" / "local.ndb").write_text(signature, "ascii")
        config = self.folder / "clamd.conf"
        told = _CONFIG.format(folder=self.folder, port=self.port, limit=STREAM_MAX)
        config.write_text(told, "ascii")
        with (self.folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                [program, "-c", config], stdout=said, stderr=said, **self._as_nobody()
            )

    def _as_nobody(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        user = pwd.getpwnam("nobody")
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def __enter__(self) -> Self:
        until = time.monotonic() + START_WITHIN
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                said = (self.folder / "said").read_text("utf-8", "replace")
                self.__exit__(None, None, None)
                raise RuntimeError(f"clamd does not start: {said}")
            time.sleep(0.02)
        return self

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                connection.sendall(b"zPING\0")
                return connection.recv(16).startswith(b"PONG")
        except OSError:
            return False

    def kill(self) -> None:
        """End it as the kernel does where memory runs out."""
        self.process.kill()
        self.process.wait()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
