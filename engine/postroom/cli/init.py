"""`postroom init`: a folder of starter rules, with their tests, to edit rather than to write."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from postroom.cli import options
from postroom.source.diagnostic import Diagnostic, Problem
from postroom.source.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

_NEXT = """
Next:
  postroom test {folder}             the tests that came with the rules
  postroom check {folder}            after each change: every mistake, with a hint
  postroom try message.eml --rules {folder}    what would happen to a mail, and why
  postroom run {folder}              once `receive:` names your mailbox"""


@click.command("init")
@click.argument("folder", type=options.FOLDER, metavar="DIR")
@click.option(
    "--starter",
    default="helpdesk",
    show_default=True,
    help="Which starter rules; a name that does not exist lists those that do.",
)
@options.as_json
def command(folder: Path, starter: str, *, as_json: bool) -> None:
    """Make a folder with working rules and their tests.

    Nothing is overwritten: the folder must be new or empty.
    """
    written = copy_starter(starter, folder)
    if as_json:
        import json

        click.echo(json.dumps({"folder": str(folder), "files": written}))
        return
    for name, files in groupby(written, key=lambda each: each.partition("/")[0]):
        count = len(list(files))
        click.echo(f"  {folder / name}" + (f"  ({count} files)" if count > 1 else ""))
    click.echo(_NEXT.format(folder=folder).lstrip("\n"))


def copy_starter(name: str, folder: Path) -> list[str]:
    """Copy starter rules into a new or empty folder; return the names of the files.

    Raises Problem PR440 if there are none of that name, PR441 if the folder is not empty or
    cannot be written.
    """
    starters = {each.name: each for each in shipped("rules").iterdir() if each.is_dir()}
    if name not in starters:
        known = " or ".join(sorted(starters))
        words = f"there are no starter rules `{name}`"
        raise Problem(Diagnostic("PR440", words, help=f"--starter {known}"))
    try:
        if folder.exists() and any(folder.iterdir()):
            words = f"the folder `{folder}` is not empty, and nothing is overwritten"
            raise Problem(Diagnostic("PR441", words, help="name a new folder"))
        return sorted(_copy(starters[name], folder))
    except OSError as error:
        words = f"`{folder}` cannot be written: {(error.strerror or '').lower()}"
        raise Problem(Diagnostic("PR441", words, help="name another folder")) from None


def _copy(source: Traversable, target: Path, below: str = "") -> Iterator[str]:
    target.mkdir(parents=True, exist_ok=True)
    for each in source.iterdir():
        if each.is_dir():
            yield from _copy(each, target / each.name, f"{below}{each.name}/")
        else:
            (target / each.name).write_bytes(each.read_bytes())
            yield f"{below}{each.name}"
