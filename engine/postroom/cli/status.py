"""`postroom status`: how the engine and its accounts are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from postroom.runtime.watching.status import AccountStatus, Status


@click.command("status")
@options.rules
@options.data
@options.as_json
def command(rules: Path, data: Path | None, *, as_json: bool) -> int:
    """Show how the engine and its accounts are, whether it runs or not.

    It reads what the engine writes down every few seconds, and asks nobody. Exit code 1 if no
    engine runs, or something is wrong.
    """
    from postroom.runtime.clock import SYSTEM
    from postroom.runtime.settings import folders
    from postroom.runtime.watching import status as statuses

    found, now = statuses.read(folders(rules, data).data), SYSTEM.now()
    fine = found.fine(now)
    if as_json:
        told = {"fine": fine, "alive": found.alive(now), **statuses.as_json(found)}
        click.echo(json.dumps(told, indent=2))
    else:
        for line in lines(found, now):
            click.echo(line)
    return exits.FINE if fine else exits.FINDINGS


def lines(status: Status, now: datetime) -> Iterator[str]:
    """Yield what people are shown."""
    from postroom.pipeline.explain import printable

    yield _engine(status, now)
    if status.disk_free is not None:
        yield f"disk: {status.disk_free / 1e9:,.1f} GB free"
    for name, each in status.accounts.items():
        yield printable(f"{name}: {_account(each, now)}")
        if each.code:
            again = f"; next try {_from_now(each.next_try, now)}" if each.next_try else ""
            yield printable(f"  {each.code} {each.message}{again}")
    for chore, why in status.chores.items():
        yield printable(f"{chore}: {why}")
    for alarm in status.alarms:
        yield printable(f"alarm {alarm.code} for {_ago(alarm.since, now)}: {alarm.message}")
        yield printable(f"  {alarm.help}")


def _engine(status: Status, now: datetime) -> str:
    written = _ago(status.written_at, now)
    if not status.running:
        return f"no engine runs; the last one was stopped {written} ago"
    if not status.alive(now):
        return (
            f"the engine (process {status.pid}) has died or hangs: its last word is {written} old"
        )
    return f"the engine (process {status.pid}) runs since {_ago(status.began, now)}"


def _account(each: AccountStatus, now: datetime) -> str:
    if each.state == "off":
        return "off"
    told = [each.state]
    if each.last_look:
        told.append(f"looked into {_ago(each.last_look, now)} ago")
    message = f"last message {_ago(each.last_message, now)} ago" if each.last_message else ""
    told.append(message or "no message yet")
    if each.failures:
        told.append(f"{each.failures} failures in a row")
    if each.waiting is not None:
        told.append(f"{each.waiting:,} on the server")
    if each.behind_since:
        told.append(f"lags for {_ago(each.behind_since, now)}")
    if each.quarantined:
        told.append(f"{each.quarantined:,} in quarantine")
    if each.unsent_since:
        told.append(f"{each.unsent:,} to be sent, the oldest for {_ago(each.unsent_since, now)}")
    if each.oversize:
        told.append(f"{each.oversize:,} not had in full")
    return ", ".join(told)


def _from_now(time: datetime, now: datetime) -> str:
    seconds = round((time - now).total_seconds())
    return f"in {seconds} s" if seconds > 0 else "now"


def _ago(time: datetime, now: datetime) -> str:
    from postroom.runtime.watching.complaints import span

    seconds = round((now - time).total_seconds())
    return f"{max(seconds, 0)} s" if seconds < 120 else span(now - time)  # noqa: PLR2004
