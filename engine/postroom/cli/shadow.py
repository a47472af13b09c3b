"""`postroom shadow`: what the rules that run in the shadow would have made of the mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from postroom.cli import exits, options
from postroom.pipeline.tally import CLASSES, Class, Difference, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@click.command("shadow")
@click.option("--since", metavar="SPAN", help="How far back: 12h, 30d, 8w. All without it.")
@click.option(
    "--fail-if",
    "fail_if",
    type=click.Choice([kind for kind in CLASSES if kind != "same"]),
    help="Exit code 1 if a message differs in this class, or in a worse one.",
)
@options.rules
@options.data
@options.as_json
def command(
    since: str | None, fail_if: Class | None, rules: Path, data: Path | None, *, as_json: bool
) -> int:
    """Say how the rules of `postroom run --shadow` would have decided otherwise.

    Of several such rule sets the newest counts. The classes are those of `postroom replay`.
    """
    import json

    from postroom.cli.replay import as_data, lines, start_of
    from postroom.pipeline.explain import printable
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.settings import folders
    from postroom.runtime.stores import archive

    start = start_of(since, SYSTEM.now()).isoformat() if since else ""
    entries = archive(folders(rules, data).data).entries(("shadow_decision",))
    found = [body for _, body in entries if body["recorded_at"] >= start]
    newest = found[-1]["rules"] if found else ""
    tally = tallied(body for body in found if body["rules"] == newest)
    if as_json:
        click.echo(json.dumps(as_data(tally, newest), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(map(printable, lines(tally, newest, "decided in the shadow"))))
    return exits.FINDINGS if fail_if and tally.fails(fail_if) else exits.FINE


def tallied(bodies: Iterable[Mapping[str, Any]]) -> Tally:
    """Return how often the rules in the shadow differ, from the entries that say so."""
    tally = Tally()
    for body in bodies:
        tally.skipped["there was no time for them"] += body["missed"]
        if body["class"] == "no_account":
            tally.skipped[f"these rules have no account `{body['account']}`"] += 1
        elif body["class"] == "failed":
            tally.skipped["deciding failed"] += 1
        else:
            words = body["words"] if isinstance(body["words"], list) else ["(erased)"]
            found = Difference(cast("Class", body["class"]), tuple(words))
            tally.note(body["communication"], body["account"], found)
            tally.not_known(tuple(body["unknown"]))
    tally.skipped = +tally.skipped
    return tally
