"""The process that reads mail: python -m postroom.runtime.reading.child READ LIMITS.

It reads what it is asked to, one request after the other, until the line ends. The kernel holds it
to its limits, so that no code of ours has to be alive to end it. See `postroom.runtime.reading`.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from postroom.runtime.reading.limits import OUT_OF_MEMORY, ReadingLimits
from postroom.runtime.reading.wire import (
    READY,
    Broken,
    pack_messages,
    receive,
    send,
    unpack_mail,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.model.message import Message

_PR_SET_PDEATHSIG = 1
_YOUNG = 20_000
"""Objects made between two looks at the young ones; Python takes 700."""


def main() -> None:
    """Serve the socket that is our standard input."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # they are meant for the engine, which will end us
    _end_with_the_engine()
    limits = ReadingLimits.from_words(sys.argv[2:])
    read = _function(sys.argv[1])
    _confine(limits)
    gc.freeze()  # what is loaded stays, and a message makes little garbage that needs looking for
    gc.set_threshold(_YOUNG)
    line = socket.socket(fileno=0)
    send(line, READY)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what is said while reading may quote the mail
    with suppress(Broken, OSError):  # the engine has gone
        while True:
            _answer(line, read, limits)


def _answer(line: socket.socket, read: Callable[..., Message], limits: ReadingLimits) -> None:
    mail = unpack_mail(receive(line))
    _allow(limits.processor, limits.wall)
    try:
        frame = pack_messages([read(raw, mail_from=path) for raw, path in mail])
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    _allow(0, 0)
    send(line, frame)


def _allow(processor: float, wall: float) -> None:
    """End us after so much time; 0 takes the limit away."""
    signal.setitimer(signal.ITIMER_PROF, processor)
    signal.setitimer(signal.ITIMER_REAL, wall)


def _confine(limits: ReadingLimits) -> None:
    """Limit memory; write no file and leave no core behind, for there would be mail in it."""
    for what, most in (
        (resource.RLIMIT_AS, _in_use() + limits.memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(OSError, ValueError):  # macOS knows the first and refuses it
            resource.setrlimit(what, (most, most))


def _in_use() -> int:
    """Return the bytes of address space that we have before there is any mail."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):  # not Linux
        return 0
    return pages * resource.getpagesize()


def _end_with_the_engine() -> None:
    """Have Linux kill us when the engine dies. Elsewhere, the line ends, and the limits do."""
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _function(path: str) -> Callable[..., Message]:
    module, _, name = path.partition(":")
    function: Callable[..., Message] = getattr(import_module(module), name)
    return function


if __name__ == "__main__":
    main()
