"""One engine for a data folder. Whoever comes second is told which process holds it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path


class Lock:
    """A lock on a folder that ends with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._file: int | None = None

    def take(self) -> None:
        """Take the lock. Raises Problem PR520 if another engine holds it, and OSError."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 20, 0).decode("ascii", "replace").strip()
            os.close(file)
            raise held(self._path.parent, holder) from None
        self._file = file
        try:
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            self.release()
            raise

    def release(self) -> None:
        """Let go of it. The file stays, for removing it would let two engines in."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
        os.close(self._file)
        self._file = None


def held(folder: Path, process: str) -> Problem:
    """Return the problem that somebody else has the data."""
    who = f"process {process}" if process else "another process"
    words = f"the data in `{folder}` is in use by {who}"
    hint = f"stop it (`kill {process}`), or choose another folder with --data" if process else None
    return Problem(Diagnostic("PR520", words, help=hint or "stop it, or choose another --data"))
