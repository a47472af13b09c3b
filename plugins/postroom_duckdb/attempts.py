"""Which messages are in hand, in a file beside the database: who dies with one leaves it there.

A line of JSON for each batch that is taken in hand, durable before anything is done with it, and
one when it is let go. It is a file of its own and no table, because a batch is taken in hand while
the one before it is being committed. What an engine left in hand are suspects for the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from typing import TYPE_CHECKING, Any, TypeAlias

from postroom.model.attempts import Suspect, charged
from postroom.model.envelope import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

Unknown: TypeAlias = "Callable[[str, str, str, Sequence[str]], list[str]]"
"""Account, mailbox, epoch and keys to those of the keys that are not in the ledger."""


class Attempts:
    """The file of a data folder, for the one engine that has the folder. Any thread may call."""

    def __init__(self, folder: Path) -> None:
        """Keep where it lies; no I/O."""
        self._path = folder / "attempts"
        self._suspects: dict[Suspect, int] = {}
        self._in_hand: dict[int, Sequence[Suspect]] = {}
        self._number = 0
        self._file: int | None = None
        self._start = 0
        self._lock = threading.Lock()

    def open(self, unknown: Unknown) -> None:
        """Find out what earlier engines died with. Raises OSError."""
        found = _left_over(self._lines())
        self._suspects = dict(_still_unknown(found, unknown))
        if found or not self._path.exists():
            self._write_suspects()
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        if not found:  # what is left, a line that was cut off say, tells nothing; needs no room
            os.ftruncate(self._file, 0)
        self._start = os.fstat(self._file).st_size

    def suspects(self) -> Mapping[Suspect, int]:
        """Return what engines died with in hand, and how many deaths count against each."""
        return self._suspects

    def take(self, account: str, places: Sequence[Place]) -> int:
        """Note durably that messages are in hand; return the number of the note. Raises OSError."""
        with self._lock:
            self._number += 1
            keys = [(place.mailbox, place.epoch, place.key) for place in places]
            self._append(["taken", self._number, account, keys], durable=True)
            self._in_hand[self._number] = [(account, place) for place in places]
            return self._number

    def let_go(self, number: int, *, done: bool) -> None:
        """Note that messages are in hand no longer, and whether they are in the ledger now.

        The note need not be durable: what it is about is in the ledger, or is tried again.
        """
        with self._lock:
            for suspect in self._in_hand.pop(number):
                if done:
                    self._suspects.pop(suspect, None)
            with contextlib.suppress(OSError):  # on a full disk it is not noted: no harm
                if self._in_hand:
                    self._append(["let go", number], durable=False)
                else:
                    os.ftruncate(self._opened(), self._start)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _append(self, line: Any, *, durable: bool) -> None:  # noqa: ANN401 - JSON
        """Add a line. Raises OSError; then nothing is added, if the disk allows it."""
        data = json.dumps(line, separators=(",", ":")).encode() + b"\n"
        file = self._opened()
        before = os.fstat(file).st_size
        try:
            written = os.write(file, data)
            while written < len(data):
                written += os.write(file, data[written:])
            if durable:
                os.fdatasync(file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file, before)
            raise

    def _opened(self) -> int:
        if self._file is None:
            raise ValueError("the attempts are not open")
        return self._file

    def _lines(self) -> Iterator[list[Any]]:
        """Yield what stands in the file; a line that was not written to its end does not count."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return
        for line in text.split(b"\n")[:-1]:
            # What is no JSON was cut off by a loss of power: nothing was begun with it.
            with contextlib.suppress(ValueError):
                yield json.loads(line)

    def _write_suspects(self) -> None:
        fresh = self._path.with_name(".attempts.new")
        with fresh.open("wb") as file:
            for (account, place), deaths in self._suspects.items():
                where = [place.mailbox, place.epoch, place.key]
                line = json.dumps(["suspect", account, where, deaths])
                file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _left_over(lines: Iterator[list[Any]]) -> dict[Suspect, int]:
    """Return what engines died with, and how many deaths count against each message."""
    before: dict[Suspect, int] = {}
    taken: dict[int, list[Suspect]] = {}
    for kind, *rest in lines:
        if kind == "suspect":
            account, where, count = rest
            before[account, Place(*where)] = count
        elif kind == "taken":
            number, account, places = rest
            taken[number] = [(account, Place(*where)) for where in places]
        else:
            taken.pop(rest[0], None)
    return charged(before, taken.values())


def _still_unknown(found: Mapping[Suspect, int], unknown: Unknown) -> Iterator[tuple[Suspect, int]]:
    """Yield those that are not in the ledger: the engine died after their commit."""
    asked: dict[tuple[str, str, str], list[str]] = {}
    for account, place in found:
        asked.setdefault((account, place.mailbox, place.epoch), []).append(place.key)
    for (account, mailbox, epoch), keys in asked.items():
        for key in unknown(account, mailbox, epoch, keys):
            suspect = (account, Place(mailbox, epoch, key))
            yield suspect, found[suspect]
