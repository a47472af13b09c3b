"""What the transports over files have in common: asking the ledger, and settling with care."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from postroom.hooks.contracts import Receipt
from postroom.source.diagnostic import Diagnostic, Problem
from postroom_files.reading import read_file, reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta
    from pathlib import Path

    from postroom.hooks.contracts import Position, TransportContext
    from postroom.model.envelope import Envelope, ServerAction

QUIET = 2.0
"""Seconds for which a file must have been left alone to count as written."""
_CHUNK = 1_000
_MAX_NAME = 100


class Keyed(Protocol):
    """Something with the key under which the ledger knows it."""

    @property
    def key(self) -> str:
        """Return the key."""
        ...


Item = TypeVar("Item", bound=Keyed)


class FileTransport(ABC, Generic[Item]):
    """A transport over files: no connection, no push."""

    def __init__(self, settings: Any, context: TransportContext) -> None:  # noqa: ANN401
        self.path: Path = settings.path
        self.context = context
        self.interrupted = threading.Event()
        self._known: set[str] = set()

    @property
    def mailbox(self) -> str:
        """Return the name under which the ledger knows the place."""
        return str(self.path)

    def unseen(self, position: Position, items: list[Item]) -> Iterator[Item]:
        """Yield those of the items that the ledger does not hold, in the same order.

        A key that it once knew is not asked for again before the next full sweep.
        """
        self._known.intersection_update(each.key for each in items)
        if position.full_sweep:
            self._known.clear()
        rest = (each for each in items if each.key not in self._known)
        while chunk := list(islice(rest, _CHUNK)):
            keys = [each.key for each in chunk]
            unknown = set(position.unknown(self.mailbox, "", keys))
            self._known.update(key for key in keys if key not in unknown)
            yield from (each for each in chunk if each.key in unknown)

    def first(self, envelopes: Iterable[Envelope], limit: int) -> Iterator[Envelope]:
        """Yield at most limit envelopes, and none after an interruption."""
        self.interrupted.clear()
        for envelope in islice(envelopes, limit):
            if self.interrupted.is_set():
                return
            yield envelope

    def trace(self, words: str) -> None:
        """Tell whoever traces this account what is done."""
        if self.context.trace:
            self.context.trace(words)

    def wait(self, timeout: timedelta) -> bool:  # noqa: ARG002 - files do not call
        """Return False: there is no push."""
        return False

    def close(self) -> None:
        """End a fetch that is under way."""
        self.interrupted.set()


class OneFileEach(FileTransport[Item]):
    """A transport with a file for each message, which can be moved and deleted."""

    @abstractmethod
    def locate(self, key: str) -> Path | None:
        """Return the path of a message, or None if it is gone."""

    @abstractmethod
    def carry_out(self, action: ServerAction, path: Path) -> Receipt:
        """Do what is asked to a file that is known to be the right one."""

    def settle(self, action: ServerAction) -> Receipt:
        """Flag, move or delete a message, if it is still the same one."""
        if action.verb == "keep":
            return KEPT
        path = self.locate(action.place.key)
        if path is None:
            return GONE
        try:
            found = read_file(path, self.context.max_message)
            if found.sha256 == action.sha256:
                return self.carry_out(action, path)
        except OSError as error:  # renamed or written meanwhile, or no right to do it
            return _later(reason(error))
        return _later(found.problem) if found.problem else OTHER


def missing(path: Path, what: str, error: OSError | None = None) -> Problem:
    """Return the problem that a folder or file is not there, or not what it should be."""
    why = f": {error.strerror.lower()}" if error and error.strerror else ""
    words = f"the {what} `{path}` cannot be opened{why}"
    return Problem(Diagnostic("PR513", words, help=f"make it, or correct `path: {path}`"))


def folder_name(target: str) -> str | None:
    """Return the name of a folder to move to, or None if it could lead anywhere else."""
    name = target.strip("/")
    parts = name.split("/")
    bad = len(name) > _MAX_NAME or not name.isprintable()
    return None if bad or any(part.strip() in ("", ".", "..") for part in parts) else name


def refused(detail: str) -> Receipt:
    """Return the receipt for what is not going to be done."""
    return Receipt(done=False, detail=detail, final=True)


def _later(detail: str) -> Receipt:
    return Receipt(done=False, detail=detail, final=False)


KEPT = Receipt(done=True, detail="kept")
GONE = Receipt(done=True, detail="already gone")
OTHER = refused("there is another message under this name now")
