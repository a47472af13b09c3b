"""`postroom import`: bring records in from a CSV file, contacts for a start."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import click

from postroom.cli import options
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.model.record import Table
    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.bring_in import BroughtIn
    from postroom.runtime.settings import Folders


@click.command("import")
@click.argument("table")
@click.argument("file", type=options.FILE)
@options.rules
@options.data
@options.as_json
def command(table: str, file: Path, rules: Path, data: Path | None, *, as_json: bool) -> None:
    """Bring the lines of a CSV file in as records of TABLE.

    The first line names fields of the table; one of them must be unique, and by it a record is
    known again: a new line makes a record, a changed one changes it, an empty cell empties the
    field. Nothing is written unless every cell fits. The engine must not be running.
    """
    from postroom.runtime.settings import folders

    done = import_file(folders(rules, data), table, file)
    if as_json:
        import json
        from dataclasses import asdict

        click.echo(json.dumps({"table": table, **asdict(done)}))
    else:
        told = f"{done.created} created, {done.updated} updated, {done.unchanged} unchanged"
        click.echo(f"{table}: {told}")


def import_file(where: Folders, table: str, file: Path) -> BroughtIn:
    """Bring a CSV file in.

    Raises RuleError for the rules and for cells that do not fit, Problem PR444 if there is no such
    table, and what opening the store raises.
    """
    from postroom.hooks.manager import find_plugins
    from postroom.runtime.bring_in import bring_in
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.csv_rows import read_file, read_rows
    from postroom.runtime.rulesets.loading import load_rules
    from postroom.runtime.stores import open_store

    plugins = find_plugins()
    checked = load_rules(where.rules, plugins)
    into = _table(checked, table)
    rows = read_rows(read_file(file), into)
    with closing(open_store(plugins, where.data, checked)) as store:
        return bring_in(store, into, rows, SYSTEM.now())


def _table(rules: RuleSet, name: str) -> Table:
    found = rules.tables.get(name)
    if found is None:
        words = f"the rules have no table `{name}`"
        hint = f"the tables are: {', '.join(rules.tables)}"
        raise Problem(Diagnostic("PR444", words, help=hint))
    return found
