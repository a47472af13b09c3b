"""Raw mail: zstd frames one after another in files that are only ever added to.

Before each message stands a skippable frame (RFC 8878 3.1.2) with the communication's id and the
SHA-256 of its bytes, so that a pack is readable by any zstd and tells what it holds even without
the database. What a crash leaves behind the last committed message is never looked at: the next
engine begins a new file.
"""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from postroom.hooks.failpoints import write_in_halves
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from postroom.model.batch import Communication

_LABEL = struct.Struct("<IIQ32s")
_SKIPPABLE = 0x184D2A50
_GONE = 0x184D2A51
"""In the label of a message that was overwritten, and of what stands in the place of its frame."""
_HEAD = struct.Struct("<II")
_LABEL_BYTES = 8 + 32
_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message lies."""

    pack: int
    offset: int
    length: int


class Gone(KeyError):  # noqa: N818 - no error: that was asked for
    """The raw message is no longer kept."""


class Packs:
    """The pack files of a data folder, for the one process that adds to them."""

    def __init__(self, folder: Path, size: int) -> None:
        """Keep the folder, and the size in bytes at which a new file is begun."""
        self._folder = folder
        self._size = size
        self._file: int | None = None
        self._number = 0
        self._end = 0

    def open(self, end: Spot | None) -> None:
        """Go on behind the last message that is committed; None if there is none yet."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        newest = max(numbers(self._folder), default=0)
        self._number, self._end = max(newest, end.pack if end else 0), self._size
        path = self._path(newest)
        if end and newest == end.pack and path.stat().st_size == end.offset + end.length:
            self._end = end.offset + end.length
            self._file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)

    def append(self, messages: Sequence[Communication]) -> list[Spot]:
        """Write messages durably and return where they lie. Raises OSError; then nothing is added.

        A message goes to the file that is not yet full, so a file may be longer than the limit by
        one batch.
        """
        if not messages:
            return []
        if self._end >= self._size or self._is_removed():
            self._begin()
        spots, pieces = self._frames(messages)
        self._write(pieces)
        last = spots[-1]
        self._end = last.offset + last.length
        return spots

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _frames(self, messages: Iterable[Communication]) -> tuple[list[Spot], list[bytes]]:
        import zstandard

        compress = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress
        spots: list[Spot] = []
        pieces: list[bytes] = []
        at = self._end
        for each in messages:
            digest, frame = bytes.fromhex(each.sha256), compress(each.raw)
            pieces += [_LABEL.pack(_SKIPPABLE, _LABEL_BYTES, each.id, digest), frame]
            spots.append(Spot(self._number, at + _LABEL.size, len(frame)))
            at += _LABEL.size + len(frame)
        return spots, pieces

    def _write(self, pieces: list[bytes]) -> None:
        if self._file is None:
            raise ValueError("the packs are not open")
        data = memoryview(b"".join(pieces))
        pwrite = partial(os.pwrite, self._file)
        try:
            write_in_halves(pwrite, data, self._end, "pack-half-written")
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self._end)
            raise

    def _is_removed(self) -> bool:
        """Whether somebody has taken the file away: what is added to it would end with us."""
        return self._file is not None and os.fstat(self._file).st_nlink == 0

    def _begin(self) -> None:
        self.close()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(self._number + 1)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._number, self._end = self._number + 1, 0
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _path(self, number: int) -> Path:
        return pack_path(self._folder, number)


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the packs there are, in order; other files are none of ours."""
    found = [path.stem for path in folder.glob("*.pack")]
    own = (int(stem) for stem in found if stem.isascii() and stem.isdigit())
    return sorted(each for each in own if pack_path(folder, each).stem in found)


def pack_path(folder: Path, number: int) -> Path:
    """Return the file of a pack."""
    return folder / f"{number:06}.pack"


def read(folder: Path, spot: Spot, communication: int) -> bytes:
    """Return a raw message, after making sure that it is the one.

    Works from any process, while others are added. Raises Gone if it was let go of, Problem PR522
    if it is damaged.
    """
    import zstandard

    path = pack_path(folder, spot.pack)
    try:
        with path.open("rb") as file:
            start = spot.offset - _LABEL.size
            data = os.pread(file.fileno(), _LABEL.size + spot.length, start)
        magic, _, labelled, digest = _LABEL.unpack_from(data)
        if magic == _GONE and labelled == communication:
            raise Gone(communication)
        raw = zstandard.ZstdDecompressor().decompress(data[_LABEL.size :])
    except (OSError, struct.error, zstandard.ZstdError, MemoryError) as error:
        if is_gone(path, spot, communication):  # it went while it was read
            raise Gone(communication) from None
        raise _damaged(path, spot, str(error)) from None
    if labelled != communication or hashlib.sha256(raw).digest() != digest:
        raise _damaged(path, spot, "its bytes are not those that came in")
    return raw


def is_gone(path: Path, spot: Spot, communication: int) -> bool:
    """Return whether the label of a message says that it was let go of."""
    try:
        with path.open("rb") as file:
            data = os.pread(file.fileno(), _LABEL.size, spot.offset - _LABEL.size)
        magic, _, labelled, _ = _LABEL.unpack(data)
    except (OSError, struct.error):
        return False
    return (magic, labelled) == (_GONE, communication)


def blank(file: int, spot: Spot, communication: int) -> None:
    """Overwrite a message of an open pack, its label first. Does nothing if it is another one.

    What stands there then is skipped by any zstd (RFC 8878 3.1.2). Raises OSError.
    """
    start = spot.offset - _LABEL.size
    label = os.pread(file, _LABEL.size, start)
    if len(label) < _LABEL.size:
        return
    magic, _, labelled, _ = _LABEL.unpack(label)
    if magic not in (_SKIPPABLE, _GONE) or labelled != communication:
        return
    os.pwrite(file, _GONE.to_bytes(4, "little"), start)
    length = spot.length - _HEAD.size
    os.pwrite(file, _HEAD.pack(_GONE, length) + bytes(length), spot.offset)


def is_all_gone(path: Path) -> bool:
    """Whether every message of a pack was let go of; False if anything in it cannot be read."""
    try:
        with path.open("rb") as file:
            size, at = os.fstat(file.fileno()).st_size, 0
            while at < size:
                data = os.pread(file.fileno(), _LABEL.size + _HEAD.size, at)
                magic, *_ = _LABEL.unpack_from(data)
                gone = _length_of_gone(memoryview(data)[_LABEL.size :])
                if magic != _GONE or not gone:
                    return False
                at += _LABEL.size + gone
    except (OSError, struct.error):
        return False
    return at == size


def _length_of_gone(data: memoryview) -> int:
    """Return how long what stands in the place of a frame is; 0 if the frame still stands there."""
    if len(data) < _HEAD.size:
        return 0
    magic, length = _HEAD.unpack_from(data)
    return _HEAD.size + length if magic == _GONE else 0


def scan(folder: Path) -> Iterator[tuple[int, bytes]]:
    """Yield id and raw message of all that can be read in all packs, without any database.

    What cannot be read, a pack that was not written to its end say, ends the scan of that pack.
    """
    import zstandard

    for number in numbers(folder):
        path = pack_path(folder, number)
        data = memoryview(path.read_bytes())
        at = 0
        while at + _LABEL.size <= len(data):
            magic, _, communication, digest = _LABEL.unpack_from(data, at)
            gone = magic == _GONE and _length_of_gone(data[at + _LABEL.size :])
            if gone:
                at += _LABEL.size + gone
                continue
            reading = zstandard.ZstdDecompressor().decompressobj()
            try:
                raw = reading.decompress(data[at + _LABEL.size :])
            except zstandard.ZstdError:
                break
            whole = hashlib.sha256(raw).digest() == digest
            if magic not in (_SKIPPABLE, _GONE) or not whole:
                break
            if magic == _SKIPPABLE:
                yield communication, raw
            at = len(data) - len(reading.unused_data)


def _damaged(path: Path, spot: Spot, why: str) -> Problem:
    words = f"the raw message at {spot.offset} in `{path}` cannot be read: {why}"
    return Problem(Diagnostic("PR522", words, help=f"bring `{path.name}` back from a backup"))
