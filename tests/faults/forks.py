"""Children forked from this process: they have imported what it has, and may be killed."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any, Final

from postroom.hooks import failpoints

if TYPE_CHECKING:
    from collections.abc import Callable

_WITHIN: Final = 600


def fork(work: Callable[[], object], point: str = "") -> int:
    """Do work in a child of its own, armed with a failpoint; return its process id."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        signal.alarm(_WITHIN)
        if point:
            failpoints.arm(point)
        else:
            failpoints._left.clear()
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - it is the end of a child, and the parent hears of it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def died_at_the_failpoint(status: int) -> bool:
    """Whether a child was killed. Raises RuntimeError if it failed otherwise."""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status:
        raise RuntimeError(f"a child ended with {status}")
    return False


def forked(work: Callable[[], Any]) -> Any:
    """Return what a child of its own returns."""
    reading, writing = os.pipe()

    def tell() -> None:
        with os.fdopen(writing, "wb") as file:
            pickle.dump(work(), file)

    child = fork(tell)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        told = file.read()
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("what was written cannot be read")
    return pickle.loads(told)
