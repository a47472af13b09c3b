"""Which of many texts stand in another: hyperscan, where the extra `speed` is installed.

Only texts are handed to it, never patterns: of a pattern, the texts that it cannot do without. So
its compiler has nothing to burn on, and RE2 alone says what a pattern fits and what it takes.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from postroom.lang.search import plain_search

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from postroom.lang.search import MakeSearch, Search


def quick_search(wanted: Sequence[bytes]) -> Search:
    """Return what looks for texts: the fastest that is installed."""
    return (find_search() or plain_search)(wanted)


def find_search() -> MakeSearch | None:
    """Return hyperscan's way to search, or None if it is not installed."""
    try:
        import hyperscan
    except ImportError:
        return None

    def make(wanted: Sequence[bytes]) -> Search:
        if any(b"\0" in text for text in wanted):  # where the library takes a text to end
            return plain_search(wanted)
        count = len(wanted)
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        try:
            database.compile(
                expressions=wanted,
                ids=range(count),
                elements=count,
                flags=[hyperscan.HS_FLAG_SINGLEMATCH] * count,
                literal=True,
            )
        except hyperscan.error:  # more than it can take
            return plain_search(wanted)
        one_at_a_time = Lock()  # it has one scratch

        def search(text: bytes) -> Collection[int]:
            found: list[int] = []

            def note(number: int, *_: object) -> None:
                found.append(number)

            with one_at_a_time:
                database.scan(text, match_event_handler=note)
            return found

        return search

    return make
