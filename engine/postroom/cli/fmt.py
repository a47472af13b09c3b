"""`postroom fmt`: rule files as they should be written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from postroom.cli import exits
from postroom.source.render import as_text

if TYPE_CHECKING:
    from postroom.authoring.formatting.files import Outcome

_PATH = click.Path(exists=True, path_type=Path)


@click.command("fmt")
@click.argument("paths", type=_PATH, nargs=-1, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if something would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(paths: tuple[Path, ...], *, check: bool, diff: bool) -> int:
    """Format rule files: keys in order, spacing, quotes where needed. What they say stays.

    PATH is a folder of rule files or a single one; this folder if none is named. A file with an
    error is left as it is, and the exit code is 1.
    """
    from postroom.authoring.formatting.files import outcomes
    from postroom.hooks.manager import find_plugins
    from postroom.runtime.rulesets.loading import kinds_of

    kinds = kinds_of(find_plugins())
    found = [each for path in paths or (Path(),) for each in outcomes(path, kinds)]
    for each in found:
        _handle(each, write=not (check or diff), diff=diff)
    changed = sum(each.changes for each in found)
    left = sum(bool(each.findings) for each in found)
    click.echo(_summary(len(found), changed, left, would=check or diff), err=diff)
    return exits.FINDINGS if left or (check and changed) else exits.FINE


def _handle(outcome: Outcome, *, write: bool, diff: bool) -> None:
    if outcome.findings:
        click.echo(f"left as it is: {outcome.path}", err=True)
        click.echo(as_text(outcome.findings[0]), err=True)
    elif not outcome.changes:
        return
    elif diff:
        click.echo(outcome.diff(), nl=False)
    elif write:
        outcome.write()
        click.echo(f"formatted {outcome.path}")
    else:
        click.echo(f"would format {outcome.path}")


def _summary(count: int, changed: int, left: int, *, would: bool) -> str:
    told = [f"{_files(changed)} {'to format' if would else 'formatted'}"] if changed else []
    told += [f"{_files(left)} with errors, left as {_they(left)}"] if left else []
    rest = count - changed - left
    told += [f"{_files(rest)} as {'it' if rest == 1 else 'they'} should be"] if rest else []
    return "; ".join(told)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _they(count: int) -> str:
    return "it is" if count == 1 else "they are"
