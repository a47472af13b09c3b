"""`postroom sql`: ask the records and the audit log, while the engine runs or not."""

from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING

import click

from postroom.cli import options

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.contracts import Rows

_ON_SCREEN = 1_000
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula begins with, or what a spreadsheet skips in front of one; wide letters too."""


@click.command("sql")
@click.argument("query")
@options.rules
@options.data
@options.as_json
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV, for spreadsheets.")
def command(query: str, rules: Path, data: Path | None, *, as_json: bool, as_csv: bool) -> None:
    """Answer a query in SQL; nothing can be changed with it.

    It reads what the engine has published, which lags a few seconds behind while mail comes in.
    The tables of your rules are in `records`, as in `SELECT * FROM records.ticket`. The views of
    the audit log have plain names, such as `decisions` or `why`; `SHOW TABLES` lists them.
    """
    from postroom.runtime.settings import folders
    from postroom.runtime.stores import archive

    answer = archive(folders(rules, data).data).query(query)
    if as_json:
        for row in answer.rows:
            told = dict(zip(answer.columns, row, strict=True))
            click.echo(json.dumps(told, ensure_ascii=False, default=str))
    elif as_csv:
        click.echo(_as_csv(answer), nl=False)
    else:
        _print(answer)


def _as_csv(answer: Rows) -> str:
    """Return CSV (RFC 4180) in which no cell can be a formula (SECURITY: exports)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(map(_harmless, answer.columns))
    writer.writerows([_harmless(cell) for cell in row] for row in answer.rows)
    return out.getvalue()


def _harmless(cell: object) -> object:
    """Return a cell that a spreadsheet takes for text; numbers stay what they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell


def _cell(value: object) -> str:
    """Return a cell as it is shown: what came in a mail must not steer the terminal."""
    from postroom.pipeline.explain import printable

    return "" if value is None else "\n".join(map(printable, str(value).splitlines()))


def _print(answer: Rows) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in answer.columns:
        table.add_column(column, overflow="fold")
    for row in answer.rows[:_ON_SCREEN]:
        table.add_row(*map(_cell, row))
    # Where nobody looks, lines are as long as they are.
    width = None if sys.stdout.isatty() else 10_000
    Console(highlight=False, markup=False, width=width).print(table)
    if len(answer.rows) > _ON_SCREEN:
        click.echo(f"... and {len(answer.rows) - _ON_SCREEN:,} more; --json and --csv show all")
