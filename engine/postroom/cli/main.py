"""The `postroom` command: finds the verb, runs it, and says what went wrong."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import click

from postroom.cli import exits
from postroom.source.diagnostic import Problem, RuleError
from postroom.source.render import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postroom.source.diagnostic import Diagnostic

VERBS = {
    "init": "init",
    "check": "check",
    "fmt": "fmt",
    "test": "test",
    "try": "try_",
    "run": "run",
    "status": "status",
    "accounts": "accounts",
    "deliver": "deliver",
    "parse": "parse",
    "explain": "explain",
    "replay": "replay",
    "shadow": "shadow",
    "activate": "activate",
    "rules": "rules",
    "raw": "raw",
    "quarantine": "quarantine",
    "sql": "sql",
    "import": "import_",
    "recover": "recover",
    "import-settings": "import_settings",
    "login": "login",
    "keys": "keys",
    "schema": "schema",
    "lsp": "lsp",
    "plugins": "plugins",
    "demo": "demo",
}
"""Each verb and its module, in the order of `--help`. A module is imported when it is needed."""

_EXITS = {
    "PR440": exits.WRONG_USE,
    "PR441": exits.WRONG_USE,
    "PR442": exits.FINDINGS,
    "PR444": exits.WRONG_USE,
    "PR451": exits.FINDINGS,
    "PR452": exits.FINDINGS,
    "PR453": exits.FINDINGS,
    "PR521": exits.FINDINGS,
    "PR580": exits.FINDINGS,
    "PR487": exits.FINDINGS,
    "PR488": exits.WRONG_USE,
    "PR570": exits.WRONG_USE,
    "PR571": exits.FINDINGS,
    "PR572": exits.FINDINGS,
    "PR460": exits.WRONG_USE,
    "PR561": exits.WRONG_USE,
    "PR461": exits.FINDINGS,
    "PR462": exits.FINDINGS,
}
"""Problems that are not the outside world's."""


class Verbs(click.Group):
    """A group that imports a verb's module when somebody asks for the verb."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which a newcomer meets them."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, or None if there is none of that name."""
        del ctx
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(f"postroom.cli.{VERBS[cmd_name]}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"postroom.cli.{VERBS[cmd_name]}.command is not a click command")
        return command


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="postroom", message="postroom %(version)s")
def command() -> None:
    """Turn inbound mail into records, by rules that people can read.

    Exit codes: 0 fine, 1 something was found, 2 wrong use, 3 the outside world failed.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    The arguments are those of the process if none are given.
    """
    try:
        result = command.main(args=arguments, prog_name="postroom", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _interrupted()
    except RuleError as error:
        _say(error.diagnostics)
        return exits.FINDINGS
    except Problem as error:
        _say([error.diagnostic])
        return _EXITS.get(error.diagnostic.code, exits.OUTSIDE)
    except BrokenPipeError:
        return _nobody_reads()
    return result if isinstance(result, int) else exits.FINE


def _say(found: Iterable[Diagnostic]) -> None:
    for each in found:
        click.echo(as_text(each), err=True)


def _interrupted() -> int:
    click.echo("interrupted", err=True)
    return exits.INTERRUPTED


def _nobody_reads() -> int:
    """Return quietly when the reader of our output has gone: `postroom sql ... | head`."""
    sys.stdout = None  # or Python complains while it shuts down
    return exits.FINE
