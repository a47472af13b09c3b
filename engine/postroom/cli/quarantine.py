"""`postroom quarantine`: look at mail that was put aside, and decide about it."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from postroom.hooks.contracts import Archive
    from postroom.model.plain import Json

_SHOWN_LINES = 20
_COLUMNS = ("communication", "account", "recorded_at", "sender", "subject", "reasons")
_QUEUE = """SELECT communication, account, recorded_at, sender, subject, reasons
FROM review_queue ORDER BY seq"""
_IDS = click.argument("ids", nargs=-1, type=click.IntRange(1), required=True, metavar="ID...")
_BY = click.option("--by", help="Who decides; whoever is signed in, if left out.")
_REASON = click.option("--reason", required=True, help="Why, for the audit log.")


def _where(do: Callable[..., Any]) -> Callable[..., Any]:
    for option in (options.as_json, options.keys, options.data, options.rules):
        do = option(do)
    return do


@click.group("quarantine")
def command() -> None:
    """Review mail that was put aside: unauthenticated, ambiguous, malformed, or by a rule.

    It can be done while an engine runs. Each act is written into the audit log, with who and why;
    nothing is done twice.
    """


@command.command("list")
@options.rules
@options.data
@click.option("--account", help="Only mail of this account.")
@options.as_json
def list_(rules: Path, data: Path | None, account: str | None, *, as_json: bool) -> None:
    """Show what waits for a decision, the oldest first."""
    from postroom.pipeline.explain import printable

    rows = [
        row
        for row in _archive(rules, data).query(_QUEUE).rows
        if account is None or row[1] == account
    ]
    if as_json:
        for row in rows:
            click.echo(json.dumps(dict(zip(_COLUMNS, row, strict=True)), default=str))
        return
    for number, of, at, sender, subject, reasons in rows:
        click.echo(printable(f'{number:>6}  {at:%Y-%m-%d %H:%M}  {of}  {sender}  "{subject}"'))
        click.echo(printable(f"        {(reasons or ['(erased)'])[0]}"))
    click.echo(f"{len(rows):,} waiting" if rows else "nothing waits")


@command.command("show")
@click.argument("number", type=click.IntRange(1), metavar="ID")
@options.rules
@options.data
def show(number: int, rules: Path, data: Path | None) -> None:
    """Show why a message was put aside, and how it begins. Its raw bytes: `postroom raw ID`."""
    from postroom.cli.explain import lines
    from postroom.mail.read import read
    from postroom.pipeline.explain import printable
    from postroom.source.diagnostic import Diagnostic, Problem

    archive = _archive(rules, data)
    found = [each for each in archive.find(str(number)) if each.id == number]
    if not found:
        hint = "`postroom quarantine list` shows what waits"
        raise Problem(Diagnostic("PR442", f"there is no message {number}", help=hint))
    for line in lines(found[0]):
        click.echo(printable(line))
    try:
        text = read(archive.raw(number)).body.text
    except KeyError:
        text = ""
    if text.strip():
        click.echo("  it begins:")
    for line in text.splitlines()[:_SHOWN_LINES]:
        click.echo(printable(f"    {line}"))


@command.command("release")
@_IDS
@_where
@_BY
@_REASON
@click.option(
    "--vouch",
    is_flag=True,
    help="You know that From says the truth: decide as if the sender were authenticated.",
)
def release(ids: tuple[int, ...], *, vouch: bool, **options_: Any) -> int:  # noqa: ANN401
    """Let messages go on: the present rules decide, but for filters that quarantine.

    Whoever sent it still needs the permissions that the rules ask for.
    """
    return _ask("release", {"communications": list(ids), "vouch": vouch}, options_)


@command.command("replay")
@click.argument("ids", nargs=-1, type=click.IntRange(1), metavar="[ID...]")
@_where
@_BY
@click.option("--reason", default="decided again", show_default=True, help="Why.")
def replay(ids: tuple[int, ...], **options_: Any) -> int:  # noqa: ANN401
    """Decide messages again as if they came now; all that wait, if none is named.

    Do it after you changed the rules. What is quarantined again stays where it is.
    """
    if not ids:
        archive = _archive(options_["rules"], options_["data"])
        ids = tuple(row[0] for row in archive.query(_QUEUE).rows)
    if not ids:
        click.echo("nothing waits")
        return exits.FINE
    return _ask("replay", {"communications": list(ids)}, options_)


@command.command("discard")
@_IDS
@_where
@_BY
@_REASON
def discard(ids: tuple[int, ...], **options_: Any) -> int:  # noqa: ANN401
    """Take messages out of the queue; nothing becomes of them. They stay in the log."""
    return _ask("discard", {"communications": list(ids)}, options_)


def _archive(rules: Path, data: Path | None) -> Archive:
    from postroom.runtime.settings import folders
    from postroom.runtime.stores import archive

    return archive(folders(rules, data).data)


def _ask(verb: str, body: Mapping[str, Json], given: Mapping[str, Any]) -> int:
    """Have it done, say what came of each message; 1 if one of them is still in quarantine."""
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.requests.acts import ask
    from postroom.runtime.requests.files import request
    from postroom.runtime.settings import folders

    by = given["by"] or options.who()
    asked = request(verb, SYSTEM.now(), by=by, reason=given["reason"], body=body)
    where = folders(given["rules"], given["data"], given["keys"])
    told: Any = ask(where, asked)["messages"]
    _say(told, as_json=given["as_json"])
    done = all(each["outcome"] not in ("", "quarantined") for each in told)
    return exits.FINE if done else exits.FINDINGS


def _say(told: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    from postroom.pipeline.explain import printable

    words = partial(json.dumps, ensure_ascii=False) if as_json else _line
    for each in told:
        click.echo(words(each) if as_json else printable(words(each)))


def _line(each: Mapping[str, Any]) -> str:
    about = f"message {each['communication']}"
    if each["outcome"] == "":
        return f"{about}: not done: {each['problem']}"
    if each["outcome"] == "quarantined":
        return f"{about}: still in quarantine: {each['reasons'][0]}"
    if each["became"] is None:
        return f"{about}: {each['outcome']}"
    record = f" {each['table']} {each['record']}" if each.get("record") else ""
    return f"{about}: {each['outcome']}{record}, as message {each['became']}"
