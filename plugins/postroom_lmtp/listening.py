"""Listen, and hold a conversation with each sender in a thread of its own."""

from __future__ import annotations

import errno
import shutil
import socket
import stat
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from postroom.hooks.listening import BACKLOG, cannot_listen
from postroom_lmtp.wire import Gone, Wire

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Hold = Callable[[Wire, Callable[[], bool]], None]
    """Holds a conversation, and asks now and then whether to end it."""

_GRACE: Final = 300.0
"""Seconds that a sender gets to hear what became of the message in hand."""
_LOOK_EVERY: Final = 5.0
_LONGEST: Final = 3_600.0
"""Seconds after which a conversation ends: one that says a letter now and then never would."""


@dataclass(frozen=True)
class _Talk:
    wire: Wire
    began: float


class Listening:
    """A socket that is listened on, and the conversations that go on over it."""

    def __init__(self, name: str, listening: socket.socket, timeout: float, most: int) -> None:
        self._name = name
        self._socket = listening
        self._timeout = timeout
        self._most = most
        self._talks: dict[threading.Thread, _Talk] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self, hold: Hold) -> None:
        """Accept connections and give each to a thread that holds its conversation."""
        self._socket.settimeout(_LOOK_EVERY)
        work = threading.Thread(name=self._name, target=self._accept, args=(hold,), daemon=True)
        work.start()

    def stop(self) -> None:
        """Take nothing new, answer what is in hand, and return."""
        self._stopping.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            talks = dict(self._talks)
        for talk in talks.values():
            talk.wire.interrupt()
        for thread in talks:
            thread.join(_GRACE)

    def _accept(self, hold: Hold) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                self._end_the_longest()
                continue
            except OSError:
                if self._stopping.wait(0.1):  # no more files for now, or closed
                    return
                continue
            self._talk(Wire(connection, self._timeout), hold)

    def _end_the_longest(self) -> None:
        latest = time.monotonic() - _LONGEST
        with self._lock:
            for talk in self._talks.values():
                if talk.began < latest:
                    talk.wire.interrupt()

    def _talk(self, wire: Wire, hold: Hold) -> None:
        with self._lock:
            if self._stopping.is_set() or len(self._talks) >= self._most:
                with suppress(Gone):
                    wire.say("421 4.3.2 too many connections, try again later")
                wire.close()
                return
            thread = threading.Thread(
                name=f"{self._name}-talk", target=self._hold, args=(wire, hold), daemon=True
            )
            self._talks[thread] = _Talk(wire, time.monotonic())
        thread.start()

    def _hold(self, wire: Wire, hold: Hold) -> None:
        try:
            hold(wire, self._stopping.is_set)
        finally:
            wire.close()
            with self._lock:
                self._talks.pop(threading.current_thread(), None)


def on_socket(path: Path, group: str) -> socket.socket:
    """Return a unix socket that listens, for its owner and a group. Raises Problem PR518."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        listening.bind(str(path))
        path.chmod(0o660 if group else 0o600)
        if group:
            shutil.chown(path, group=group)
        listening.listen(BACKLOG)
    except (OSError, LookupError) as error:
        listening.close()
        raise cannot_listen(str(path), error, "correct `socket:` or `group:`") from None
    return listening


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody listens on any more. Raises OSError if somebody does."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "there is a file of that name")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise OSError(errno.EADDRINUSE, "somebody listens there already")
