"""What the database says when something is wrong, in words that help."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Diagnostic, Problem
from postroom_duckdb.lock import held

if TYPE_CHECKING:
    from pathlib import Path

_FULL = ("No space left on device", "Disk quota exceeded", "File too large")
_FULL_CODES = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = ("Permission denied", "Read-only file system", "Operation not permitted")
_FORBIDDEN_CODES = (errno.EACCES, errno.EPERM, errno.EROFS)
_LOCKED = "Could not set lock on file"


def problem_of(error: Exception, folder: Path) -> Problem | None:
    """Return the problem behind an error of the database or the disk; None: it is a mistake."""
    import duckdb

    text = str(error)
    if is_full(error):
        return disk_full(folder)
    if _LOCKED in text:
        return held(folder, text.partition("(PID ")[2].partition(")")[0])
    if _is_forbidden(error):
        return forbidden(folder, text)
    if isinstance(error, duckdb.OutOfMemoryException):
        return Problem(Diagnostic("PR525", f"the database needs more memory: {first_line(text)}"))
    broken = (duckdb.IOException, duckdb.FatalException, duckdb.InternalException, OSError)
    if isinstance(error, (*broken, duckdb.SerializationException)) or type(error) is duckdb.Error:
        return damaged(folder, text)  # a bad checksum is an error of no special type
    return None


def is_full(error: Exception) -> bool:
    """Whether nothing can be written for want of room."""
    if getattr(error, "errno", 0) in _FULL_CODES:
        return True
    return any(words in str(error) for words in _FULL)


def _is_forbidden(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FORBIDDEN_CODES
    return any(words in str(error) for words in _FORBIDDEN)


def forbidden(folder: Path, why: str) -> Problem:
    """Return the problem that this user may not work with the data."""
    words = f"the data in `{folder}` may not be read or written by this user: {first_line(why)}"
    hint = (
        "nothing is damaged: run it as the user whose files they are, or `chown` and `chmod` them"
    )
    return Problem(Diagnostic("PR522", words, help=hint))


def disk_full(folder: Path) -> Problem:
    """Return the problem that nothing can be written."""
    words = f"the disk that holds `{folder}` is full"
    hint = "make room; nothing was lost, and mail is fetched again once there is"
    return Problem(Diagnostic("PR523", words, help=hint))


def damaged(folder: Path, why: str) -> Problem:
    """Return the problem that the data cannot be read."""
    words = f"the data in `{folder}` cannot be opened: {first_line(why)}"
    hint = (
        "postroom recover: it makes the database anew from what was published; or bring the folder "
        "back from a backup. What was published and the raw mail in `packs` stay readable meanwhile"
    )
    return Problem(Diagnostic("PR522", words, help=hint))


def removed(folder: Path, file: str) -> Problem:
    """Return the problem that a file was taken away under an engine that has it open."""
    words = f"`{file}` in `{folder}` was removed or replaced while the engine has it open"
    hint = "stop the engine, which publishes what it knows; then `postroom recover` brings it back"
    return Problem(Diagnostic("PR522", words, help=hint))


def misfit(words: str) -> Problem:
    """Return the problem that a batch does not fit what is stored."""
    hint = "decide the message again from what is stored now"
    return Problem(Diagnostic("PR524", words, help=hint))


def first_line(text: str) -> str:
    """Return the first line that says something, without the error's class."""
    line = next((line for line in text.splitlines() if line.strip()), "").strip()
    kind, colon, rest = line.partition(" Error: ")
    return rest if colon and " " not in kind.replace("TransactionContext", "") else line
