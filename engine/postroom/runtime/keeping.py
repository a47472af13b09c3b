"""A folder for what took long to work out and can be worked out again.

It may be deleted at any time. What lies in it is used only if the folder and the file belong to
whoever runs the engine, nobody else can open the folder, and the file is as it was written: what is
kept decides about mail, so whoever could change it unseen could change decisions. The folder that
was looked at is the one that is read: it stays open in between, and links are not followed.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MOST = 32
"""Files that stay; the oldest go."""
_DIGEST = hashlib.sha256().digest_size
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class Keeping:
    """A folder of our own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes | None:
        """Return what was kept under a name; None if there is nothing that can be trusted."""
        with suppress(OSError), self._open() as folder:
            with os.fdopen(os.open(name, _READ, dir_fd=folder), "rb") as file:
                if not _is_ours(os.fstat(file.fileno())):
                    return None
                data = file.read()
            digest, data = data[:_DIGEST], data[_DIGEST:]
            return data if hashlib.sha256(data).digest() == digest else None
        return None

    def write(self, name: str, data: bytes) -> None:
        """Keep something; where that is not possible, it will be worked out again."""
        whole = f".{os.getpid()}.{name}"
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            with self._open() as folder:
                with suppress(FileNotFoundError):
                    os.unlink(whole, dir_fd=folder)
                with os.fdopen(os.open(whole, _NEW, 0o600, dir_fd=folder), "wb") as file:
                    file.write(hashlib.sha256(data).digest() + data)
                os.replace(whole, name, src_dir_fd=folder, dst_dir_fd=folder)
                _tidy(folder)

    @contextmanager
    def _open(self) -> Iterator[int]:
        """Open the folder. Raises OSError if it is not there, not ours, or open to others."""
        if not hasattr(os, "geteuid"):  # Windows, where a folder does not say so in a few bits
            raise PermissionError(self.folder)
        folder = os.open(self.folder, _READ | os.O_DIRECTORY)
        try:
            found = os.fstat(folder)
            if not _is_ours(found) or found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise PermissionError(self.folder)
            yield folder
        finally:
            os.close(folder)


def _is_ours(found: os.stat_result) -> bool:
    user: Callable[[], int] = os.geteuid
    return found.st_uid == user()


def _tidy(folder: int) -> None:
    """Remove the oldest files."""
    with os.scandir(folder) as found:
        files = sorted((each.stat().st_mtime, each.name) for each in found)
    for _, name in files[:-_MOST]:
        os.unlink(name, dir_fd=folder)
