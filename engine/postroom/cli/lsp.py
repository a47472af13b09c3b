"""`postroom lsp`: what an editor needs to know while somebody writes rules."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from pathlib import Path


@click.command("lsp")
@click.option(
    "--rules",
    type=options.FOLDER,
    default=None,
    show_default="found by the files that are open",
    help="The folder with the rule files.",
)
def command(rules: Path | None) -> int:
    """Answer an editor over standard input and output: the language server.

    It is started by an editor, not by hand, and needs the extra `lsp`.
    """
    if find_spec("pygls") is None:
        raise click.ClickException("the language server needs pygls: pip install 'postroom[lsp]'")
    from postroom.authoring.editor.protocol.serve import serve
    from postroom.hooks.manager import find_plugins
    from postroom.runtime.rulesets.loading import kinds_of

    serve(kinds_of(find_plugins()), rules)
    return exits.FINE
