"""Options that several verbs share, so that they are called the same everywhere."""

from __future__ import annotations

from pathlib import Path

import click

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

rules = click.option(
    "--rules",
    type=FOLDER,
    default=Path(),
    show_default="this folder",
    help="The folder with the rule files.",
)
data = click.option(
    "--data",
    type=FOLDER,
    default=None,
    show_default="postroom-data in the rule folder",
    help="The folder with the records and the audit log.",
)
keys = click.option(
    "--keys",
    type=FOLDER,
    default=None,
    show_default="postroom-keys in the rule folder",
    help="The folder with the keys of record tokens.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for machines.")


def who() -> str:
    """Return who is at the keyboard, as the audit log names people."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user: a container, mostly
        return "unknown"
