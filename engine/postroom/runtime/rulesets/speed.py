"""Which of many texts stand in another: hyperscan, where the extra `speed` is installed.

Only texts are handed to it, never patterns: of a pattern, the texts that it cannot do without. RE2
alone says what a pattern fits and what it takes. How long hyperscan takes to prepare a search is
its own affair, so it does that in another process, which is ended if it takes too long or too much.
Then, as for a few texts, RE2 searches.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

from postroom.lang.search import one_pass
from postroom.runtime.reading.process import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import hyperscan

    from postroom.lang.search import MakeSearch, Search
    from postroom.runtime.keeping import Keeping

    Prepare = Callable[[Sequence[bytes]], bytes]

_MANY = 500
"""Fewer texts RE2 finds in ten microseconds, and needs no preparation."""
PREPARE = ("-P", "-m", "postroom.runtime.rulesets.speed_child")
_SECONDS = 10.0
"""Ten thousand texts take a fifth of a second."""


def searching(
    keeping: Keeping, many: int = _MANY, program: Sequence[str] = PREPARE, seconds: float = _SECONDS
) -> MakeSearch:
    """Return the fastest way to search that is installed; what it prepares is kept.

    program is what prepares a search, for Python to run; seconds is how long it may take.
    """

    def make(wanted: Sequence[bytes]) -> Search:
        if len(wanted) < many or not has_hyperscan() or any(b"\0" in text for text in wanted):
            return one_pass(wanted)  # hyperscan takes a text to end at a NUL
        data = _kept(wanted, keeping, lambda: _prepared(wanted, program, seconds))
        return _loaded(data) or one_pass(wanted)

    return make


def has_hyperscan() -> bool:
    """Return whether the library is installed."""
    return find_spec("hyperscan") is not None


def search_in(database: hyperscan.Database) -> Search:
    """Return what searches with a database."""
    one_at_a_time = Lock()  # it has one scratch

    def search(text: bytes) -> Collection[int]:
        found: list[int] = []

        def note(number: int, *_: object) -> None:
            found.append(number)

        with one_at_a_time:
            database.scan(text, match_event_handler=note)
        return found

    return search


def _kept(wanted: Sequence[bytes], keeping: Keeping, prepare: Callable[[], bytes]) -> bytes:
    """Return what was prepared for these texts, or prepare it now; nothing if that fails."""
    about = b"\0".join((version("hyperscan").encode(), *wanted))
    name = hashlib.sha256(about).hexdigest() + ".search"
    data = keeping.read(name)
    if data is None:
        data = prepare()
        keeping.write(name, data)
    return data


def _prepared(wanted: Sequence[bytes], program: Sequence[str], seconds: float) -> bytes:
    """Have a search prepared by another process; return nothing if it takes too long or fails."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module, by our own Python
            [sys.executable, *program],
            input=b"\0".join(wanted),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(os.environ),
            timeout=seconds,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return b""
    return done.stdout


def _loaded(data: bytes) -> Search | None:
    """Return what searches with a database; None if there is none, or another processor's."""
    import hyperscan

    try:
        database = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except hyperscan.error:
        return None
    return search_in(database)
