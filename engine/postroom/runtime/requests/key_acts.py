"""What an engine does when `postroom keys` asks: change the keys, use them, write it down.

In that order: the file first, so that what is revoked stays revoked whatever fails afterwards.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from postroom.identity.token import Tokens
from postroom.ledger.key_events import keys_changed
from postroom.model.batch import Batch
from postroom.model.record import RecordRef
from postroom.model.sealing import SALT_BYTES
from postroom.runtime.keys import keep_keys, new_secret, open_keys
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postroom.identity.keyring import Keys
    from postroom.ledger.key_events import KeyAct
    from postroom.model.plain import Json
    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.engine import Engine
    from postroom.runtime.requests.files import Request

MOST_DAYS = 36_500


def rotate(engine: Engine, asked: Request) -> Mapping[str, Json]:
    """Have a new key sign; the one before is accepted for `days` more. Raises Problem PR460."""
    days = asked.body["days"]
    if not isinstance(days, int) or not 0 <= days <= MOST_DAYS:
        raise _refused(f"an older key is accepted for 0 to {MOST_DAYS:,} days more")
    now = engine.clock.now()
    until = now + timedelta(days=days)
    keys = _changed(engine, asked, lambda keys: keys.rotated(new_secret(), until, now))
    what = {"key": keys.ring.newest, "older_until": until}
    return _written(engine, asked, "key_rotated", what)


def revoke(engine: Engine, asked: Request) -> Mapping[str, Json]:
    """Accept no token of a key any more. Raises Problem PR460."""
    number = asked.body["key"]
    if not isinstance(number, int):
        raise _refused("a key is named by its number")
    now = engine.clock.now()
    keys = _changed(engine, asked, lambda keys: keys.without(number, new_secret(), now))
    what = {"key": number, "signs_now": keys.ring.newest}
    return _written(engine, asked, "key_revoked", what)


def revoke_record(engine: Engine, asked: Request) -> Mapping[str, Json]:
    """Accept none of the tokens that a record has had so far. Raises Problem PR462."""
    ref = record_named(str(asked.body["record"]), engine.rules)
    if ref is None or engine.store.record(ref) is None:
        raise _no_record(str(asked.body["record"]))
    keys = _changed(engine, asked, lambda keys: keys.revoking(ref))
    what = {"ref": {"table": ref.table, "id": ref.id}, "generation": keys.generations[ref]}
    return _written(engine, asked, "record_tokens_revoked", what)


def record_named(words: str, rules: RuleSet) -> RecordRef | None:
    """Return the record that `SUP-4711`, or `ticket:4711`, names; None if it names none."""
    table_name, _, after_colon = words.strip().partition(":")
    for table in rules.tables.values():
        prefix, _, number = words.strip().rpartition("-")
        by_number = table.number and prefix.casefold() == table.number.casefold()
        digits = number if by_number else after_colon if table_name == table.name else ""
        if digits.isascii() and digits.isdigit() and len(digits) < len(str(2**63)):
            return RecordRef(table.name, int(digits))
    return None


def _changed(engine: Engine, asked: Request, change: Callable[[Keys], Keys]) -> Keys:
    """Change the keys, once for each request, and have the engine use them."""
    if engine.folders is None:
        raise _refused("this engine has no folder for its keys")
    keys = open_keys(engine.folders.keys)
    if keys.request != asked.id:
        try:
            keys = replace(change(keys), request=asked.id)
        except ValueError as error:
            raise _refused(str(error)) from None
        keep_keys(engine.folders.keys, keys)
    engine.use_tokens(Tokens(keys.ring, engine.tokens.tables, keys.generations))
    return keys


def _written(
    engine: Engine, asked: Request, act: KeyAct, what: Mapping[str, Any]
) -> Mapping[str, Json]:
    entry = keys_changed(
        act,
        what,
        engine.clock.now(),
        partial(os.urandom, SALT_BYTES),
        request=asked.id,
        by=asked.by,
        reason=asked.reason,
    )
    engine.store.commit(Batch(entries=[entry]))
    return {name: entry.body[name] for name in what}


def _refused(why: str) -> Problem:
    hint = "`postroom keys list` shows the ring"
    return Problem(Diagnostic("PR460", f"the keys stay as they are: {why}", help=hint))


def _no_record(words: str) -> Problem:
    hint = "write its number, such as SUP-4711, or its table and id: `ticket:4711`"
    return Problem(Diagnostic("PR462", f"there is no record `{words}`", help=hint))
