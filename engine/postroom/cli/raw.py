"""`postroom raw`: the message itself, byte for byte as it came."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from postroom.cli import options
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path


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
        words = f"there is no communication {communication}, or its raw message was erased"
        raise Problem(Diagnostic("PR442", words, help='postroom sql "..."')) from None
    sys.stdout.buffer.write(raw)
