"""`postroom check`: every mistake in the rules, at its place, with a hint."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from postroom.cli import exits, options
from postroom.source.diagnostic import RuleError
from postroom.source.render import as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.rules.ruleset import RuleSet, Waiver
    from postroom.source.diagnostic import Diagnostic


@click.command("check")
@click.argument("folder", type=options.FOLDER, default=Path(), metavar="[DIR]")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="For people; one JSON object; notes on a pull request of GitHub; SARIF 2.1.0.",
)
@click.option("--json", "as_json_too", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Let warnings count as errors.")
def command(folder: Path, shape: str, *, as_json_too: bool, strict: bool) -> int:
    """Check the rules in a folder in full, without running them.

    Warnings that `waivers.yaml` accepts are counted, not shown. Exit code 1 if there is an error;
    with --strict, also if there is a warning.
    """
    if as_json_too and shape not in ("text", "json"):
        raise click.UsageError(f"--json and --format {shape} exclude each other")
    from postroom.hooks.manager import find_plugins
    from postroom.rules.lint import checked
    from postroom.runtime.rulesets.loading import load_rules, no_collecting

    plugins = find_plugins()
    rules: RuleSet | None = None
    waived: tuple[tuple[Diagnostic, Waiver], ...] = ()
    try:
        with no_collecting():
            rules = load_rules(folder, plugins)
            reviewed = checked(rules, plugins.lints())
            gc.freeze()  # nearly all stays to the end, and looking it through takes long
        found, waived = (*plugins.problems, *reviewed.found), reviewed.waived
    except RuleError as error:
        found = (*plugins.problems, *plugins.warnings, *error.diagnostics)
    match "json" if as_json_too else shape:
        case "json":
            _dump(_as_data(rules, found, waived))
        case "github":
            _print_commands(folder, found)
        case "sarif":
            _dump(_as_sarif(folder, found, waived))
        case _:
            _print(rules, found, waived)
    wrong = any(each.severity == "error" or strict for each in found)
    return exits.FINDINGS if wrong else exits.FINE


def _as_data(
    rules: RuleSet | None,
    found: Sequence[Diagnostic],
    waived: Sequence[tuple[Diagnostic, Waiver]],
) -> dict[str, object]:
    return {
        "ok": rules is not None and not any(each.severity == "error" for each in found),
        "rules": rules.hash if rules else None,
        "found": [as_json(each) for each in found],
        "waived": [{**as_json(each), "reason": waiver.reason} for each, waiver in waived],
    }


def _as_sarif(
    folder: Path, found: Sequence[Diagnostic], waived: Sequence[tuple[Diagnostic, Waiver]]
) -> dict[str, object]:
    from importlib.metadata import version

    from postroom.authoring.sarif import as_sarif
    from postroom.authoring.where import Where

    accepted = [(each, waiver.reason) for each, waiver in waived]
    return as_sarif(found, Where.of(folder), version("postroom"), accepted)


def _dump(data: dict[str, object]) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _print_commands(folder: Path, found: Sequence[Diagnostic]) -> None:
    from postroom.authoring.github import as_commands
    from postroom.authoring.where import Where

    for line in as_commands(found, Where.of(folder)):
        click.echo(line)


def _print(
    rules: RuleSet | None,
    found: Sequence[Diagnostic],
    waived: Sequence[tuple[Diagnostic, Waiver]],
) -> None:
    for each in found:
        click.echo(as_text(each))
        click.echo()
    errors = sum(each.severity == "error" for each in found)
    told = [_many(errors, "error"), _many(len(found) - errors, "warning")]
    if rules is not None:
        told.insert(0, _contents(rules))
    if waived:
        told.append(f"{len(waived)} waived")
    click.echo("; ".join(told))


def _contents(rules: RuleSet) -> str:
    counts = (
        (len(rules.tables), "table"),
        (len(rules.accounts), "account"),
        (len(rules.templates), "template"),
        (len(rules.cases), "test"),
    )
    return ", ".join(_many(count, word) for count, word in counts)


def _many(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'' if count == 1 else 's'}"
