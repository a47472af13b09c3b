"""From decisions to the rows of one commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postroom.ledger import events
from postroom.ledger.changes import changed
from postroom.ledger.entries import decision
from postroom.mail.addresses import canonical
from postroom.model.batch import (
    Batch,
    Communication,
    OutboxRow,
    PlannedAction,
    Received,
)
from postroom.model.plain import well_formed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from postroom.ledger.item import Item, Link
    from postroom.model.batch import Cursor, Entry
    from postroom.model.decision import RecordChange

_NOTE = 2_000
"""Characters of a failure report that are noted on the mail that came back."""


def settle(
    account: str,
    items: Sequence[Item],
    *,
    salt: Callable[[], bytes],
    now: datetime,
    links: Sequence[Link] = (),
    cursors: Sequence[Cursor] = (),
) -> Batch:
    """Return all rows of one commit, in the order of the messages.

    salt gives `postroom.model.sealing.SALT_BYTES` random bytes at each call; now is the time with
    which records and links are stamped.
    """
    return Batch(
        received=[Received(account, item.envelope.place, item.communication) for item in items],
        renumbered=[Received(account, link.place, link.communication) for link in links],
        communications=[_communication(item) for item in items if item.decision.repeats is None],
        changes=[change for item in items for change in _changes(item)],
        entries=[
            *(events.message_linked(account, link, now) for link in links),
            *(entry for item in items for entry in _entries(item, salt)),
        ],
        notices=[row for item in items for row in _notices(item)],
        actions=[action for item in items for action in _actions(item)],
        cursors=list(cursors),
        bounced=[noted for item in items if (noted := _bounced(item))],
        written_at=now,
    )


def _changes(item: Item) -> Iterator[RecordChange]:
    """Yield what becomes of records; one that is imported is as old as its mail."""
    change = item.decision.change
    if change is not None:
        imported = item.facts.imported
        yield replace(change, written_at=item.facts.received_at) if imported else change
    for link in item.decision.links:
        yield link.change


def _communication(item: Item) -> Communication:
    message, found = item.message, item.decision
    return Communication(
        id=item.facts.communication,
        account=item.facts.account,
        direction="in",
        sha256=message.sha256,
        size=message.size,
        raw=item.envelope.raw,
        message_id=well_formed(message.message_id),
        references=tuple(
            dict.fromkeys(map(well_formed, (*message.in_reply_to, *message.references)))
        ),
        submission=message.submission if message.message_id else "",
        sender=_address(message.from_.addr_spec),
        recipients=tuple(
            dict.fromkeys(_address(each.addr_spec) for each in (*message.to, *message.cc))
        ),
        subject=well_formed(message.subject),
        received_at=item.facts.received_at,
        decided_at=item.clocked.decided_at,
        class_=message.class_,
        outcome=found.outcome,
        ref=found.ref,
        sender_state=found.sender_state,
        verified=found.verified and found.ref is not None,
    )


def _address(addr_spec: str) -> str:
    return well_formed(canonical(addr_spec))


def _entries(item: Item, salt: Callable[[], bytes]) -> Iterator[Entry]:
    found = item.decision
    yield decision(item, salt)
    if item.facts.message_id_reused:
        yield events.message_id_reused(item, salt)
    if item.facts.token.problem:
        yield events.token_refused(item)
    if found.change:
        yield changed(
            found.change,
            salt,
            recorded_at=item.clocked.decided_at,
            account=item.facts.account,
            communication=item.communication,
            provenance=found.provenance,
            sender_state=found.sender_state,
        )
    for link in found.links:
        yield changed(
            link.change,
            salt,
            recorded_at=item.clocked.decided_at,
            account=link.account,
            communication=item.communication,
            provenance=link.provenance,
            sender_state=found.sender_state,
            origin="link",
        )
    for notice in found.notices:
        yield events.notice_queued(item, notice, salt)
    if noted := _bounced(item):
        yield events.message_bounced(item, noted[1], salt)


def _notices(item: Item) -> Iterator[OutboxRow]:
    at = item.clocked.decided_at
    for notice in item.decision.notices:
        yield OutboxRow(0, item.facts.account, item.communication, notice, at, at)


def _actions(item: Item) -> Iterator[PlannedAction]:
    for after in item.decision.after:
        if after.verb == "keep":
            continue
        at = item.clocked.decided_at
        yield PlannedAction(
            account=item.facts.account,
            place=item.envelope.place,
            verb=after.verb,
            target=after.target,
            due_at=at + after.delay if after.delay else at,
            sha256=item.message.sha256,
            communication=item.communication,
        )


def _bounced(item: Item) -> tuple[int, str] | None:
    """Return which mail of ours came back, with the words of the report."""
    if item.facts.bounced is None or item.decision.outcome != "bounced":
        return None
    dsn = item.message.dsn
    words = (dsn.final_recipient, dsn.action, dsn.status, dsn.diagnostic_code)
    return item.facts.bounced, well_formed(" ".join(filter(None, words)))[:_NOTE]
