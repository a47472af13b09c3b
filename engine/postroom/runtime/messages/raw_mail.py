"""Let raw mail go that accounts keep no longer (`keep_raw`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.contracts import LetsRawGo
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from threading import Event

    from postroom.runtime.engine import Engine

EVERY = 600.0
"""Seconds between two looks."""
_AT_ONCE = 2_000


def let_go(engine: Engine, stop: Event) -> None:
    """Let go of what is due, of every account, whether it is switched on or not.

    Raises Problem PR581 if the store keeps raw mail for ever, and PR52x.
    """
    store: object = engine.store
    for account in engine.rules.accounts.values():
        if account.keep_raw is None:
            continue
        if not isinstance(store, LetsRawGo):
            words = f"`keep_raw` of the account `{account.name}` says nothing to this store"
            raise Problem(Diagnostic("PR581", words, help="delete it, or use another store"))
        now, gone = engine.clock.now(), _AT_ONCE
        while gone == _AT_ONCE and not stop.is_set():
            gone = store.let_raw_go(account.name, now - account.keep_raw, now, _AT_ONCE)
