"""`postroom plugins`: what is installed, from where, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from postroom.hooks.manager import Plugins


@click.command("plugins")
@options.as_json
def command(*, as_json: bool) -> int:
    """List the plugins that are installed, what each brings, and what is wrong with any.

    Exit code 1 if one of them cannot be used.
    """
    from postroom.hooks.manager import find_plugins

    plugins = find_plugins()
    if as_json:
        import json

        click.echo(json.dumps(_as_data(plugins), indent=2))
    else:
        _print(plugins)
    return exits.FINDINGS if plugins.problems else exits.FINE


def _as_data(plugins: Plugins) -> dict[str, Any]:
    from postroom.source.render import as_json

    return {
        "plugins": [
            {
                "name": each.name,
                "distribution": each.distribution,
                "version": each.version,
                "brings": [{"kind": kind, "name": name} for kind, name in each.brings],
            }
            for each in plugins.known
        ],
        "problems": [as_json(each) for each in plugins.problems],
    }


def _print(plugins: Plugins) -> None:
    from rich.console import Console
    from rich.table import Table

    from postroom.source.render import as_text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("plugin", "distribution", "version", "brings"):
        table.add_column(heading, overflow="fold")
    for each in plugins.known:
        brings = ", ".join(f"{kind} {name}" for kind, name in each.brings)
        table.add_row(each.name, each.distribution, each.version, brings)
    Console(highlight=False, markup=False).print(table)
    for problem in plugins.problems:
        click.echo(as_text(problem), err=True)
