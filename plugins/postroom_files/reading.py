"""Read one message file, whole or only its header, without trusting it to hold still."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

HEADER_BLOCK = 256 * 1024
"""How much of a message that is too large is looked through for the end of its header."""


class ChangingError(OSError):
    """The file is being written."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file held."""

    raw: bytes = field(repr=False)
    size: int
    modified: datetime | None = None
    problem: str | None = None

    @property
    def sha256(self) -> str:
        """Return what the ledger knows the message by."""
        return sha256(self.raw).hexdigest()


def read_file(path: Path, max_message: int) -> Contents:
    """Return the contents of a regular file; what cannot be read has a problem instead.

    Raises FileNotFoundError if it is gone, ChangingError if it grew or shrank meanwhile.
    """
    try:
        # O_NONBLOCK: opening a named pipe would wait for somebody to write into it
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(number, "rb") as file:
            return _read(file, max_message)
    except (FileNotFoundError, ChangingError):
        raise
    except OSError as error:
        return Contents(b"", _size(path), problem=f"cannot be read: {reason(error)}")


def _read(file: BinaryIO, max_message: int) -> Contents:
    before = os.fstat(file.fileno())
    if not stat.S_ISREG(before.st_mode):
        return Contents(b"", 0, problem="cannot be read: not a file")
    raw, problem = read_part(file, before.st_size, max_message)
    after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ChangingError(errno.EBUSY, "it is being written")
    modified = datetime.fromtimestamp(before.st_mtime, UTC)
    return Contents(raw, before.st_size, modified, problem)


def read_part(file: BinaryIO, size: int, max_message: int) -> tuple[bytes, str | None]:
    """Read a message that starts where the file stands; only its header if it is too large."""
    if size <= max_message:
        return file.read(size), None
    words = f"larger than {max_message} bytes: {size} bytes"
    return header_of(file.read(min(size, HEADER_BLOCK))), words


def header_of(raw: bytes) -> bytes:
    """Return a message up to its first empty line, that line included (RFC 5322 2.1)."""
    ends = [end + len(mark) for mark in (b"\n\n", b"\n\r\n") if (end := raw.find(mark)) >= 0]
    return raw[: min(ends)] if ends else raw


def reason(error: OSError) -> str:
    """Return the system's words for an error, in small letters."""
    return (error.strerror or type(error).__name__).lower()


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def as_text(name: str) -> str:
    """Return a file name as text that can be stored, with bytes that are not UTF-8 in hex."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
