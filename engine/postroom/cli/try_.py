"""`postroom try`: what would become of message files, and why; nothing is touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.cli.mailfiles import Found
    from postroom.rules.ruleset import Account, RuleSet
    from postroom.testing.given import Known
    from postroom.testing.trial import Outcome, Trial


@click.command("try")
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path)
)
@options.rules
@click.option("--account", "name", metavar="NAME", help="The account whose rules decide.")
@click.option(
    "--given", type=options.FILE, help="What is known: contacts, records, counters, clock (YAML)."
)
@options.as_json
def command(
    paths: tuple[Path, ...],
    rules: Path,
    name: str | None,
    given: Path | None,
    *,
    as_json: bool,
) -> int:
    """Say what would become of messages, and why. Nothing is touched.

    PATH is a message file, an mbox file, or a folder of them. Each message is decided as if
    those before it had come in. Without --account the account decides to whose address it is
    sent, or the only one. Exit code 1 if a file cannot be read, or nobody can tell which account
    it is for.
    """
    from postroom.cli.mailfiles import find_messages
    from postroom.mail.limits import LIMITS
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.rulesets.loading import load_rules
    from postroom.testing.cases import tokens_for_tests
    from postroom.testing.trial import Trial

    loaded = load_rules(rules)
    chosen = _account(name, loaded)
    trial = Trial(loaded, tokens_for_tests(loaded), SYSTEM.now(), _known(given, loaded))
    show = _print_json if as_json else _print
    fine = True
    for found in find_messages(paths, LIMITS.message):
        answer = _answer(found, trial, chosen)
        show(found.file, answer)
        fine = fine and not isinstance(answer, str)
    return exits.FINE if fine else exits.FINDINGS


def _account(name: str | None, rules: RuleSet) -> Account | None:
    if name is None:
        return None
    if name not in rules.accounts:
        from postroom.source.near import did_you_mean

        hint = did_you_mean(name, rules.accounts) or f"there are {', '.join(rules.accounts)}"
        raise click.BadParameter(f"there is no account `{name}`; {hint}", param_hint="--account")
    return rules.accounts[name]


def _known(path: Path | None, rules: RuleSet) -> Known:
    """Return what a YAML file says that is known. Raises RuleError or Problem for its mistakes."""
    from postroom.testing.given import Known, read_given_file

    return Known() if path is None else read_given_file(path.name, path.read_bytes(), rules)


def _answer(found: Found, trial: Trial, account: Account | None) -> Outcome | str:
    """Return what would become of a message, or why nobody can say."""
    from postroom.mail.read import read

    if found.problem:
        return found.problem
    message = read(found.raw)
    if found.sha256:
        message = replace(message, sha256=found.sha256, size=found.size)
    outcome = trial.decide(message, account)
    return outcome or "it is sent to none of the accounts; name one with --account"


def _print_json(file: str, answer: Outcome | str) -> None:
    """Write one object on one line, in UTF-8 whatever the terminal says."""
    import json
    import sys

    from postroom.pipeline.explain import as_data

    data: Mapping[str, object] = {"outcome": None, "reasons": [answer]}
    if not isinstance(answer, str):
        data = as_data(answer.decision)
    line = json.dumps({"file": file, **data}, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(line.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


_COLOURS = {"created": "green", "updated": "green", "duplicate": "cyan", "bounced": "cyan"}


def _print(file: str, answer: Outcome | str) -> None:
    from rich.console import Console
    from rich.text import Text

    from postroom.pipeline.explain import as_lines, printable

    console = Console(highlight=False, markup=False, soft_wrap=True)
    where = Text(f"{printable(file)}: ")
    if isinstance(answer, str):
        console.print(where.append(answer, style="red"))
        return
    first, *lines = as_lines(answer.decision, answer.tried)
    colour = _COLOURS.get(answer.decision.outcome, "yellow")
    console.print(where.append(first, style=f"bold {colour}"))
    about = f"  {answer.message.from_.addr_spec}: {answer.message.subject}"
    console.print(Text(printable(about), style="dim"))
    for line in lines:
        title = line.endswith(":") and line.startswith("  ") and not line.startswith("   ")
        console.print(Text(line, style="bold" if title else ""))
    console.print()
