"""Message files as people have them: .eml files, folders of them, mbox files. Streams."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import BinaryIO

_FROM = b"From "
_CLOCK = 2
"""Colons of a time of day, at most."""
_YEAR = 4
_BLOCK = 1 << 20


class Found(NamedTuple):
    """One message, or why there is none."""

    file: str
    """Its path; in an mbox file with more than one message, with `#` and its number behind it."""
    raw: bytes = b""
    """Of a message that is too large only so much that the reader can see that it is."""
    problem: str = ""
    size: int = 0
    """Of the whole message, in bytes."""
    sha256: str = ""
    """Of the whole message, where raw is not all of it."""


def find_messages(paths: Sequence[Path], max_message: int) -> Iterator[Found]:
    """Yield every message of the files and folders, in the order of their names.

    Holds one message at a time. Whatever cannot be read is yielded with its problem.
    """
    for path in paths:
        for file in _files(path):
            try:
                yield from _messages(file, max_message)
            except OSError as error:
                reason = (error.strerror or type(error).__name__).lower()
                yield Found(_shown(file), problem=f"the file cannot be read: {reason}")


def _files(path: Path) -> Iterator[Path]:
    """Yield the files of a folder, sorted; whatever starts with a dot is passed over."""
    if not path.is_dir():
        yield path
        return
    for folder, inside, names in os.walk(path):
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder) / name


def _messages(path: Path, max_message: int) -> Iterator[Found]:
    with path.open("rb") as file:
        if not _begins(file.readline(_BLOCK)):
            file.seek(0)
            yield _collected(_shown(path), iter(lambda: file.read(_BLOCK), b""), max_message)
            return
        waiting: Found | None = None
        number = 0
        for lines in _split(file):
            found = _collected(_shown(path), lines, max_message)
            if waiting is not None:
                number += 1
                yield waiting._replace(file=f"{waiting.file}#{number}")
            waiting = found
        if waiting is not None:
            name = f"{waiting.file}#{number + 1}" if number else waiting.file
            yield waiting._replace(file=name)


def _collected(file: str, pieces: Iterable[bytes], max_message: int) -> Found:
    """Put a message together, keeping no more of it than the reader may see."""
    kept: list[bytes] = []
    size = 0
    whole = sha256()
    for piece in pieces:
        if size <= max_message:
            kept.append(piece)
        size += len(piece)
        whole.update(piece)
    raw = b"".join(kept)
    return Found(file, raw, size=size, sha256=whole.hexdigest() if size > len(raw) else "")


def _split(file: BinaryIO) -> Iterator[Iterator[bytes]]:
    """Yield the lines of each message of an mbox file (RFC 4155), from behind the first From line.

    Each is to be read to its end before the next is asked for.
    """
    lines = _lines(file)
    more = [True]
    while more[0]:
        more[0] = False
        yield _until_next(lines, more)


def _until_next(lines: Iterator[bytes], more: list[bool]) -> Iterator[bytes]:
    """Yield lines up to the next From line, quoted From lines undone (mboxrd); note if it came."""
    blank = b""
    for line in lines:
        if blank and _begins(line):
            more[0] = True
            return
        if blank:
            yield blank
        blank = line if line in (b"\n", b"\r\n") else b""
        if not blank:
            yield line[1:] if _is_quoted(line) else line


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; one without an end comes in pieces."""
    while line := file.readline(_BLOCK):
        yield line


def _begins(line: bytes) -> bool:
    """Whether it is a From line: an address, then a date as asctime writes it."""
    if not line.startswith(_FROM):
        return False
    words = line.split()
    years = [word for word in words[-3:] if len(word) == _YEAR and word.isdigit()]
    return bool(years) and any(1 <= word.count(b":") <= _CLOCK for word in words)


def _is_quoted(line: bytes) -> bool:
    return line.startswith(b">") and line.lstrip(b">").startswith(_FROM)


def _shown(path: Path) -> str:
    """Return a path as text, whatever bytes its name holds."""
    return os.fsencode(path).decode("utf-8", "replace")
