"""Named places at which an engine can be made to die, so that tests can show what is left.

`failpoint("committed")` does nothing unless the environment names it when the process starts:

    POSTROOM_FAIL_AT=committed          the first time that it is reached
    POSTROOM_FAIL_AT=committed:3        the third time

The process then ends as by `kill -9`: nothing is flushed, closed or said.
"""

from __future__ import annotations

import os
import signal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENVIRONMENT: Final = "POSTROOM_FAIL_AT"

POINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fetched": "messages were fetched, and nothing is noted yet",
        "marked": "the attempt mark is durable, and nothing is read yet",
        "read": "messages are read, and not decided yet",
        "decided": "messages are decided, and nothing is written yet",
        "pack-half-written": "half of the raw mail lies in its pack",
        "pack-written": "the raw mail is durable, and the transaction not begun",
        "in-transaction": "all rows are written, and not committed",
        "committed": "the transaction is durable, and nobody was told",
        "before-action": "a server action is due",
        "after-action": "a server action was carried out, and is not marked as done",
        "action-marked": "a server action is marked as done",
        "before-send": "a notice is marked as being sent",
        "after-send": "a notice was taken by the other side, and is not marked as sent",
        "send-marked": "a notice is marked as sent",
        "segment-half-written": "a segment is written, and not listed",
        "before-reply": "pushed mail is durable, and its sender not told",
        "after-reply": "the sender of pushed mail was told",
    }
)
"""Every failpoint of the way of a message, and what has happened when it is reached."""

SIGN_IN_POINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "before-renewal": "a token has to be renewed, and the provider was not asked",
        "renewed": "the provider gave new tokens, and nothing is written yet",
        "tokens-written": "new tokens lie on the disk beside the old ones, not in their place",
        "tokens-kept": "new tokens are in their place, and not used yet",
    }
)
"""Those of a sign-in that renews its tokens."""

RAW_POINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "raw-noted": "raw mail that may go is noted, and all of it is still there",
        "raw-half-overwritten": "a message is overwritten, and not synced",
        "raw-overwritten": "what was noted is overwritten, and the note is still there",
    }
)
"""Those of raw mail that is let go of."""

_left: dict[str, int] = {}


def arm(name: str, times: int = 1) -> None:
    """Have the process die when a failpoint is reached for that time. Raises KeyError."""
    if name not in {**POINTS, **SIGN_IN_POINTS, **RAW_POINTS}:
        raise KeyError(name)
    _left[name] = times


def failpoint(name: str) -> None:
    """Die here if that was asked for."""
    if _left and name in _left:
        _left[name] -= 1
        if _left[name] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def write_in_halves(
    write: Callable[[memoryview, int], int], data: memoryview, start: int, name: str
) -> None:
    """Write all of the data from a place on, past a failpoint in the middle if it is armed."""
    stops = [len(data) // 2, len(data)] if name in _left else [len(data)]
    done = 0
    for stop in stops:
        while done < stop:
            done += write(data[done:stop], start + done)
        if stop < len(data):
            failpoint(name)


def _arm_from(words: str) -> None:
    name, _, times = words.partition(":")
    if name:
        arm(name, int(times or 1))


_arm_from(os.environ.get(ENVIRONMENT, ""))
