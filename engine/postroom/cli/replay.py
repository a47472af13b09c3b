"""`postroom replay`: what changed rules would have made of the mail that came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from postroom.cli import exits, options
from postroom.pipeline.tally import CLASSES, Class, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from postroom.model.plain import Json
    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.rulesets.replay import Asked
    from postroom.runtime.settings import Folders

_FAIL = [kind for kind in CLASSES if kind != "same"]


@click.command("replay")
@options.rules
@options.data
@options.keys
@click.option("--since", metavar="SPAN", help="How far back: 12h, 30d, 8w. All mail without it.")
@click.option("--account", "name", default="", metavar="NAME", help="Only mail of this account.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest so many messages.")
@click.option(
    "--fail-if",
    "fail_if",
    type=click.Choice(_FAIL),
    help="Exit code 1 if a message differs in this class, or in a worse one.",
)
@options.as_json
def command(  # noqa: PLR0913, PLR0917 - the command line has that many options
    rules: Path,
    data: Path | None,
    keys: Path | None,
    since: str | None,
    name: str,
    limit: int | None,
    fail_if: Class | None,
    *,
    as_json: bool,
) -> int:
    """Decide stored mail again under the rules in a folder, and say what would be different.

    Each message is decided with the facts that were recorded when it came, and held against what
    the audit log says was decided. Nothing is changed or sent; an engine may run meanwhile.

    The classes, worst first: lost (a record was made or changed, and would not be), made,
    other_record, outcome, values, notices, server, reasons, same.
    """
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.rulesets.loading import load_rules
    from postroom.runtime.rulesets.replay import Asked
    from postroom.runtime.settings import folders

    start = start_of(since, SYSTEM.now()) if since else None
    where = folders(rules, data, keys)
    loaded = load_rules(rules)
    if name and name not in loaded.accounts:
        raise click.BadParameter(f"there is no account `{name}`", param_hint="--account")
    tally = replayed(where, loaded, Asked(start, name, limit))
    if as_json:
        import json

        click.echo(json.dumps(as_data(tally, loaded.hash), ensure_ascii=False, indent=2))
    else:
        from postroom.pipeline.explain import printable

        for line in lines(tally, loaded.hash):
            click.echo(printable(line))
    return exits.FINDINGS if fail_if and tally.fails(fail_if) else exits.FINE


def replayed(where: Folders, rules: RuleSet, asked: Asked) -> Tally:
    """Decide stored mail again; a terminal shows how far it is."""
    from rich.console import Console
    from rich.progress import Progress

    from postroom.runtime.rulesets.replay import replay

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("deciding again", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        return replay(where, rules, asked, show)


def start_of(since: str, now: datetime) -> datetime:
    """Return when a span before now began. Raises click.BadParameter."""
    from postroom.rules.literals import time_span

    span = time_span(since)
    if span is None:
        raise click.BadParameter("write 12h, 30d or 8w", param_hint="--since")
    return now - span


def lines(tally: Tally, rules: str, how: str = "decided again") -> Iterator[str]:
    """Yield what came of a replay, for people."""
    yield f"{_many(tally.total)} {how} by rules {rules[:12] or '(none)'}"
    for kind, meaning in CLASSES.items():
        count = tally.counts[kind]
        if not count:
            continue
        yield f"  {kind:<12} {count:>7,} {_percent(count, tally.total):>7}   {meaning}"
        for sample in tally.samples.get(kind, ()):
            for number, words in enumerate(sample.words):
                first = str(sample.communication) if number == 0 else ""
                yield f"      {first:>8}  {words}"
    if tally.uncertain:
        told = ", ".join(f"{what} ({count:,})" for what, count in tally.uncertain.most_common())
        yield f"not sure of {_many(tally.uncertain_messages)}: the log does not know {told}"
    for why, count in tally.skipped.most_common():
        yield f"not decided: {_many(count)}: {why}"
    if tally.total and tally.counts["same"] < tally.total:
        yield "see one: postroom explain ID"


def as_data(tally: Tally, rules: str) -> dict[str, Json]:
    """Return what came of a replay, for machines."""
    return {
        "rules": rules,
        "messages": tally.total,
        "classes": {kind: tally.counts[kind] for kind in CLASSES},
        "samples": {
            kind: [
                {"communication": s.communication, "account": s.account, "words": [*s.words]}
                for s in tally.samples.get(kind, ())
            ]
            for kind in _FAIL
        },
        "uncertain": {"messages": tally.uncertain_messages, "facts": dict(tally.uncertain)},
        "skipped": dict(tally.skipped),
    }


def _percent(count: int, total: int) -> str:
    share = 100 * count / total
    return f"{share:.1f} %" if share >= 0.1 else "< 0.1 %"  # noqa: PLR2004 - what is shown


def _many(count: int) -> str:
    return f"{count:,} message{'' if count == 1 else 's'}"
