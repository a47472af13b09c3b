"""`postroom test`: the cases that lie beside the rules."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from postroom.testing.cases import Report


@click.command("test")
@click.argument("folder", type=options.FOLDER, default=Path(), metavar="[DIR]")
@options.as_json
def command(folder: Path, *, as_json: bool) -> int:
    """Run the test cases of the rules in a folder.

    A case fails if something is not as it expects, and if something is sent that it does not name.
    Exit code 1 if a case fails.
    """
    from postroom.runtime.start import load_rules
    from postroom.testing.cases import run_all

    report = run_all(load_rules(folder), folder)
    if as_json:
        import json

        from postroom.testing.report import as_data

        click.echo(json.dumps(as_data(report), ensure_ascii=False, indent=2))
    else:
        _print(report)
    return exits.FINE if report.passed else exits.FINDINGS


def _print(report: Report) -> None:
    from postroom.testing.report import lines_of

    failed = [result for result in report.results if not result.passed]
    for result in failed:
        click.echo("\n".join(lines_of(result)) + "\n")
    if report.untested:
        click.echo("no case makes these rules fire:")
        for rule in report.untested:
            click.echo(f"  {rule.place}: {rule.section} `{rule.id}` of {rule.account}")
        click.echo()
    count = len(report.results)
    cases = "1 case" if count == 1 else f"{count or 'no'} cases"
    click.echo(f"{cases}, {len(failed)} failed" if failed else f"{cases}, all as expected")
