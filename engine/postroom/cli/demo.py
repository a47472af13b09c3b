"""`postroom demo`: a sample mailbox becomes records before your eyes, with the reasons."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console
    from rich.table import Table

    from postroom.hooks.contracts import Archive, Rows
    from postroom.model.decision import Decision
    from postroom.runtime.events import Event

_SHORT = 20
"""Columns up to this wide stay on one line; longer ones share what is left."""
QUESTIONS = {
    "Which mail opened no ticket and changed none, and why?": """\
SELECT outcome, count(*) AS mails, min(reasons[1]) AS for_example
FROM decisions WHERE outcome NOT IN ('created', 'updated')
GROUP BY outcome ORDER BY mails DESC, outcome""",
    "Who changed ticket SUP-1, when, and by which rule?": """\
SELECT date_trunc('second', recorded_at) AS changed_at, field, rule, place
FROM field_history
WHERE table_name = 'ticket' AND record = 1 AND revision > 1
ORDER BY seq, field""",
    "Is the log complete and unaltered?": """\
SELECT count(*) AS entries, bool_and(leaf_holds) AS unaltered,
  bool_and(follows) AS none_missing FROM integrity""",
}


@click.command("demo")
@click.option("--keep", type=options.FOLDER, help="Leave rules, mail and data in this new folder.")
@options.as_json
def command(keep: Path | None, *, as_json: bool) -> int:
    """Turn a sample mailbox into records, and say what became of each message and why.

    Nothing outside a temporary folder is touched, and nothing is sent.
    """
    with _folder(keep) as folder:
        decided, archive = _work(folder)
        if as_json:
            _print_json(decided)
        else:
            _print_all(decided, archive)
        if keep:
            click.echo(f"\nAll of it is in {keep}: look around, or go on with its rules.", err=True)
    return exits.FINE


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="postroom-demo-") as folder:
        yield Path(folder) / "helpdesk"


def _work(folder: Path) -> tuple[list[tuple[str, Decision]], Archive]:
    """Make the rules, the contacts and the mail, and run the engine once for each day of mail."""
    from postroom.cli.import_ import import_file
    from postroom.cli.init import copy_starter
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.events import Committed
    from postroom.runtime.sample import days, deliver, said_to_correspondents
    from postroom.runtime.settings import folders
    from postroom.runtime.start import assemble
    from postroom.runtime.stores import archive
    from postroom.runtime.supervise import run_once

    decided: list[tuple[str, Decision]] = []

    def note(event: Event) -> None:
        if isinstance(event, Committed):
            decided.extend((each.place.key, decision) for each, decision in event.decided)

    copy_starter("helpdesk", folder)
    where = folders(folder)
    import_file(where, "contact", folder / "contacts.csv")
    for day in days(folder / "sample"):
        said = said_to_correspondents(archive(where.data)) if decided else {}
        deliver(day, folder / "inbox", said, SYSTEM.now())
        run_once(assemble(where, tell=note))
    return decided, archive(where.data)


def _print_json(decided: Sequence[tuple[str, Decision]]) -> None:
    import json

    for name, decision in decided:
        click.echo(json.dumps({"file": name, **_row(decision)}, ensure_ascii=False))


def _row(decision: Decision) -> dict[str, Any]:
    ref = decision.ref
    return {
        "outcome": decision.outcome,
        "record": f"{ref.table} {ref.id}" if ref else None,
        "fired": decision.fired_ids,
        "reasons": decision.reasons,
        "notified": decision.notified,
    }


def _print_all(decided: Sequence[tuple[str, Decision]], archive: Archive) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("message", no_wrap=True, max_width=26)
    table.add_column("outcome", no_wrap=True)
    table.add_column("record", no_wrap=True)
    table.add_column("why", ratio=1)
    for name, decision in decided:
        number = f"SUP-{decision.ref.id}" if decision.ref else ""
        table.add_row(name.partition(".eml")[0], decision.outcome, number, _why(decision))
    _print_titled(console, f"What became of {len(decided)} messages, and why", table)
    records = archive.query(
        "SELECT number, title, type, priority, due, len(files) AS files, len(notes) AS notes "
        "FROM records.ticket ORDER BY id"
    )
    _print_titled(console, "The records", _as_table(records))
    for question, sql in QUESTIONS.items():
        _print_titled(console, question, f"{sql};\n")
        console.print(_as_table(archive.query(sql)))


def _print_titled(console: Console, title: str, shown: Table | str) -> None:
    console.print(f"\n{title}\n", style="bold")
    console.print(shown)


def _why(decision: Decision) -> str:
    """Return the reasons, and what was not done although a rule or the sender asked for it."""
    refused = (f"{field} not taken: {why}" for field, why in decision.refused_values)
    unsent = (f"{each.template} not sent: {each.reason}" for each in decision.suppressed)
    return "; ".join((*decision.reasons, *refused, *unsent))


def _as_table(answer: Rows) -> Table:
    from rich.table import Table

    rows = [["" if cell is None else str(cell) for cell in row] for row in answer.rows]
    table = Table(box=None, pad_edge=False)
    for column, *cells in zip(answer.columns, *rows, strict=True):
        short = max(map(len, (column, *cells))) <= _SHORT
        table.add_column(column, no_wrap=short, overflow="fold", ratio=None if short else 1)
    for row in rows:
        table.add_row(*row)
    return table
