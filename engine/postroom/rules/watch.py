"""`watch`: what is worth an alarm, in an account and in the whole engine, and who hears of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.model.watch import EngineWatch, Watch
from postroom.rules import keys
from postroom.rules.given import Given, suggestion
from postroom.rules.literals import size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.rules.ruleset import Account
    from postroom.rules.world import World
    from postroom.source.nodes import Entry

_SHORTEST = timedelta(minutes=1)
_BUILT_IN = Watch()


def read_watch(world: World, account: Given) -> Watch:
    """Return what is watched of an account."""
    if "watch" not in account:
        return _BUILT_IN
    span = account.key_span("watch")
    given = Given.open(world.findings, keys.WATCH, account.keys("watch"), "`watch`", span)
    if given is None:
        return _BUILT_IN
    spans = {
        name: given.duration(name, least=_SHORTEST) or getattr(_BUILT_IN, name)
        for name in ("silent_for", "unread_for", "behind_for", "unsent_for", "expires_within")
    }
    return Watch(**spans, tell=given.addresses("tell"))


def read_engine_watch(
    world: World, section: Entry | None, accounts: Mapping[str, Account]
) -> EngineWatch:
    """Return what is watched of the whole engine; wants the accounts to be read."""
    watch = _engine_watch(world, section, accounts) if section else EngineWatch()
    for account in accounts.values():
        if account.watch.tell and account.send is None and not watch.through:
            message = f"the account `{account.name}` has nothing to send alarms with"
            hint = "add `send:` to it, or at the top `watch: {through: ACCOUNT}`"
            world.findings.error("PR304", message, account.span, hint)
    return watch


def _engine_watch(world: World, section: Entry, accounts: Mapping[str, Account]) -> EngineWatch:
    span = section.key.span
    given = Given.open(world.findings, keys.ENGINE_WATCH, section.node, "`watch`", span)
    if given is None:
        return EngineWatch()
    tell = given.addresses("tell")
    watch = EngineWatch(tell, _through(world, given, accounts), _disk_free(world, given))
    if tell and "through" not in given:
        message = "`tell` names people, and no account takes mail to them"
        world.findings.error("PR031", message, given.key_span("tell"), "add `through:`, an account")
    return watch


def _through(world: World, given: Given, accounts: Mapping[str, Account]) -> str:
    found = given.scalar("through")
    if found is None:
        return ""
    if found.value not in accounts:
        hint = suggestion(found.value, accounts, "the accounts are") or "add it to `accounts:`"
        world.findings.error("PR245", f"there is no account `{found.value}`", found.span, hint)
    elif accounts[found.value].send is None:
        message = f"the account `{found.value}` has nothing to send this with"
        hint = f"add `send:` to the account `{found.value}`"
        world.findings.error("PR304", message, found.span, hint)
    return found.value


def _disk_free(world: World, given: Given) -> int:
    bytes_ = size(given.text("disk_free"))
    if bytes_ is None:
        message = "`disk_free` is a size"
        span = given.key_span("disk_free")
        world.findings.error("PR259", message, span, "write `disk_free: 1GB`")
        return EngineWatch().disk_free
    return int(bytes_)
