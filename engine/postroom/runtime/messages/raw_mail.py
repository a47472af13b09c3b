"""Let raw mail go that accounts keep no longer (`keep_raw`)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.hooks.contracts import LetsRawGo
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from datetime import datetime
    from threading import Event

    from postroom.runtime.engine import Engine

EVERY = 600.0
"""Seconds between two looks."""
_AT_ONCE = 2_000
_TOLERATED = timedelta(days=1)
"""How far the clock may move further than time passes, before nothing is erased by it."""


def let_go(engine: Engine, stop: Event) -> None:
    """Let go of what is due, of every account, whether it is switched on or not.

    Raises Problem PR581 if the store keeps raw mail for ever, PR582 if the clock has jumped ahead,
    and PR52x.
    """
    store: object = engine.store
    for account in engine.rules.accounts.values():
        if account.keep_raw is None:
            continue
        if not isinstance(store, LetsRawGo):
            words = f"`keep_raw` of the account `{account.name}` says nothing to this store"
            raise Problem(Diagnostic("PR581", words, help="delete it, or use another store"))
        gone = _AT_ONCE
        while gone == _AT_ONCE and not stop.is_set():
            now = _now(engine)
            gone = store.let_raw_go(account.name, now - account.keep_raw, now, _AT_ONCE)


def _now(engine: Engine) -> datetime:
    """Return the time of day, if the time that has passed bears it out. Raises Problem PR582."""
    began, steadily = engine.began
    now = engine.clock.now()
    ahead = now - began - timedelta(seconds=engine.clock.monotonic() - steadily)
    if ahead <= _TOLERATED:
        return now
    words = f"the clock is {ahead.days} days ahead of the time that has passed since postroom began"
    hint = "put the clock right, or start postroom anew if it is right now"
    raise Problem(Diagnostic("PR582", f"{words}: no raw mail is let go", help=hint))
