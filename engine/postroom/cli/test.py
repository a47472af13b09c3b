"""`postroom test`: the cases that lie beside the rules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from postroom.cli import exits, options
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.rules.ruleset import RuleSet
    from postroom.testing.cases import Report
    from postroom.testing.coverage import Coverage
    from postroom.testing.mutation import Mutation

OUT = click.File("w", encoding="utf-8", lazy=True)
PERCENT = click.IntRange(0, 100)
COUNT = click.IntRange(0)


@click.command("test")
@click.argument("folder", type=options.FOLDER, default=Path(), metavar="[DIR]")
@click.option("--coverage", is_flag=True, help="Say which comparisons were never true, or false.")
@click.option("--min", "least", type=PERCENT, metavar="PERCENT", help="Fail if coverage is less.")
@click.option("--junit", type=OUT, metavar="FILE", help="Write a report in the format of JUnit.")
@click.option("--mutate", is_flag=True, help="Say which mistakes in the rules no case notices.")
@click.option(
    "--max-survivors", "most", type=COUNT, default=0, show_default=True,
    help="Let so many mistakes pass unnoticed.",
)  # fmt: skip
@click.option(
    "--seconds", type=click.IntRange(1), default=300, show_default=True,
    help="Make mistakes for so long at most.",
)  # fmt: skip
@options.as_json
def command(  # noqa: PLR0913 - the command line has that many options
    folder: Path, *, coverage: bool, least: int | None, junit: TextIO | None, mutate: bool,
    most: int, seconds: int, as_json: bool,
) -> int:  # fmt: skip
    """Run the test cases of the rules in a folder.

    A case fails if something is not as it expects, and if something is sent that it does not name.
    Exit code 1 if a case fails, if coverage is below --min, or if more than --max-survivors
    mistakes in the rules go unnoticed.
    """
    from postroom.runtime.rulesets.loading import load_rules
    from postroom.testing.cases import run_all
    from postroom.testing.coverage import measure
    from postroom.testing.junit import as_junit

    rules, seen = load_rules(folder), None
    if coverage or least is not None:
        report, seen = measure(rules, folder)
    else:
        report = run_all(rules, folder)
    if junit is not None:
        junit.write(as_junit(report))
    made = _mutated(rules, folder, seconds) if mutate and report.passed else None
    found = list(_findings(report, least, seen, made, mutate=mutate, most=most))
    if as_json:
        _print_json(report, seen, made, found)
    else:
        _print(report, seen, made, found)
    return exits.FINE if report.passed and not found else exits.FINDINGS


def _findings(
    report: Report, least: int | None, seen: Coverage | None, made: Mutation | None, *,
    mutate: bool, most: int,
) -> Iterator[Diagnostic]:  # fmt: skip
    """Yield what is wrong besides cases that fail."""
    if least is not None and seen is not None and seen.percent < least:
        words = f"coverage is {seen.percent} %, and --min asks for {least} %"
        hint = "add cases for the comparisons above"
        yield Diagnostic("PR446", words, help=hint)
    if made is not None and len(made.survivors) > most:
        words = f"{_many(len(made.survivors), 'mistake')} would go unnoticed, of {most} at most"
        yield Diagnostic("PR447", words, help="add cases in which they make a difference")
    if mutate and not report.passed:
        hint = "make them pass first, then look for mistakes that they miss"
        yield Diagnostic("PR449", "no mistakes were made, because cases fail", help=hint)


def _mutated(rules: RuleSet, folder: Path, seconds: int) -> Mutation:
    from time import monotonic

    from postroom.testing.mutants import mutants
    from postroom.testing.mutation import mutate

    end, found = monotonic() + seconds, list(mutants(rules))
    with click.progressbar(length=len(found), label="making mistakes", file=sys.stderr) as bar:
        return mutate(
            rules, folder, found,
            goes_on=lambda: monotonic() < end, tried=lambda _: bar.update(1),
        )  # fmt: skip


def _print_json(
    report: Report, seen: Coverage | None, made: Mutation | None, found: list[Diagnostic]
) -> None:
    import json

    from postroom.source.render import as_json
    from postroom.testing.report import as_data, coverage_data, mutation_data

    data = as_data(report)
    if seen is not None:
        data["coverage"] = coverage_data(seen)
    if made is not None:
        data["mutation"] = mutation_data(made)
    data["found"] = [as_json(each) for each in found]
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def _print(
    report: Report, seen: Coverage | None, made: Mutation | None, found: list[Diagnostic]
) -> None:
    from postroom.source.render import as_text
    from postroom.testing.report import coverage_lines, lines_of, mutation_lines

    failed = [result for result in report.results if not result.passed]
    for result in failed:
        click.echo("\n".join(lines_of(result)) + "\n")
    if report.untested:
        click.echo("no case makes these rules fire:")
        for rule in report.untested:
            click.echo(f"  {rule.place}: {rule.section} `{rule.id}` of {rule.account}")
        click.echo()
    if seen is not None:
        click.echo("\n".join(coverage_lines(seen)) + "\n")
    if made is not None:
        click.echo("\n".join(mutation_lines(made)) + "\n")
    for each in found:
        click.echo(as_text(each) + "\n")
    cases = _many(len(report.results), "case")
    click.echo(f"{cases}, {len(failed)} failed" if failed else f"{cases}, all as expected")


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count or 'no'} {what}s"
