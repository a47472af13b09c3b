"""The reference page of the command line, made from the commands themselves.

`python -m postroom.cli.reference > docs/reference/command-line.md`; a test holds the page to it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click

from postroom.cli.main import command as postroom

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = """# The command line

`postroom VERB --help` says the same on your terminal.

| exit code | means |
| --- | --- |
| 0 | fine |
| 1 | something was found: mistakes in rules, failed tests, or nothing that matches |
| 2 | wrong use of the command line |
| 3 | the outside world failed: a server, a disk, a secret, another engine |
"""


def page() -> str:
    """Return the page."""
    return "\n".join([_OPENING, *_verbs()]).rstrip() + "\n"


def _verbs() -> Iterator[str]:
    with click.Context(postroom, info_name="postroom") as context:
        for name in postroom.list_commands(context):
            verb = postroom.get_command(context, name)
            if verb is not None:
                yield from _verb(verb, click.Context(verb, context, info_name=name))


def _verb(verb: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## postroom {context.info_name}\n"
    usage = " ".join([context.command_path, *verb.collect_usage_pieces(context)])
    yield f"```text\n{usage}\n```\n"
    yield inspect.cleandoc(verb.help or "").partition("\f")[0].strip() + "\n"
    rows = [record for each in verb.params if (record := each.get_help_record(context))]
    yield from ("| option | what it does |", "| --- | --- |")
    for option, words in [*rows, ("-h, --help", "Show this and exit.")]:
        if words:  # an argument has none of its own
            yield f"| `{_cell(option)}` | {_cell(words)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    click.echo(page(), nl=False)
