"""Write a file so that a crash leaves it whole or not there at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from postroom.hooks.failpoints import failpoint

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, content: bytes, passing: str = "") -> None:
    """Write a file for its owner alone: beside its place, synced, then moved there in one step.

    `passing` names the failpoint before that step. Raises OSError; then the place holds what it
    held before.
    """
    fresh = beside(path)
    fresh.unlink(missing_ok=True)
    opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    failpoint(passing)
    fresh.replace(path)
    sync_folder(path.parent)


def beside(path: Path) -> Path:
    """Return where `write_whole` writes: a crash may leave something there, perhaps all of it."""
    return path.with_name(f".{path.name}.new")


def sync_folder(folder: Path) -> None:
    """Make durable which files a folder has. Raises OSError."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
