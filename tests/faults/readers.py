"""A reader that does to its process what a message tells it to; other mail it just reads."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from typing import TYPE_CHECKING, Any, cast

from postroom.mail.read import read as really_read

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.model.message import Message

READ = "tests.faults.readers:read"


def read(raw: bytes, *, mail_from: str | None) -> Message:
    """Read a message, or do what it says."""
    for words, deed in DEEDS.items():
        if words in raw:
            deed()
    if b"lie to the engine" in raw:
        return lie()
    return really_read(raw, mail_from=mail_from)


def segfault() -> None:
    ctypes.string_at(0)


def loop() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(3_600)


def eat() -> None:
    held = []
    while True:
        held.append(bytearray(1 << 20))


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def fail() -> None:
    raise RuntimeError("canary-in-the-error")


def write_a_file() -> None:
    with open("canary-file", "wb") as file:  # noqa: PTH123 - what code that broke in would do
        file.write(b"x")


def look_for_secrets() -> None:
    if any("canary" in value for value in os.environ.values()):
        segfault()


class Call:
    """What code that broke into the reader would answer."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch canary-was-called",)


def lie() -> Message:
    return cast("Message", Call())


DEEDS: dict[bytes, Callable[[], None]] = {
    b"crash": segfault,
    b"loop for ever": loop,
    b"sleep for ever": sleep,
    b"eat all memory": eat,
    b"stop yourself": stop,
    b"raise an error": fail,
    b"write a file": write_a_file,
    b"look for secrets": look_for_secrets,
}
