"""Read mail in processes of their own, so that a message that breaks its reader breaks no more.

Mail is asked for in requests of some messages. A process that dies, hangs or passes a limit takes
its request with it; the messages of it are then asked for one by one, and the one that ends its
process again is put aside by its bytes alone.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final, Protocol

from postroom.runtime.messages.quarantine import unread
from postroom.runtime.reading.limits import ReadingLimits
from postroom.runtime.reading.process import Died, ReadingProcess

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postroom.model.message import Message
    from postroom.runtime.reading.wire import Mail

READ: Final = "postroom.mail.read:read"
MOST_PROCESSES: Final = 2
_MESSAGES: Final = 32
_BYTES: Final = 2_000_000
"""A request is full at the first of these."""
_log = logging.getLogger(__name__)


class Reader(Protocol):
    """Whoever reads mail for an engine."""

    def prepare(self) -> None:
        """Wait until mail can be read at once, or until it is known that it cannot be."""
        ...

    def read(self, mail: Sequence[Mail]) -> list[Message]:
        """Return a message for each, in order. Raises Problem PR532 if none can be read now."""
        ...

    def close(self) -> None:
        """Let go of what reading needs."""
        ...


class InProcess:
    """Reads where it stands: for a few messages that somebody looks at."""

    def prepare(self) -> None:
        """Do nothing."""

    def read(self, mail: Sequence[Mail]) -> list[Message]:
        """Return a message for each, in order."""
        from postroom.mail.read import read  # which an engine leaves to its other processes

        return [read(raw, mail_from=mail_from) for raw, mail_from in mail]

    def close(self) -> None:
        """Do nothing."""


IN_PROCESS: Final = InProcess()


class Isolated:
    """Reads in other processes. Several threads may use it at once."""

    def __init__(
        self,
        limits: ReadingLimits | None = None,
        *,
        processes: int | None = None,
        function: str = READ,
    ) -> None:
        """Start a first process, without waiting for it. The others start when there is work.

        function is `module:name` of what reads, called as `postroom.mail.read.read` is.
        """
        self._limits = limits or ReadingLimits()
        self._function = function
        count = processes or min(MOST_PROCESSES, os.cpu_count() or 1)
        # Linux ends a child with the thread that started it: these threads last as long as we do.
        self._threads = ThreadPoolExecutor(count, "postroom-reading")
        self._idle: deque[ReadingProcess] = deque()
        self._prepared = self._threads.submit(self._first)

    def prepare(self) -> None:
        """Wait for the first process."""
        wait([self._prepared])

    def read(self, mail: Sequence[Mail]) -> list[Message]:
        """Return a message for each, in order. Raises Problem PR532 if none can be read now."""
        self.prepare()  # or a second process would be started beside it
        asked = [self._threads.submit(self._request, each) for each in _requests(mail)]
        try:
            return [message for each in asked for message in each.result()]
        finally:
            for each in asked:  # where one fails for good, nobody waits for those after it
                each.cancel()

    def close(self) -> None:
        """End the processes, when they have answered what they are asked."""
        self._threads.shutdown(cancel_futures=True)
        while self._idle:
            self._idle.pop().end()

    def _first(self) -> None:
        process = self._start()
        process.await_start()
        self._idle.append(process)

    def _start(self) -> ReadingProcess:
        return ReadingProcess(self._function, self._limits)

    def _request(self, mail: Sequence[Mail]) -> list[Message]:
        try:
            return self._ask(mail)
        except Died as died:
            _log.warning("while %d messages were read: %s", len(mail), died)
        return [self._alone(each) for each in mail]

    def _alone(self, mail: Mail) -> Message:
        try:
            return self._ask([mail])[0]
        except Died as died:
            raw, _ = mail
            return unread(hashlib.sha256(raw).hexdigest(), len(raw), str(died))

    def _ask(self, mail: Sequence[Mail]) -> list[Message]:
        """Have a process read; one that is idle, or a new one. Raises Died, Problem PR532."""
        try:
            process = self._idle.pop()
        except IndexError:
            process = self._start()
        messages = process.read(mail)
        self._idle.append(process)
        return messages


def _requests(mail: Sequence[Mail]) -> Iterator[list[Mail]]:
    request: list[Mail] = []
    size = 0
    for each in mail:
        request.append(each)
        size += len(each[0])
        if size >= _BYTES or len(request) >= _MESSAGES:
            yield request
            request, size = [], 0
    if request:
        yield request
