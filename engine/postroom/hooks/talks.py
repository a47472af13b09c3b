"""Conversations with those who hand mail in: a thread each, with limits in number, time and memory.

For plugins to which mail is handed over a network.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    Begin = Callable[[socket.socket, Callable[[], bool]], "Talk"]
    """Makes a conversation of a connection, and of what says whether it is to end."""

HANDSHAKE: Final = 30.0
"""Seconds that the other side gets for each step of a TLS handshake."""
_GRACE: Final = 300.0
"""Seconds that a sender gets to hear what became of the message in hand."""
_LOOK_EVERY: Final = 5.0
_LONGEST: Final = 3_600.0
"""Seconds after which a conversation ends: one that says a letter now and then never would."""


class Talk(Protocol):
    """A conversation over one connection. Used by one thread, but for `interrupt`."""

    def hold(self) -> None:
        """Answer until it is over; nothing is raised."""
        ...

    def turn_away(self) -> None:
        """Say that there are too many at present."""
        ...

    def interrupt(self) -> None:
        """Let the next read find the end."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Talks:
    """The conversations that go on over a socket that is listened on."""

    def __init__(self, name: str, listening: socket.socket, most: int, each: int = 0) -> None:
        """Listen. most is how many talk at a time, each how many of one client; 0: as many."""
        self._name = name
        self._socket = listening
        self._most, self._each = most, each or most
        self._talks: dict[threading.Thread, tuple[Talk, float, str]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self, begin: Begin) -> None:
        """Accept connections and hold each conversation in a thread of its own."""
        self._socket.settimeout(_LOOK_EVERY)
        work = threading.Thread(name=self._name, target=self._accept, args=(begin,), daemon=True)
        work.start()

    def stop(self) -> None:
        """Take nothing new, answer what is in hand, and return."""
        self._stopping.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            talks = dict(self._talks)
        for talk, *_ in talks.values():
            talk.interrupt()
        for thread in talks:
            thread.join(_GRACE)

    def trust(self) -> None:
        """Count the conversation of this thread no longer among those of its client."""
        with self._lock:
            talk, began, _ = self._talks[threading.current_thread()]
            self._talks[threading.current_thread()] = talk, began, ""

    def _accept(self, begin: Begin) -> None:
        while not self._stopping.is_set():
            # each time, or those who come all the time would keep the longest alive
            self._end_the_longest()
            try:
                connection, address = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                if self._stopping.wait(0.1):  # no more files for now, or closed
                    return
                continue
            with suppress(OSError):  # a socket of this machine has no such thing
                # or what follows a handshake would wait until the other side acknowledges that
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._hold_in_a_thread(begin(connection, self._stopping.is_set), client_of(address))

    def _end_the_longest(self) -> None:
        latest = time.monotonic() - _LONGEST
        with self._lock:
            for talk, began, _ in self._talks.values():
                if began < latest:
                    talk.interrupt()

    def _hold_in_a_thread(self, talk: Talk, client: str) -> None:
        with self._lock:
            theirs = sum(each == client != "" for _, _, each in self._talks.values())
            full = len(self._talks) >= self._most or theirs >= self._each
            if self._stopping.is_set() or full or not self._started(talk, client):
                talk.turn_away()
                talk.close()

    def _started(self, talk: Talk, client: str) -> bool:
        """Hold a conversation in a thread, if there is one left. The lock is held."""
        thread = threading.Thread(
            name=f"{self._name}-talk", target=self._hold, args=(talk,), daemon=True
        )
        self._talks[thread] = talk, time.monotonic(), client
        try:
            thread.start()
        except RuntimeError:  # the machine has no more threads for now
            del self._talks[thread]
            return False
        return True

    def _hold(self, talk: Talk) -> None:
        try:
            talk.hold()
        finally:
            talk.close()
            with self._lock:
                self._talks.pop(threading.current_thread(), None)


def client_of(address: object) -> str:
    """Return who has an address, or "" for this machine, whose server speaks for many.

    Of IPv6 it is the network, for a client has all of that (RFC 6177).
    """
    host = address[0] if isinstance(address, tuple) else ""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    if found.is_loopback:
        return ""
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found)


class Room:
    """How many bytes of mail may be in memory at a time, for all connections together."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._lock = threading.Lock()

    def take(self, count: int) -> bool:
        """Take so much of it; return whether there was enough left."""
        with self._lock:
            if count > self._left:
                return False
            self._left -= count
            return True

    def give_back(self, count: int) -> None:
        """Return what was taken."""
        with self._lock:
            self._left += count


class Content:
    """A message as it comes in: kept as long as it is not too large and there is room for it."""

    def __init__(self, most: int, room: Room) -> None:
        self.most = most
        self._room = room
        self._pieces: list[bytes] = []
        self.size = 0
        """Bytes that came in, kept or not."""
        self.kept = 0
        self.no_room = False
        self.bare = False
        """Whether there was a CR or an LF alone: what ends a line for some, and not for others."""

    @property
    def too_large(self) -> bool:
        """Whether it is larger than any message that is taken."""
        return self.size > self.most

    def add(self, piece: bytes) -> None:
        """Add the next bytes."""
        self.size += len(piece)
        if self.too_large or self.no_room:
            self.drop()
        elif self._room.take(len(piece)):
            self.kept += len(piece)
            self._pieces.append(piece)
        else:
            self.no_room = True
            self.drop()

    def whole(self) -> bytes:
        """Return the message."""
        return b"".join(self._pieces)

    def drop(self) -> None:
        """Let go of the bytes, and of the room for them."""
        self._pieces.clear()
        self._room.give_back(self.kept)
        self.kept = 0
