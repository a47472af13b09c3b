"""What an engine and the processes that read for it say to each other, over a socket.

A frame is its length in eight bytes and a pickle. The process that reads has hostile mail in its
hands, so what it answers is rebuilt from the classes of a message and of dates alone: whatever a
message makes of the reader, it cannot make the engine call anything else.
"""

from __future__ import annotations

import copyreg
import io
import pickle
import socket
import struct
import time
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from postroom.model import message as model
from postroom.model.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Mail = tuple[bytes, str | None]
"""The bytes of a message, and its reverse-path where it is known."""
READY = b"ready"
LARGEST = 1 << 30
"""Bytes of a frame. An answer is a few times the mail that was asked about, which is less."""
_LENGTH = struct.Struct("!Q")
_PIECE = 1 << 22


class Broken(Exception):  # noqa: N818 - it says what the line is
    """The other side has gone, or says what it should not."""


def send(line: socket.socket, frame: bytes) -> None:
    """Send a frame. Raises OSError; TimeoutError where the line has a time-out."""
    line.sendall(_LENGTH.pack(len(frame)))
    line.sendall(frame)


def receive(line: socket.socket, within: float | None = None) -> bytes:
    """Return the next frame. Raises Broken, OSError; TimeoutError after so many seconds."""
    until = None if within is None else time.monotonic() + within
    (length,) = _LENGTH.unpack(_exactly(line, _LENGTH.size, until))
    if length > LARGEST:
        raise Broken
    return _exactly(line, length, until)


def pack_mail(mail: Sequence[Mail]) -> bytes:
    """Return what asks for messages to be read."""
    return pickle.dumps(list(mail), pickle.HIGHEST_PROTOCOL)


def unpack_mail(frame: bytes) -> list[Mail]:
    """Return the messages that are to be read. Only for what the engine sent."""
    mail: list[Mail] = pickle.loads(frame)  # noqa: S301 - the engine is trusted by those it starts
    return mail


def pack_messages(messages: Sequence[Message]) -> bytes:
    """Return messages as bytes."""
    out = io.BytesIO()
    pickler = pickle.Pickler(out, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(list(messages))
    return out.getvalue()


def unpack_messages(frame: bytes, count: int) -> list[Message]:
    """Return so many messages. Raises Broken if it is anything else."""
    try:
        messages = _MessagesOnly(io.BytesIO(frame)).load()
    except Exception as error:
        raise Broken from error  # a pickle can be wrong in any way there is
    if not isinstance(messages, list) or len(messages) != count:
        raise Broken
    if not all(isinstance(each, Message) for each in messages):
        raise Broken
    return messages


def _exactly(line: socket.socket, count: int, until: float | None) -> bytes:
    pieces: list[bytes] = []
    while count:
        if until is not None:
            line.settimeout(max(0.001, until - time.monotonic()))
        piece = line.recv(min(_PIECE, count), socket.MSG_WAITALL)
        if not piece:
            raise Broken
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)


def _as_call(
    kind: type, values: Callable[[object], tuple[object, ...]], each: object
) -> tuple[type, tuple[object, ...]]:
    """Reduce an object to its class and the arguments it is made with."""
    return kind, values(each)


def _arguments(kind: type) -> Callable[[object], tuple[object, ...]]:
    names = [field.name for field in fields(kind) if field.init]
    values = attrgetter(*names)
    return (lambda each: (values(each),)) if len(names) == 1 else values


_PARTS: dict[str, type] = {
    name: kind
    for name, kind in vars(model).items()
    if isinstance(kind, type) and is_dataclass(kind)
}
_ALLOWED = {(model.__name__, name): kind for name, kind in _PARTS.items()} | {
    ("datetime", kind.__name__): kind for kind in (datetime, timedelta, timezone)
}
_REDUCERS: dict[type, Callable[[Any], Any]] = copyreg.dispatch_table | {
    kind: partial(_as_call, kind, _arguments(kind)) for kind in _PARTS.values()
}


class _MessagesOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(name)
        return _ALLOWED[module, name]
