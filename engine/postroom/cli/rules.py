"""`postroom rules`: which rule sets decided, from when on, and what they said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from postroom.cli import options
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postroom.hooks.contracts import Archive


@click.command("rules")
@click.argument("hash_", metavar="[HASH]", required=False)
@options.rules
@options.data
@options.as_json
def command(hash_: str | None, rules: Path, data: Path | None, *, as_json: bool) -> None:
    """List the rule sets that decided, in order, and those that were refused.

    HASH, or its first letters, shows the files of one as they were.
    """
    import json

    from postroom.runtime.settings import folders
    from postroom.runtime.stores import archive

    kept = archive(folders(rules, data).data)
    if hash_ is not None:
        files = dict(kept.rules(_whole(kept, hash_)))
        click.echo(json.dumps(files, ensure_ascii=False) if as_json else _as_text(files))
        return
    from postroom.pipeline.explain import printable

    for body in _history(kept):
        click.echo(json.dumps(body, ensure_ascii=False) if as_json else printable(_line(body)))


def _history(kept: Archive) -> Iterator[dict[str, Any]]:
    for seq, body in kept.entries(("rules_activated", "rules_refused")):
        yield {"seq": seq, **body}


def _line(body: dict[str, Any]) -> str:
    when, rules = body["recorded_at"][:19].replace("T", " "), body["rules"][:12] or "-" * 12
    how = body.get("how", "start")
    by = f" by {body['by']}" if body.get("by") else ""
    reason = f": {body['reason']}" if body.get("reason") else ""
    if body["kind"] == "rules_refused":
        return f"{when}  {rules}  refused ({how}{by}): {body['words']}"
    return f"{when}  {rules}  {how}{by}{reason}{_known(body)}"


def _known(body: dict[str, Any]) -> str:
    tests, replay = body.get("tests"), body.get("replay")
    told = [f"tests: {tests['passed']} passed"] if tests else []
    if replay:
        same = replay.get("same", 0)
        told.append(f"{same} of {replay['messages']} messages decided the same")
    return f" ({'; '.join(told)})" if told else ""


def _whole(kept: Archive, start: str) -> str:
    """Return the hash that begins like this. Raises Problem PR442."""
    found = {body["rules"] for body in _history(kept) if body["kind"] == "rules_activated"}
    matching = [each for each in found if each.startswith(start.lower())]
    if len(matching) == 1:
        return str(matching[0])
    words = f"nothing is known of rules `{start}`"
    if matching:
        words = f"the hashes of {len(matching)} rule sets begin with `{start}`"
    raise Problem(Diagnostic("PR442", words, help="postroom rules lists them"))


def _as_text(files: dict[str, str]) -> str:
    return "\n".join(f"--- {name}\n{text.rstrip()}\n" for name, text in files.items()).rstrip()
