"""`postroom import-settings`: take over what another system says of a mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from postroom.cli import exits, options
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.authoring.agiloft.write import Carried

_LARGEST = 1024 * 1024


@click.command("import-settings")
@click.argument("system", type=click.Choice(["agiloft"]))
@click.argument("file", type=options.FILE)
@click.option("--table", default="ticket", show_default=True, help="The table of the account.")
def command(system: str, file: Path, table: str) -> int:
    """Write another system's settings of a mailbox as an account in a rule file.

    FILE holds Java properties; those that begin with `mail.agiloft.inbound.` are read. The rule
    file goes to standard output. What could not be carried over is said with its line, and the exit
    code is then 1. Secrets are not written: it says which variables to set.
    """
    del system  # there is one
    done = carried(file, table)
    click.echo(done.text, nl=False)
    for variable in done.variables:
        click.echo(f"set the variable {variable}: it stands for what is secret", err=True)
    for lost in done.lost:
        click.echo(f"{file}:{lost.line}: not carried over: {lost.words}", err=True)
    return exits.FINDINGS if done.lost else exits.FINE


def carried(file: Path, table: str) -> Carried:
    """Read a file and write it anew. Raises Problem PR570, PR571, PR572."""
    from postroom.authoring.agiloft.block import blocks_of
    from postroom.authoring.agiloft.properties import read_properties
    from postroom.authoring.agiloft.write import written

    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
    except OSError as error:
        words = f"`{file}` cannot be read: {(error.strerror or '').lower()}"
        raise Problem(Diagnostic("PR570", words, help="let its owner read it")) from None
    if len(data) > _LARGEST:
        words = f"`{file}` is larger than {_LARGEST} bytes"
        raise Problem(Diagnostic("PR570", words, help="name the file of the settings"))
    return written(blocks_of(read_properties(data)), table)
