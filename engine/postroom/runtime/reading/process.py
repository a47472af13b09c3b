"""One process that reads, seen from the engine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from postroom.runtime.reading.wire import (
    READY,
    Broken,
    pack_mail,
    receive,
    send,
    unpack_messages,
)
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from postroom.model.message import Message
    from postroom.runtime.reading.limits import ReadingLimits
    from postroom.runtime.reading.wire import Mail

_START: Final = 60.0
"""Seconds that Python may take to come up on a busy machine."""
_GRACE: Final = 5.0
"""Seconds after which what should have ended by itself is ended."""
_FOR_PYTHON: Final = ("PYTHON", "LD_", "DYLD_", "LC_", "LANG", "__PYVENV_LAUNCHER__")
"""Beginnings of the names of what the process gets from our environment, which has secrets."""


class Died(Exception):  # noqa: N818 - it says what happened
    """The process has ended, and its words say by what."""


class ReadingProcess:
    """A fresh Python that reads mail. Used by one thread at a time; of no use after Died.

    It is a program started anew, never a fork: a fork of a process with threads can hang, and
    would hold the keys and passwords of the engine beside mail from anybody.
    """

    def __init__(self, function: str, limits: ReadingLimits) -> None:
        """Start it, without waiting. Raises Problem PR532."""
        self._limits = limits
        self._ready = False
        self._line, theirs = socket.socketpair()
        words = [sys.executable, "-P", "-m", "postroom.runtime.reading.child", function]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, by our own Python
                [*words, *limits.to_words()],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=environment(os.environ),
                process_group=0,  # Ctrl-C is meant for the engine
            )
        except OSError as error:
            self._line.close()
            raise _no_start(error.strerror or type(error).__name__) from None
        finally:
            theirs.close()

    def read(self, mail: Sequence[Mail]) -> list[Message]:
        """Return a message for each. Raises Died; Problem PR532 if it never came up."""
        self.await_start()
        try:
            self._line.settimeout(self._limits.wall + _GRACE)
            send(self._line, pack_mail(mail))
            frame = receive(self._line, self._limits.wall + _GRACE)
            return unpack_messages(frame, len(mail))
        except TimeoutError:
            self._kill()
            raise Died(self._limits.reason(None)) from None
        except (Broken, OSError):
            raise Died(self._limits.reason(self._end_of_it())) from None
        except BaseException:
            self._kill()
            raise

    def end(self) -> None:
        """End it, and wait until it has."""
        if self._ready:
            self._end_of_it()
        else:
            self._kill()

    def await_start(self) -> None:
        """Return when it can read. Raises Problem PR532 if it never can."""
        if self._ready:
            return
        try:
            self._ready = receive(self._line, _START) == READY
        except (Broken, OSError):
            self._ready = False
        if not self._ready:
            status = self._end_of_it()
            raise _no_start(f"its process ended with status {status}")

    def _end_of_it(self) -> int:
        """Return the exit status, as soon as there is one."""
        self._line.close()
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_GRACE)
        return self._kill()

    def _kill(self) -> int:
        self._line.close()
        self._process.kill()
        return self._process.wait()


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Return what Python needs to find the same modules that we find, and nothing else of ours."""
    passed = {name: value for name, value in ours.items() if name.startswith(_FOR_PYTHON)}
    return passed | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _no_start(why: str) -> Problem:
    words = f"mail cannot be read now: {why}"
    return Problem(Diagnostic("PR532", words, help="the log on standard error may say more"))
