"""The process that prepares a search: texts on standard input, a database on standard output.

Texts come with a NUL between them. Nothing of ours but this is loaded, so that it is up quickly.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import hyperscan

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> None:
    """Read, prepare, write."""
    wanted = sys.stdin.buffer.read().split(b"\0")
    sys.stdout.buffer.write(hyperscan.dumpb(prepared(wanted)))


def prepared(wanted: Sequence[bytes]) -> hyperscan.Database:
    """Return a database of texts. Raises hyperscan.error where it cannot be made."""
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


if __name__ == "__main__":
    main()
