"""`postroom schema`: what rule files may hold, for editors that know YAML."""

from __future__ import annotations

import json
from pathlib import Path

import click

from postroom.cli import exits


@click.command("schema")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write to this file instead of the terminal.",
)
def command(output: Path | None) -> int:
    """Print the JSON Schema of rule files, with the settings of the plugins that are installed.

    An editor checks and completes a rule file by it that starts with this line:

    # yaml-language-server: $schema=./postroom.schema.json
    """
    from postroom.authoring.schema import as_schema
    from postroom.hooks.manager import find_plugins
    from postroom.runtime.rulesets.loading import kinds_of

    schema = as_schema(kinds_of(find_plugins()))
    text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return exits.FINE
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise click.FileError(str(output), error.strerror or "it cannot be written") from None
    click.echo(f"wrote {output}")
    return exits.FINE
