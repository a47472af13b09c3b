"""Mail that came before an account was to start: it is noted, and nothing is done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.ledger.events import mail_left_alone
from postroom.model.batch import Batch, Received
from postroom.runtime.position import read_to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.model.envelope import Envelope
    from postroom.rules.ruleset import Account
    from postroom.runtime.engine import Engine


def leave_alone(
    engine: Engine, account: Account, envelopes: Sequence[Envelope]
) -> Sequence[Envelope]:
    """Note that mail is known which is too old for the account; return the rest."""
    start_at = account.receive.start_at if account.receive else None
    if start_at is None:
        return envelopes
    old: list[Envelope] = []
    rest: list[Envelope] = []
    for each in envelopes:
        is_old = each.received_at is not None and each.received_at < start_at
        (old if is_old else rest).append(each)
    if not old:
        return envelopes
    # with other mail among them, the cursor moves on when that is decided
    cursors = () if rest else read_to(account.name, old)
    received = [Received(account.name, each.place, 0) for each in old]
    entry = mail_left_alone(account.name, start_at, len(old), engine.clock.now())
    engine.store.commit(Batch(received=received, entries=[entry], cursors=cursors))
    return rest
