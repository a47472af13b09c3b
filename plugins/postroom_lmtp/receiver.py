"""Listen, and hold a conversation with each sender in a thread of its own."""

from __future__ import annotations

import errno
import shutil
import socket
import stat
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final

from postroom.source.diagnostic import Diagnostic, Problem
from postroom_lmtp.conversation import Conversation
from postroom_lmtp.settings import LmtpSettings
from postroom_lmtp.wire import Gone, Room, Wire

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.contracts import Counter

_ROOM: Final = 128 * 1024 * 1024
"""Bytes of mail that are in memory at a time before their commit."""
_BACKLOG: Final = 64
_GRACE: Final = 300.0
"""Seconds that a sender gets to hear what became of the message in hand."""


class LmtpReceiver:
    """Takes mail from a mail server. `250` is said after the commit, for each recipient."""

    name: ClassVar[str] = "lmtp"
    settings: ClassVar[type] = LmtpSettings

    def __init__(self, settings: LmtpSettings, counter: Counter) -> None:
        """Keep the settings; no I/O."""
        self._settings = settings
        self._counter = counter
        self._room = Room(_ROOM)
        self._listening: socket.socket | None = None
        self._talks: dict[threading.Thread, Wire] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    @property
    def port(self) -> int:
        """Return the port that is listened on; 0 for a unix socket."""
        if self._listening is None or self._settings.socket is not None:
            return 0
        return int(self._listening.getsockname()[1])

    def open(self) -> None:
        """Listen. Raises Problem PR518 if that cannot be."""
        where = self._settings.socket
        listening = self._on_socket(where) if where else self._on_port()
        self._listening = listening
        threading.Thread(name="lmtp", target=self._accept, args=(listening,), daemon=True).start()

    def close(self) -> None:
        """Take nothing new, answer what is in hand, and return. May be called twice."""
        self._stopping.set()
        listening, self._listening = self._listening, None
        if listening is None:
            return
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        if self._settings.socket:
            self._settings.socket.unlink(missing_ok=True)
        with self._lock:
            talks = dict(self._talks)
        for wire in talks.values():
            wire.interrupt()
        for thread in talks:
            thread.join(_GRACE)

    def _on_port(self) -> socket.socket:
        host, port = self._settings.host, self._settings.port
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            return socket.create_server((host, port), family=family, backlog=_BACKLOG)
        except (OSError, OverflowError) as error:
            raise _cannot_listen(f"{host}:{port}", error, "choose another `port:`") from None

    def _on_socket(self, path: Path) -> socket.socket:
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            _remove_stale(path)
            listening.bind(str(path))
            path.chmod(0o660 if self._settings.group else 0o600)
            if self._settings.group:
                shutil.chown(path, group=self._settings.group)
            listening.listen(_BACKLOG)
        except (OSError, LookupError) as error:
            listening.close()
            raise _cannot_listen(str(path), error, "correct `socket:` or `group:`") from None
        return listening

    def _accept(self, listening: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                if self._stopping.wait(0.1):  # no more files for now, or closed
                    return
                continue
            self._talk(Wire(connection, self._settings.timeout.total_seconds()))

    def _talk(self, wire: Wire) -> None:
        with self._lock:
            if self._stopping.is_set() or len(self._talks) >= self._settings.connections:
                with suppress(Gone):
                    wire.say("421 4.3.2 too many connections, try again later")
                wire.close()
                return
            thread = threading.Thread(name="lmtp-talk", target=self._hold, args=(wire,))
            thread.daemon = True
            self._talks[thread] = wire
        thread.start()

    def _hold(self, wire: Wire) -> None:
        try:
            Conversation(wire, self._counter, self._room, self._stopping.is_set).hold()
        finally:
            wire.close()
            with self._lock:
                self._talks.pop(threading.current_thread(), None)


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


def _cannot_listen(where: str, error: Exception, hint: str) -> Problem:
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return Problem(
        Diagnostic("PR518", f"`{where}` cannot be listened on: {why.lower()}", help=hint)
    )
