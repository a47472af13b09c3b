"""`postroom explain`: why a message became what it became, from the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from postroom.cli import options
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from postroom.model.batch import Kept

_INDENT = "  "


@click.command("explain")
@click.argument("words", metavar="ID")
@options.rules
@options.data
@options.as_json
def command(words: str, rules: Path, data: Path | None, *, as_json: bool) -> None:
    """Say what was decided about a message, and why.

    ID is the number of a communication, the number of a record (SUP-12: every message that it is
    made of), or a Message-ID.
    """
    from postroom.runtime.settings import folders
    from postroom.runtime.stores import archive

    found = archive(folders(rules, data).data).find(words)
    if not found:
        message = f"nothing is known of `{words}`"
        hint = "a number, a record's number such as SUP-12, or a Message-ID; just now decided"
        hint += " messages take a few seconds to appear"
        raise Problem(Diagnostic("PR442", message, help=hint))
    if as_json:
        import json

        for each in found:
            click.echo(json.dumps(_as_data(each), ensure_ascii=False))
        return
    from postroom.pipeline.explain import printable

    click.echo("\n\n".join("\n".join(map(printable, lines(each))) for each in found))


def _as_data(kept: Kept) -> dict[str, Any]:
    return {
        "communication": kept.id,
        "account": kept.account,
        "direction": kept.direction,
        "message_id": kept.message_id,
        "sender": kept.sender,
        "subject": kept.subject,
        "received_at": kept.received_at.isoformat(),
        "outcome": kept.outcome,
        "table": kept.ref.table if kept.ref else None,
        "record": kept.ref.id if kept.ref else None,
        "decision": kept.decision,
        "entries": [{"seq": number, **body} for number, body in kept.entries],
    }


def lines(kept: Kept) -> Iterator[str]:
    """Yield what is known of a communication, line by line."""
    about = f" {kept.ref.table} {kept.ref.id}" if kept.ref else ""
    yield f"message {kept.id}: {kept.outcome}{about}"
    yield f'{_INDENT}from {kept.sender}, "{kept.subject}"'
    way = "received" if kept.direction == "in" else "sent"
    yield f"{_INDENT}{way} {kept.received_at:%Y-%m-%d %H:%M:%S %Z}, account {kept.account}"
    if kept.raw_let_go:
        yield f"{_INDENT}its raw mail is no longer kept: let go on {kept.raw_let_go[:10]}"
    if kept.decision:
        yield from _decided(kept.decision)
    yield from _section("fields", _fields(kept))
    yield from _section("linked", _linked(kept))
    yield from _section("in the audit log", _entries(kept))


def _decided(decision: Mapping[str, Any]) -> Iterator[str]:
    yield from _section("why", _listed(decision["reasons"]))
    yield from _section("rules that applied", _fired(decision))
    effects = decision["effects"]
    yield from _section("notices", (f"{n['rule']}: {n['kind']}" for n in effects["notices"]))
    yield from _section("not sent", (f"{s['rule']}: {s['reason']}" for s in effects["suppressed"]))
    yield from _section("on the server", map(_server, effects["server"]))
    yield f"{_INDENT}decided by rules {decision['rules'][:12]}"


def _fields(kept: Kept) -> Iterator[str]:
    """Yield the fields that the message set, with the rule that each value comes from."""
    for _, body in kept.entries:
        if not body["kind"].startswith("record_") or body["origin"] == "link":
            continue
        for name, value in {**body["values"], **body["added"]}.items():
            by = body["provenance"].get(name)
            where = f"   [{by['rule']}{by['place'] and ', '}{by['place']}]" if by else ""
            yield f"{name} = {_shown(value)}{where}"


def _linked(kept: Kept) -> Iterator[str]:
    """Yield the records of other accounts that refer to the message's record since."""
    for _, body in kept.entries:
        if body.get("origin") == "link":
            ref = body["ref"]
            for name, value in body["values"].items():
                yield f"{ref['table']} {ref['id']}: {name} = {_shown(value)}"


def _entries(kept: Kept) -> Iterator[str]:
    for number, body in kept.entries:
        yield f"{number}  {body['recorded_at'][:19]}  {body['kind'].replace('_', ' ')}"


def _section(title: str, found: Iterator[str]) -> Iterator[str]:
    content = list(found)
    if content:
        yield f"{_INDENT}{title}:"
        yield from (f"{_INDENT * 2}{line}" for line in content)


def _listed(found: object) -> Iterator[str]:
    """Yield the items of a list; of a personal value that was erased there is no more than that."""
    if isinstance(found, list):
        yield from map(str, found)
    elif found:
        yield "(erased)"


def _fired(decision: Mapping[str, Any]) -> Iterator[str]:
    read = decision["read"]
    for rule in decision["fired"]:
        where = f"   {rule['place']}" if rule["place"] else ""
        shadow = " (shadow: only logged)" if rule["shadow"] else ""
        yield f"{rule['section']} `{rule['id']}`: {rule['effect']}{shadow}{where}"
        for each in rule["because"]:
            seen = ", ".join(f"{name} = {_shown(read.get(name))}" for name in each["read"])
            held = "yes" if each["held"] else "no"
            yield f"{_INDENT}{held}: {each['text']}" + (f"   [{seen}]" if seen else "")


def _shown(value: object) -> str:
    """Return a value that a rule read on one line, not too long."""
    from postroom.pipeline.explain import as_written

    if isinstance(value, dict) and set(value) == {"private"}:
        return "(erased)"
    return as_written(value)


def _server(action: Mapping[str, Any]) -> str:
    delay = f" after {action['delay']} s" if action.get("delay") else ""
    return f"{action['verb']} {action['target']}".rstrip() + delay
