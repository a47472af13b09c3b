"""How an engine and its accounts are, as a value, and as a file beside the data.

The engine replaces the file every few seconds, so that anybody can read it, whether the engine runs
or not, without asking it or holding it up. It names accounts, and no person.
"""

from __future__ import annotations

import errno
import json
import os
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = "status.json"
EVERY = 5.0
"""Seconds between two looks of an engine."""
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
STALE = timedelta(seconds=60)
"""An engine that says that it runs, and has said nothing for so long, has died or hangs."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that is not over."""

    account: str
    """"" for the whole engine."""
    code: str
    message: str
    help: str
    since: datetime


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """How one account is."""

    use: str
    """Its transport or receiver; "" if its mail is not read."""
    state: str
    """fine, failing, starting, off."""
    last_look: datetime | None = None
    last_message: datetime | None = None
    failures: int = 0
    """In a row."""
    code: str = ""
    message: str = ""
    help: str = ""
    next_try: datetime | None = None
    behind_since: datetime | None = None
    high_water: str = ""
    waiting: int | None = None
    """Messages that lie on the server."""
    quarantined: int = 0
    """Messages that wait for a person."""
    unsent: int = 0
    """Notices that wait to be sent."""
    unsent_since: datetime | None = None
    oversize: int = 0
    outcomes: Mapping[str, int] = field(default_factory=dict)
    notices: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """How all of it is."""

    running: bool
    pid: int
    began: datetime
    written_at: datetime
    rules: str
    """Hash of the rule set."""
    disk_free: int | None = None
    """Bytes."""
    accounts: Mapping[str, AccountStatus] = field(default_factory=dict)
    chores: Mapping[str, str] = field(default_factory=dict)
    """What fails besides accounts, and why: `outbox`, `publish`."""
    alarms: tuple[Raised, ...] = ()

    def fine(self, now: datetime) -> bool:
        """Return whether an engine runs and nothing is wrong."""
        failing = any(each.state == "failing" for each in self.accounts.values())
        return self.alive(now) and not (failing or self.alarms or self.chores)

    def alive(self, now: datetime) -> bool:
        """Return whether an engine runs and has said so lately."""
        return self.running and now - self.written_at <= STALE


def as_json(status: Status) -> dict[str, Any]:
    """Return a status as JSON has it; times in ISO 8601, UTC."""
    found: dict[str, Any] = json.loads(_text(status))
    return found


def write(data: Path, status: Status) -> None:
    """Replace the file. Raises OSError, or Problem PR523 if the disk is full."""
    try:
        _replace(data, _text(status))
    except OSError as error:
        if error.errno not in _FULL:
            raise
        words = f"the disk that holds `{data}` is full: how the engine is cannot be written"
        hint = "make room; until then `postroom status` is out of date"
        raise Problem(Diagnostic("PR523", words, help=hint)) from None


def _replace(data: Path, text: str) -> None:
    fresh = data / f".{FILE}.new"
    opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(data / FILE)


def read(data: Path) -> Status:
    """Return what the engine wrote last. Raises Problem PR487 if there is nothing to read."""
    try:
        return _status(json.loads((data / FILE).read_bytes()))
    except FileNotFoundError:
        words, hint = f"no engine has run on `{data}` yet", "postroom run DIR"
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        words = f"the status in `{data / FILE}` cannot be read: {type(error).__name__}"
        hint = "use a command of the same version as the engine; it writes the file anew"
    raise Problem(Diagnostic("PR487", words, help=hint))


def _status(told: dict[str, Any]) -> Status:
    return Status(
        **{
            **_timed(told, "began", "written_at"),
            "accounts": {
                name: AccountStatus(
                    **_timed(
                        each,
                        "last_look", "last_message", "next_try", "behind_since", "unsent_since",
                    )
                )
                for name, each in told["accounts"].items()
            },
            "alarms": tuple(Raised(**_timed(each, "since")) for each in told["alarms"]),
        }
    )  # fmt: skip


def _timed(told: dict[str, Any], *names: str) -> dict[str, Any]:
    times = {name: datetime.fromisoformat(told[name]) for name in names if told[name] is not None}
    return {**told, **times}


def _text(status: Status) -> str:
    return json.dumps(status, default=_said)


def _said(value: object) -> str | dict[str, Any]:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value):  # not `asdict`, which copies whatever is in it
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(type(value).__name__)
