"""Write down what is said between a transport and its server: `trace: true` in `receive:`.

Transports leave out what is secret; here what the settings hold is masked once more. A file is at
most so large, and one older file is kept. Only its owner can read it.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field, fields, is_dataclass
from threading import Lock
from typing import TYPE_CHECKING

from postroom.model.settings import Secret
from postroom.runtime.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDER = "traces"
"""Among the data; a file for each account."""
LARGEST = 10 * 1024 * 1024
"""Bytes of a file, after which a new one is begun."""
_LONGEST = 2_000
"""Letters of a line."""
_log = logging.getLogger(__name__)


@dataclass
class TraceFile:
    """Takes lines, from any thread. That one cannot be written stops no mail."""

    path: Path
    masked: tuple[str, ...] = field(default=(), repr=False)
    """What must not be written."""
    clock: Clock = SYSTEM
    largest: int = LARGEST
    _lock: Lock = field(default_factory=Lock, repr=False)
    _failed: bool = False

    def __call__(self, line: str) -> None:
        """Write a line."""
        for secret in self.masked:
            line = line.replace(secret, "***")
        shown = "".join(c if c.isprintable() else " " for c in line[:_LONGEST])
        data = f"{self.clock.now():%Y-%m-%dT%H:%M:%S.%fZ} {shown}\n".encode("utf-8", "replace")
        with self._lock:
            try:
                self._write(data)
                self._failed = False
            except OSError as error:
                if not self._failed:  # once, not for every line
                    _log.warning("the trace `%s` cannot be written: %s", self.path, error.strerror)
                self._failed = True

    def _write(self, data: bytes) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        opened = os.open(self.path, how, 0o600)
        try:
            os.write(opened, data)
            full = os.fstat(opened).st_size >= self.largest
        finally:
            os.close(opened)
        if full:
            self.path.replace(self.path.with_suffix(".log.1"))


def trace_of(data: Path, account: str, settings: object) -> TraceFile:
    """Return what writes the trace of an account whose settings are ready for use."""
    return TraceFile(data / FOLDER / f"{account}.log", tuple(_secrets(settings)))


def _secrets(settings: object) -> Iterator[str]:
    if not is_dataclass(settings):
        return
    for each in fields(settings):
        value = getattr(settings, each.name)
        if isinstance(value, Secret):
            yield value.reveal()
        elif is_dataclass(value):
            yield from _secrets(value)
