"""`postroom plugins`: what is installed, from where, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from postroom.hooks.manager import Plugins

_SHOWN = 12
"""Digits of a hash."""


@click.command("plugins")
@options.as_json
@click.option("--allow", metavar="DISTRIBUTION", help="Let it bring plugins from now on.")
def command(*, as_json: bool, allow: str | None) -> int:
    """List the plugins that are installed, what each brings, and what is wrong with any.

    Ours are loaded, and those of distributions that you have allowed once with --allow; of the
    others nothing is run. Exit code 1 if one of those that are loaded cannot be used.
    """
    from postroom.hooks.manager import find_plugins

    if allow is not None:
        _allow(allow)
    plugins = find_plugins()
    if as_json:
        import json

        click.echo(json.dumps(_as_data(plugins), indent=2))
    else:
        _print(plugins)
    return exits.FINDINGS if plugins.problems else exits.FINE


def _allow(distribution: str) -> None:
    from postroom.hooks.allowed import allow, normalized
    from postroom.hooks.manager import find_plugins
    from postroom.source.diagnostic import Diagnostic, Problem
    from postroom.source.near import did_you_mean

    waiting = {normalized(each.distribution) for each in find_plugins().not_allowed}
    if normalized(distribution) not in waiting:
        words = f"no distribution `{distribution}` with a plugin waits to be allowed"
        hint = did_you_mean(distribution, waiting) or "postroom plugins"
        raise Problem(Diagnostic("PR429", words, help=hint))
    allow(distribution)


def _as_data(plugins: Plugins) -> dict[str, Any]:
    from postroom.source.render import as_json

    return {
        "plugins": [
            {
                "name": each.name,
                "distribution": each.distribution,
                "version": each.version,
                "sha256": each.sha256(),
                "brings": [{"kind": kind, "name": name} for kind, name in each.brings],
            }
            for each in plugins.known
        ],
        "not_allowed": [
            {
                "name": each.name,
                "distribution": each.distribution,
                "version": each.version,
                "sha256": each.sha256(),
            }
            for each in plugins.not_allowed
        ],
        "problems": [as_json(each) for each in plugins.problems],
    }


def _print(plugins: Plugins) -> None:
    from rich.console import Console
    from rich.table import Table

    from postroom.source.render import as_text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("plugin", "distribution", "version", "sha256", "brings"):
        table.add_column(heading, overflow="fold")
    for each in plugins.known:
        brings = ", ".join(f"{kind} {name}" for kind, name in each.brings)
        table.add_row(each.name, each.distribution, each.version, each.sha256()[:_SHOWN], brings)
    Console(highlight=False, markup=False).print(table)
    for problem in (*plugins.problems, *plugins.warnings):
        click.echo(as_text(problem), err=True)
