"""How much reading one message may cost, and what is said of one that costs more."""

from __future__ import annotations

import signal
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

OUT_OF_MEMORY = 77
"""Exit status of a process that could not have the memory it asked for."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Of one request. One that passes them is asked again, message by message."""

    processor: float = 10.0
    """Seconds of processor time."""
    wall: float = 60.0
    """Seconds until the answer must be there."""
    memory: int = 1024 * 1024 * 1024
    """Bytes of address space above what the process has before it reads."""

    def to_words(self) -> list[str]:
        """Return the limits as words of a command line."""
        return [str(value) for value in astuple(self)]

    @staticmethod
    def from_words(words: Sequence[str]) -> ReadingLimits:
        """Return the limits of a command line."""
        processor, wall, memory = words
        return ReadingLimits(float(processor), float(wall), int(memory))

    def reason(self, status: int | None) -> str:
        """Say what ended a process with that status (below 0: by a signal; None: we gave up)."""
        if status is None or status == -signal.SIGALRM:
            return f"reading it takes longer than {self.wall:g} s"
        if status == -signal.SIGPROF:
            return f"reading it takes more than {self.processor:g} s of processor time"
        if status == OUT_OF_MEMORY:
            return f"reading it takes more than {self.memory // 2**20} MiB of memory"
        if status < 0:
            return f"the process that read it was ended by {_name(-status)}"
        return "the process that read it failed"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
