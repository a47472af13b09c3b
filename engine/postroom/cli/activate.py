"""`postroom activate`: let other rules decide, after they have shown what they are."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from postroom.cli import options
from postroom.pipeline.tally import CLASSES, Class
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.pipeline.tally import Tally
    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.settings import Folders


@click.command("activate")
@click.argument("folder", type=options.FOLDER, metavar="DIR")
@click.option("--by", metavar="WHO", help="Who answers for it.  [default: who is signed in]")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stands in the audit log.")
@click.option("--strict", is_flag=True, help="Refuse rules with warnings too.")
@click.option("--since", default="30d", show_default=True, metavar="SPAN", help="Replay so far.")
@click.option(
    "--fail-if",
    "fail_if",
    type=click.Choice([kind for kind in CLASSES if kind != "same"]),
    help="Refuse rules under which a message differs in this class, or in a worse one.",
)
@options.data
@options.keys
@options.as_json
def command(  # noqa: PLR0913, PLR0917 - the command line has that many options
    folder: Path,
    by: str | None,
    reason: str,
    since: str,
    fail_if: Class | None,
    data: Path | None,
    keys: Path | None,
    *,
    strict: bool,
    as_json: bool,
) -> None:
    """Let the rules in a folder decide from now on.

    They must check and their tests must pass; stored mail is decided again under them to see what
    would be different. An engine that runs on the data takes them up between two batches. Who, why,
    tests, warnings and replay are recorded in the audit log.

    An engine reads its own folder when it starts: put the rules there as well.
    """
    from postroom.runtime.rulesets.loading import load_rules
    from postroom.runtime.settings import folders

    where = folders(folder, data, keys)
    rules = load_rules(folder)
    if strict and rules.warnings:
        raise _warned(rules)
    tests = tested(rules, folder)
    tally = _replay(where, rules, since)
    if fail_if and tally is not None and tally.fails(fail_if):
        raise _differs(tally)
    lint = dict(Counter(each.code for each in rules.warnings))
    told = {"tests": tests, "lint": lint, "replay": tally.summary() if tally else {}}
    done = _ask(where, rules, by or _signed_in(), reason, told)
    if as_json:
        import json

        click.echo(json.dumps({**done, **told}, ensure_ascii=False, indent=2))
    else:
        _print(folder, done, told, tally)


def _signed_in() -> str:
    """Return who is signed in. Raises click.UsageError where nobody can tell."""
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise click.UsageError("say who answers for it: --by WHO") from None


def tested(rules: RuleSet, folder: Path) -> dict[str, int]:
    """Return how many tests of some rules passed and failed. Raises Problem PR451 if any did."""
    from postroom.testing.cases import run_all

    failed = [each for each in run_all(rules, folder).results if not each.passed]
    if failed:
        first = failed[0].case
        words = f"{len(failed)} of {len(rules.cases)} tests fail, the first is `{first.name}`"
        raise Problem(Diagnostic("PR451", words, first.span, f"postroom test {folder}"))
    return {"passed": len(rules.cases), "failed": 0}


def _replay(where: Folders, rules: RuleSet, since: str) -> Tally | None:
    """Return what the rules would make of stored mail; None where nothing is published yet."""
    from postroom.cli.replay import replayed, start_of
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.rulesets.replay import Asked

    try:
        return replayed(where, rules, Asked(start_of(since, SYSTEM.now())))
    except Problem as error:
        if error.diagnostic.code != "PR530":
            raise
        return None


def _ask(
    where: Folders, rules: RuleSet, by: str, reason: str, told: dict[str, Any]
) -> dict[str, Any]:
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.requests.acts import ask
    from postroom.runtime.requests.files import request
    from postroom.runtime.rulesets.activation import latest, lay_down

    body = {"rules": rules.hash, "previous": latest(where.data), **told}
    lay_down(where.data, rules)
    asked = request("activate", SYSTEM.now(), by=by, reason=reason, body=body)
    return dict(ask(where, asked))


def _warned(rules: RuleSet) -> Problem:
    count, first = len(rules.warnings), rules.warnings[0]
    words = f"there {'is 1 warning' if count == 1 else f'are {count} warnings'}: {first.message}"
    return Problem(Diagnostic("PR452", words, first.span, "postroom check --strict shows them all"))


def _differs(tally: Tally) -> Problem:
    told = ", ".join(f"{tally.counts[kind]} {kind}" for kind in CLASSES if tally.counts[kind])
    words = f"stored mail would be decided otherwise: {told}"
    return Problem(Diagnostic("PR453", words, help="postroom replay shows which"))


def _print(folder: Path, done: dict[str, Any], told: dict[str, Any], tally: Tally | None) -> None:
    from pathlib import Path as AnyPath

    before = f" in place of {done['previous'][:12]}" if done["previous"] else ""
    click.echo(f"rules {done['rules'][:12]} decide from now on{before}")
    click.echo(f"  tests: {told['tests']['passed']} passed; warnings: {sum(told['lint'].values())}")
    if tally is None:
        click.echo("  replay: there is no mail yet")
    else:
        counts = ", ".join(
            f"{tally.counts[kind]:,} {kind}" for kind in CLASSES if tally.counts[kind]
        )
        click.echo(f"  replay: {tally.total:,} messages{f': {counts}' if counts else ''}")
    if done["folder"] and AnyPath(done["folder"]).resolve() != folder.resolve():
        click.echo(f"  the engine reads `{done['folder']}` when it starts: put them there too")
