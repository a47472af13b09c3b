"""`postroom raw`: the message itself, byte for byte as it came."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from postroom.cli import options
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from postroom.model.batch import Kept


@click.command("raw")
@click.argument("communication", type=int, metavar="ID")
@options.rules
@options.data
def command(communication: int, rules: Path, data: Path | None) -> None:
    """Write the raw message of a communication to standard output.

    ID is the number of the communication, as `postroom explain` and the audit log show it.
    """
    from postroom.runtime.settings import folders
    from postroom.runtime.stores import archive

    kept = archive(folders(rules, data).data)
    try:
        raw = kept.raw(communication)
    except KeyError:
        raise _not_there(kept.find(str(communication)), communication) from None
    sys.stdout.buffer.write(raw)


def _not_there(found: Sequence[Kept], communication: int) -> Problem:
    """Return why there is no raw message."""
    known = next((each for each in found if each.id == communication), None)
    if known is None:
        words = f"there is no communication {communication}"
        return Problem(Diagnostic("PR442", words, help='postroom sql "..."'))
    words = f"the raw message of communication {communication} is no longer kept"
    if known.raw_let_go:
        words += f": it was let go on {known.raw_let_go[:10]}"
    hint = f"postroom explain {communication} says what is known of it"
    return Problem(Diagnostic("PR580", words, help=hint))
