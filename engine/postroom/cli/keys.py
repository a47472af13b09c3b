"""`postroom keys`: the keys of record tokens, and what people do to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from postroom.cli import options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from postroom.identity.keyring import Keys
    from postroom.model.plain import Json
    from postroom.runtime.settings import Folders

_DAYS = 365
_REASON = click.option("--reason", default="", help="Why, for the audit log.")


@click.group("keys")
def command() -> None:
    """Look after the keys of record tokens: rotate them, revoke what has leaked.

    It can be done while an engine runs, which uses the new keys from then on; each act is written
    into the audit log.
    """


@command.command("list")
@options.rules
@options.data
@options.keys
@options.as_json
def list_(rules: Path, data: Path | None, keys: Path | None, *, as_json: bool) -> None:
    """Show the ring: which key signs, and until when older ones are accepted."""
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.keys import read_keys
    from postroom.runtime.settings import folders

    where = folders(rules, data, keys)
    found = read_keys(where.keys)
    if found is None:
        raise _none_yet(where)
    rows = list(_shown(found, SYSTEM.now()))
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
        return
    for row in rows:
        made = f"made {row['since'][:10]}" if row["since"] else "made before dates were kept"
        click.echo(f"key {row['key']:>2}  {row['state']:<8}  {made}{_until(row)}")
    revoked = len(found.generations)
    if revoked:
        click.echo(f"earlier tokens of {revoked} record{'s' * (revoked > 1)} are revoked")


@command.command("rotate")
@options.rules
@options.data
@options.keys
@options.as_json
@click.option(
    "--days",
    type=click.IntRange(0, 36_500),
    default=_DAYS,
    show_default=True,
    help="How long tokens of the key that signed before are still accepted.",
)
@_REASON
def rotate(
    rules: Path, data: Path | None, keys: Path | None, days: int, reason: str, *, as_json: bool
) -> None:
    """Have a new key sign from now on; the one before is accepted until a date."""
    told = _ask(rules, data, keys, "rotate_key", {"days": days}, reason)
    words = f"key {told['key']} signs now; the one before it is accepted until "
    _tell(told, words + str(told["older_until"])[:10], as_json=as_json)


@command.command("revoke")
@click.argument("key", type=click.IntRange(0, 31), required=False)
@click.option("--record", default="", help="Revoke the tokens of one record: SUP-4711.")
@options.rules
@options.data
@options.keys
@options.as_json
@_REASON
def revoke(  # noqa: PLR0913 - one for each option
    key: int | None,
    record: str,
    rules: Path,
    data: Path | None,
    keys: Path | None,
    reason: str,
    *,
    as_json: bool,
) -> None:
    """Accept no token of a KEY any more, or none of those that a record has had so far.

    Answers to mail that went out with them are then handled like mail without a token. If KEY is
    the one that signs, a new one takes its place.
    """
    if (key is None) == (not record):
        raise click.UsageError("name one KEY, or one record with --record")
    if record:
        body: dict[str, Json] = {"record": record}
        told = _ask(rules, data, keys, "revoke_record_tokens", body, reason)
        words = f"no token that {record} had so far is accepted any more"
    else:
        told = _ask(rules, data, keys, "revoke_key", {"key": key}, reason)
        words = f"key {key} is not accepted any more; key {told['signs_now']} signs"
    _tell(told, words, as_json=as_json)


def _ask(
    rules: Path,
    data: Path | None,
    keys: Path | None,
    verb: str,
    body: Mapping[str, Json],
    reason: str,
) -> Mapping[str, Any]:
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.requests.acts import ask
    from postroom.runtime.requests.files import request
    from postroom.runtime.settings import folders

    asked = request(verb, SYSTEM.now(), by=options.who(), reason=reason, body=body)
    return ask(folders(rules, data, keys), asked)


def _tell(told: Mapping[str, Any], words: str, *, as_json: bool) -> None:
    click.echo(json.dumps(dict(told)) if as_json else words)


def _shown(keys: Keys, now: datetime) -> list[dict[str, Any]]:
    ring = keys.ring
    rows = []
    for number, key in sorted(ring.keys.items()):
        over = key.until is not None and key.until <= now
        rows.append(
            {
                "key": number,
                "state": "signs" if number == ring.newest else "over" if over else "accepted",
                "since": key.since.isoformat() if key.since else None,
                "until": key.until.isoformat() if key.until else None,
            }
        )
    return rows


def _until(row: Mapping[str, Any]) -> str:
    return f", until {row['until'][:10]}" if row["until"] else ""


def _none_yet(where: Folders) -> Exception:
    from postroom.source.diagnostic import Diagnostic, Problem

    words = f"there are no keys in `{where.keys}` yet"
    hint = "`postroom run` makes them at its first start; or choose another --keys"
    return Problem(Diagnostic("PR461", words, help=hint))
