"""A folder for what took long to work out and can be worked out again.

It may be deleted at any time. What lies in it is used only if the folder belongs to whoever runs
the engine and nobody else can write or read there, and if a file is as it was written: what is kept
decides about mail, so whoever could change it unseen could change decisions.
"""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MOST = 16
"""Files that stay; the oldest go."""
_DIGEST = hashlib.sha256().digest_size


class Keeping:
    """A folder of our own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes | None:
        """Return what was kept under a name; None if there is nothing that can be trusted."""
        if not self._is_ours():
            return None
        try:
            data = (self.folder / name).read_bytes()
        except OSError:
            return None
        digest, data = data[:_DIGEST], data[_DIGEST:]
        return data if hashlib.sha256(data).digest() == digest else None

    def write(self, name: str, data: bytes) -> None:
        """Keep something; where that is not possible, it will be worked out again."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            if not self._is_ours():
                return
            whole = self.folder / f".{os.getpid()}.{name}"
            whole.write_bytes(hashlib.sha256(data).digest() + data)
            whole.replace(self.folder / name)
            self._tidy()
        except OSError:
            return

    def _is_ours(self) -> bool:
        """Return whether the folder is there, is ours, and is closed to all others."""
        user: Callable[[], int] | None = getattr(os, "geteuid", None)
        if user is None:  # Windows, where a folder does not say so in a few bits
            return False
        try:
            found = self.folder.lstat()
        except OSError:
            return False
        closed = not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        return stat.S_ISDIR(found.st_mode) and found.st_uid == user() and closed

    def _tidy(self) -> None:
        files = sorted(self.folder.iterdir(), key=lambda file: file.stat().st_mtime)
        for file in files[:-_MOST]:
            file.unlink(missing_ok=True)
