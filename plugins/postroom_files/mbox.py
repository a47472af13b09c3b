"""An mbox file (RFC 4155): messages one after the other, each behind a line `From ...`.

The key of a message is the hash of its bytes in the file, with a number where the same bytes
stand there more than once: it stays the same when other messages go or come. The file is only read.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from postroom.hooks.contracts import Health, Receipt
from postroom.model.envelope import Envelope, Place
from postroom.source.diagnostic import Diagnostic, Problem
from postroom_files.folder import KEPT, QUIET, FileTransport, missing, refused
from postroom_files.reading import read_part
from postroom_files.settings import MboxSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.hooks.contracts import Position, TransportContext
    from postroom.model.envelope import ServerAction

FROM = b"From "
_BLOCK = 1024 * 1024
_LINE = 64 * 1024
_LINE_END = 2
"""The longest end of a line: CR LF."""


@dataclass(frozen=True, slots=True)
class _Message:
    key: str
    start: int
    """Where it begins in the file, behind its From line."""
    size: int
    received_at: datetime | None


class MboxTransport(FileTransport[_Message]):
    """Mail from an mbox file."""

    name: ClassVar[str] = "mbox"
    settings: ClassVar[type] = MboxSettings

    def __init__(self, settings: MboxSettings, context: TransportContext) -> None:
        super().__init__(settings, context)
        self.escaping = settings.escaping
        self._index: tuple[tuple[int, ...], list[_Message]] = ((), [])

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield what the ledger does not hold, in the order of the file."""
        with self._open() as file:
            messages = self._messages(file)
            self.trace(f"{len(messages)} messages in {self.path}")
            fresh = (self._read(file, each) for each in self.unseen(position, messages))
            yield from self.first(fresh, limit)

    def _read(self, file: BinaryIO, message: _Message) -> Envelope:
        file.seek(message.start)
        raw, problem = read_part(file, message.size, self.context.max_message)
        place = Place(self.mailbox, "", message.key)
        raw = unescape(raw, once=self.escaping == "mboxo")
        return Envelope(place, raw, message.size, message.received_at, problem=problem)

    def settle(self, action: ServerAction) -> Receipt:
        """Keep the message; nothing else can be done to it without writing the file anew."""
        if action.verb == "keep":
            return KEPT
        return refused(f"an mbox file is only read, so `{action.verb}` cannot be done: say `keep`")

    def probe(self) -> Health:
        """Look at the file."""
        with self._open() as file:
            messages = self._messages(file)
        newest = messages[-1].key if messages else ""
        detail = f"mbox {self.path}"
        place = Place(self.mailbox, "", newest) if newest else None
        return Health(
            ok=True, detail=detail, high_water=newest, waiting=len(messages), newest=place
        )

    def _open(self) -> BinaryIO:
        try:
            if not self.path.is_file():  # opening a named pipe would wait for a writer
                raise missing(self.path, "mbox file")
            return self.path.open("rb")
        except OSError as error:
            raise missing(self.path, "mbox file", error) from None

    def _messages(self, file: BinaryIO) -> list[_Message]:
        """Return what the file holds; looked through again only when it has changed.

        Whoever adds a message writes it piece by piece, so the last one is left for the next time
        if the file was touched a moment ago and again while we looked.
        """
        before = _state(file)
        if self._index[0] == before:
            return self._index[1]
        age = time.time() - before[1] / 1e9
        if age < QUIET:
            self.interrupted.wait(QUIET - max(0.0, age))
        messages = list(_scan(file, self))
        if _state(file) != before:
            return messages[:-1]
        self._index = (before, messages)
        return messages


def _state(file: BinaryIO) -> tuple[int, ...]:
    found = os.fstat(file.fileno())
    return (found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev)


def _scan(file: BinaryIO, transport: MboxTransport) -> Iterator[_Message]:
    starts = list(_starts(file))
    length = file.seek(0, os.SEEK_END)
    if not starts and length:
        words = f"`{transport.path}` is not an mbox file: it does not begin with `From `"
        hint = "for a single message say `use: eml` and the folder that it lies in"
        raise Problem(Diagnostic("PR517", words, help=hint))
    seen: Counter[str] = Counter()
    for start, end in pairwise([*starts, length]):
        file.seek(start)
        line = file.readline(min(_LINE, end - start))
        begin = start + len(line)
        size = max(0, end - begin - _blank_line(file, begin, end))
        digest = _hash(file, begin, size)
        seen[digest] += 1
        yield _Message(f"{digest}-{seen[digest]}", begin, size, _date(line))


def _starts(file: BinaryIO) -> Iterator[int]:
    """Yield where messages start: `From ` at the start of the file, or below an empty line."""
    file.seek(0)
    held = b"\n\n"  # as if an empty line stood above the file
    offset, last = -len(held), -1
    while block := file.read(_BLOCK):
        held += block
        found = held.find(b"\n" + FROM)
        while found >= 0:
            start = offset + found + 1
            if start > last and held.endswith((b"\n", b"\n\r"), 0, found):
                yield (last := start)
            found = held.find(b"\n" + FROM, found + 1)
        keep = len(FROM) + _LINE_END
        offset += max(0, len(held) - keep)
        held = held[-keep:]


def _blank_line(file: BinaryIO, begin: int, end: int) -> int:
    """Return the length of the empty line that parts a message from the next."""
    file.seek(max(begin - 1, end - len(b"\n\r\n")))  # the end of the line above as well
    tail = file.read(end - file.tell())
    if tail.endswith(b"\n\r\n"):
        return 2
    return 1 if tail.endswith(b"\n\n") else 0


def _hash(file: BinaryIO, begin: int, size: int) -> str:
    file.seek(begin)
    digest = sha256()
    while size > 0 and (block := file.read(min(size, _BLOCK))):
        digest.update(block)
        size -= len(block)
    return digest.hexdigest()


def _date(line: bytes) -> datetime | None:
    """Return the date at the end of a From line, which is UTC (RFC 4155), if it can be read."""
    words = line.decode("ascii", "replace").split()[-5:]
    try:
        return datetime.strptime(" ".join(words), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except ValueError:
        return None


def unescape(raw: bytes, *, once: bool) -> bytes:
    """Take away the `>` that was put before lines starting with `From `.

    once: only from lines with a single one (mboxo); else one from each such line (mboxrd).
    """
    if b">" + FROM not in raw:
        return raw
    return b"\n".join(_unescaped(line, once=once) for line in raw.split(b"\n"))


def _unescaped(line: bytes, *, once: bool) -> bytes:
    if not line.startswith(b">"):
        return line
    bare = line[1:] if once else line.lstrip(b">")
    return line[1:] if bare.startswith(FROM) else line
