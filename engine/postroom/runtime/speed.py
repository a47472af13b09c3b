"""Which of many texts stand in another: hyperscan, where the extra `speed` is installed.

Only texts are handed to it, never patterns: of a pattern, the texts that it cannot do without. So
its compiler has nothing to burn on, and RE2 alone says what a pattern fits and what it takes.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

from postroom.lang.search import one_pass

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import hyperscan

    from postroom.lang.search import MakeSearch, Search
    from postroom.runtime.keeping import Keeping


def searching(keeping: Keeping | None = None) -> MakeSearch:
    """Return the fastest way to search that is installed; what it prepares is kept."""

    def make(wanted: Sequence[bytes]) -> Search:
        if not has_hyperscan() or any(b"\0" in text for text in wanted):
            return one_pass(wanted)  # the library takes a text to end at a NUL
        return _search(wanted, keeping) or one_pass(wanted)

    return make


def has_hyperscan() -> bool:
    """Return whether the library is installed."""
    return find_spec("hyperscan") is not None


def _search(wanted: Sequence[bytes], keeping: Keeping | None) -> Search | None:
    import hyperscan

    try:
        database = _kept(wanted, keeping) if keeping else _compiled(wanted)
    except hyperscan.error:  # more than it can take, or a processor that it is not made for
        return None
    one_at_a_time = Lock()  # it has one scratch

    def search(text: bytes) -> Collection[int]:
        found: list[int] = []

        def note(number: int, *_: object) -> None:
            found.append(number)

        with one_at_a_time:
            database.scan(text, match_event_handler=note)
        return found

    return search


def _compiled(wanted: Sequence[bytes]) -> hyperscan.Database:
    """Return a database of texts. Ten thousand take about half a second."""
    import hyperscan

    count = len(wanted)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=wanted,
        ids=range(count),
        elements=count,
        flags=[hyperscan.HS_FLAG_SINGLEMATCH] * count,
        literal=True,
    )
    return database


def _kept(wanted: Sequence[bytes], keeping: Keeping) -> hyperscan.Database:
    """Return the database that was kept for these texts, or keep a new one."""
    import hyperscan

    about = b"\0".join((version("hyperscan").encode(), *wanted))
    name = hashlib.sha256(about).hexdigest() + ".search"
    data = keeping.read(name)
    if data is not None:
        try:
            database = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
        except hyperscan.error:  # made by another processor
            pass
        else:
            return database
    database = _compiled(wanted)
    keeping.write(name, hyperscan.dumpb(database))
    return database
