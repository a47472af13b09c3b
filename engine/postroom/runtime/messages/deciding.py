"""Look up, decide, write: one step under one lock, or none.

Ids and facts hold only until somebody else commits. What decides, the rules and the tokens, changes
under the same lock, so no batch sees two rule sets.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from postroom.hooks.failpoints import failpoint
from postroom.ledger.dedupe import Sightings
from postroom.ledger.events import message_given_up
from postroom.ledger.item import Item, Link
from postroom.ledger.rows import settle
from postroom.model.decision import Clocked
from postroom.model.sealing import SALT_BYTES
from postroom.pipeline.decide import decide
from postroom.pipeline.knowledge import Knowledge
from postroom.pipeline.lookup import wanted
from postroom.runtime.breaker import Breaker, cause, failure
from postroom.runtime.events import Alarmed, Committed
from postroom.runtime.messages.quarantine import Held, quarantined, unread
from postroom.runtime.position import read_to
from postroom.runtime.watching.alarms import Alarms, with_alarm
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from postroom.model.batch import Batch, Entry, Found
    from postroom.model.decision import Decision
    from postroom.model.facts import Facts
    from postroom.rules.ruleset import Account
    from postroom.runtime.engine import Engine
    from postroom.runtime.messages.arrived import Arrived

_SALTS = 256
"""Fetched at once."""


class Deciding:
    """Decides for an engine, by the rules that it has at the moment. Any thread may call."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._breaker = Breaker()
        self._alarms = Alarms()
        self.lock = Lock()
        """Held while something is decided, and while that changes by which it is."""

    def together(self, account: Account, arrived: Sequence[Arrived]) -> list[Decision]:
        """Decide messages one by one, and write what follows from all of them."""
        engine = self._engine
        with self.lock:
            account, now = self._by_now(account), engine.clock.now()
            found = self._lookup(account, arrived, now)
            items, links = self._decide(account, arrived, found, now)
            failures = [failure(item.decision) for item in items]
            self._breaker.check(account.name, engine.rules.hash, failures)
            raised = self._alarms.look(account, items, found.marks, now)
            beside = partial(with_alarm, raised=raised, items=items, salt=_salts().__next__)
            self._write(account, arrived, items, links, now, beside)
            self._alarms.note(account, items, now)
            self._breaker.note(account.name, engine.rules.hash, failures)
            if raised is not None:
                engine.tell(Alarmed(account.name, raised.found))
            if engine.shadow is not None:
                engine.shadow.offer(engine.rules, items)
        return [item.decision for item in items]

    def set_aside(
        self, account: Account, arrived: Arrived, reason: str, deaths: int = 0
    ) -> Decision:
        """Quarantine a message by its bytes alone; deaths: of engines, where they are the reason.

        The log then says so.
        """
        engine, envelope = self._engine, arrived.envelope
        bare = replace(arrived, message=unread(arrived.message.sha256, envelope.size, reason))
        with self.lock:
            account, now = self._by_now(account), engine.clock.now()
            failed = [] if deaths else [cause(reason)]
            self._breaker.check(account.name, engine.rules.hash, failed)
            found = self._lookup(account, [bare], now)
            known = Held(account, engine.rules.hash, found, now)
            item = quarantined(envelope, bare.message, bare.received_at, known)
            more = [message_given_up(item, deaths)] if deaths else []
            self._write(account, [bare], [item], [], now, partial(_with_entries, more=more))
            self._breaker.note(account.name, engine.rules.hash, failed)
        return item.decision

    def again(
        self,
        account: Account,
        arrived: Arrived,
        seen: Callable[[Facts], Facts],
        beside: Callable[[Item, Batch], Batch],
    ) -> Item:
        """Decide a message that lies in quarantine, as a new communication."""
        engine = self._engine
        with self.lock:
            account, now = self._by_now(account), engine.clock.now()
            found = self._lookup(account, [arrived], now)
            known = Knowledge(found, account, engine.rules, engine.tokens, now)
            facts = seen(
                known.facts(
                    arrived.message,
                    arrived.received_at,
                    arrived.envelope.rcpt_to,
                    arrived.checked_here,
                    arrived.scan,
                )
            )
            decision = decide(arrived.message, facts, account, engine.rules, engine.tokens)
            item = Item(
                arrived.envelope, arrived.message, facts, replace(decision, after=()),
                Clocked(now, 0),
            )  # fmt: skip
            if decision.outcome != "quarantined":
                self._write(account, [], [item], [], now, partial(beside, item))
        return item

    def _by_now(self, account: Account) -> Account:
        """Return the account as the rules have it that decide now. Raises Problem PR433."""
        found = self._engine.rules.accounts.get(account.name)
        if found is None:
            words = f"the rules have no account `{account.name}` any more"
            raise Problem(Diagnostic("PR433", words, help="its mail stays on the server"))
        return found

    def _lookup(self, account: Account, arrived: Sequence[Arrived], now: datetime) -> Found:
        """Return all that the rules may ask about messages."""
        engine = self._engine
        mail = [(each.message, each.received_at) for each in arrived]
        return engine.store.lookup(wanted(account, mail, engine.rules, engine.tokens, now))

    def _decide(
        self, account: Account, arrived: Sequence[Arrived], found: Found, now: datetime
    ) -> tuple[list[Item], list[Link]]:
        """Decide each message with what the ones before it have changed."""
        engine = self._engine
        known = Knowledge(found, account, engine.rules, engine.tokens, now)
        sightings = Sightings(found, account.name)
        items: list[Item] = []
        links: list[Link] = []
        for each in arrived:
            place, message = each.envelope.place, each.message
            sighting = sightings.judge(place, message)
            if sighting.kind == "link" and sighting.of is not None:
                links.append(Link(place, sighting.of, message.sha256))
                sightings.note(place, message, sighting.of)
                continue
            began = engine.clock.monotonic()
            facts = known.facts(
                message,
                each.received_at,
                each.envelope.rcpt_to,
                each.checked_here,
                each.scan,
                imported=self._imported(account, each),
            )
            decision = decide(message, facts, account, engine.rules, engine.tokens)
            known.after(message, decision)
            took = Clocked(now, round((engine.clock.monotonic() - began) * 1_000_000))
            items.append(item := Item(each.envelope, message, facts, decision, took))
            sightings.note(place, message, item.communication)
        return items, links

    def _imported(self, account: Account, arrived: Arrived) -> bool:
        before = account.receive.import_before if account.receive else None
        return self._engine.importing or (before is not None and arrived.received_at < before)

    def _write(
        self,
        account: Account,
        arrived: Sequence[Arrived],
        items: Sequence[Item],
        links: Sequence[Link],
        now: datetime,
        beside: Callable[[Batch], Batch],
    ) -> None:
        """Write what follows from decisions, and what `beside` adds to it."""
        failpoint("decided")
        batch = settle(
            account.name,
            items,
            salt=_salts().__next__,
            now=now,
            links=links,
            cursors=read_to(account.name, [each.envelope for each in arrived]),
        )
        self._engine.store.commit(beside(batch))
        failpoint("committed")
        decided = tuple((item.envelope, item.decision) for item in items)
        size = sum(len(each.envelope.raw) for each in arrived)
        self._engine.tell(Committed(account.name, decided, len(links), size))


def _with_entries(batch: Batch, more: Sequence[Entry]) -> Batch:
    return replace(batch, entries=[*batch.entries, *more])


def _salts() -> Iterator[bytes]:
    """Yield salts without end, none twice. The system is asked for many at once."""
    while True:
        block = os.urandom(_SALTS * SALT_BYTES)
        for start in range(0, len(block), SALT_BYTES):
            yield block[start : start + SALT_BYTES]
