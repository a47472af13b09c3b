"""`postroom recover`: make the database anew when it will not open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from postroom.cli import options
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.contracts import Recovery
    from postroom.runtime.settings import Folders


@click.command("recover")
@options.rules
@options.data
@options.as_json
def command(rules: Path, data: Path | None, *, as_json: bool) -> None:
    """Make the database anew from what was published, when it will not open.

    Messages, records, the audit log, places on servers and what is still to be done there come
    back. What was committed after the last publishing does not; its raw mail is put into the folder
    `recovered`. Nothing is deleted. No engine may be running.
    """
    from postroom.runtime.settings import folders

    found = recover(folders(rules, data))
    if as_json:
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(found)))
        return
    click.echo(
        f"made anew: {found.messages:,} messages, {found.records:,} records, "
        f"{found.entries:,} entries of the audit log, verified"
    )
    if found.raw_let_go:
        click.echo(f"of {found.raw_let_go:,} messages the raw mail was let go of before (keep_raw)")
    if found.notices_given_up:
        click.echo(f"{found.notices_given_up:,} notices that waited can no longer be sent")
    if found.mail:
        click.echo(f"{len(found.mail):,} messages came after the last publishing:")
        for path in found.mail:
            click.echo(f"  {path}")
        click.echo("hand each to its account: postroom deliver --account NAME < FILE")
    click.echo(f"the old database is in {found.aside}")


def recover(where: Folders) -> Recovery:
    """Make the store of a data folder anew.

    Raises RuleError for the rules, Problem PR520, PR560 to PR562, and PR563 if the store that is
    installed cannot do it.
    """
    from postroom.hooks.contracts import Recoverable
    from postroom.hooks.manager import find_plugins
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.rulesets.loading import load_rules
    from postroom.runtime.stores import store_kind

    plugins = find_plugins()
    checked = load_rules(where.rules, plugins)
    kind: object = store_kind(plugins)
    if not isinstance(kind, Recoverable):
        words = "the store that is installed cannot be made anew"
        raise Problem(Diagnostic("PR563", words, help="bring the data back from a backup"))
    return kind.recover(where.data, checked.tables, SYSTEM.now())
