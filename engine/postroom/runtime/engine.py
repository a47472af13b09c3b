"""The engine: envelopes in, one durable commit out.

Reading and deciding are pure; what is looked up before and written after is one step under one
lock, for ids and facts hold only until somebody else commits. A batch that fails is halved until
what fails stands alone, so that one message cannot sink the others.
"""

from __future__ import annotations

import hashlib
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from threading import Lock
from typing import TYPE_CHECKING

from postroom.hooks.failpoints import failpoint
from postroom.ledger.dedupe import Sightings
from postroom.ledger.events import (
    engine_stopped,
    mail_left_alone,
    message_given_up,
    rules_activated,
)
from postroom.ledger.item import Item, Link
from postroom.ledger.rows import settle
from postroom.model.batch import Batch, Cursor, Received
from postroom.model.decision import Clocked
from postroom.model.sealing import SALT_BYTES
from postroom.pipeline.decide import decide
from postroom.pipeline.knowledge import Knowledge
from postroom.pipeline.lookup import wanted
from postroom.runtime.alarms import Alarms, with_alarm
from postroom.runtime.breaker import Breaker, cause, failure
from postroom.runtime.connect import connect
from postroom.runtime.events import Alarmed, Committed
from postroom.runtime.quarantine import Held, died, not_had, quarantined, unread, why
from postroom.runtime.reading import IN_PROCESS, Reader
from postroom.runtime.scanners import Scanners
from postroom.runtime.senders import Senders
from postroom.runtime.vitals import AllVitals
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from postroom.hooks.contracts import Store, Transport
    from postroom.hooks.manager import Plugins
    from postroom.identity.token import Tokens
    from postroom.ledger.events import Activation
    from postroom.model.batch import Entry, Found
    from postroom.model.decision import Decision
    from postroom.model.envelope import Envelope
    from postroom.model.facts import Facts, Scan
    from postroom.model.message import Message
    from postroom.rules.ruleset import Account, Receive, RuleSet
    from postroom.runtime.clock import Clock
    from postroom.runtime.events import Event, Listener
    from postroom.runtime.secrets import Secrets
    from postroom.runtime.settings import Folders
    from postroom.runtime.shadow import Shadow

_DOES_NOT_FIT = "PR524"
"""The one problem of a store that a message can be the reason for."""
ATTEMPTS = 3
"""Engines that may die with a message in hand before it is quarantined unread."""
_SALTS = 256
"""Fetched at once."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that was fetched and read, and is not decided yet."""

    envelope: Envelope
    message: Message
    received_at: datetime
    checked_here: str = ""
    """What a plugin found out about its sender, as RFC 8601 results."""
    scan: Scan | None = None
    """What another says of malware in it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Messages of an account that are in hand: read, and not decided yet."""

    account: Account
    arrived: Sequence[Arrived]
    note: int
    """The number under which the store knows that they are in hand."""


@dataclass(eq=False)
class Engine:
    """Rules, a store, keys and a clock. `postroom.runtime.start.assemble` makes one.

    What decides, `rules` and `tokens`, changes only under the lock: no batch sees two rule sets.
    """

    rules: RuleSet
    store: Store
    tokens: Tokens
    """Changed by `use_tokens` and `decide_by` alone."""
    plugins: Plugins
    secrets: Secrets
    clock: Clock
    listener: Listener
    """Hears of everything; called by several threads."""
    reader: Reader = IN_PROCESS
    folders: Folders | None = None
    """Where all of it lies; None: nobody can reach the engine with requests."""
    importing: bool = False
    """Whether all mail is old mail that is brought in: nobody is answered or told."""
    shadow: Shadow | None = None
    """A second rule set, which is told what was decided."""
    _lock: Lock = field(default_factory=Lock, repr=False)
    _breaker: Breaker = field(default_factory=Breaker, repr=False)
    _alarms: Alarms = field(default_factory=Alarms, repr=False)
    _suspect: Lock = field(default_factory=Lock, repr=False)
    """Held by whoever handles a message that engines died with."""

    def __post_init__(self) -> None:
        """Have plugins ready that know senders and malware."""
        self.vitals = AllVitals(self.clock.now())
        self._senders = Senders(self.plugins, self.secrets)
        self._scanners = Scanners(self.plugins, self.secrets)

    @property
    def receiving(self) -> Iterator[tuple[Account, Receive]]:
        """The accounts that mail is fetched for."""
        for account in self.rules.accounts.values():
            if account.active and account.receive is not None:
                yield account, account.receive

    def decide_by(self, rules: RuleSet, activation: Activation) -> None:
        """Let other rules decide, from the next batch on that is looked up.

        Raises Problem PR521 if their tables would lose what records hold, and other PR52x; then the
        rules that decide go on, and so do their tables.
        """
        sources = {source.name: source.text for source in rules.sources}
        with self._lock:
            before, now = self.rules, self.clock.now()
            self.store.declare(rules.tables)
            try:
                tokens = replace(self.tokens, tables=self.store.table_ids())
                known = replace(activation, tables=tokens.tables)
                self.store.remember_rules(rules.hash, sources)
                entry = rules_activated(rules.hash, sources, now, known)
                self.store.commit(Batch(entries=[entry]))
            except BaseException:
                self.store.declare(before.tables)
                raise
            self.rules, self.tokens = rules, tokens

    def connect(self, account: Account, receive: Receive) -> Transport:
        """Return a transport of the account; nothing is sent yet. Raises Problem PR410."""
        data = self.folders.data if self.folders else None
        return connect(self.plugins, self.secrets, account, receive, data)

    def process(self, account: Account, envelopes: Sequence[Envelope]) -> list[Decision]:
        """Read messages, decide them, and make durable all that follows.

        Raises what `take` and `commit` raise.
        """
        decisions: list[Decision] = []
        for deaths, group in self.groups(account, envelopes):
            if deaths:
                decisions += self.process_alone(account, group[0], deaths)
            else:
                decisions += self.commit(self.take(account, group))
        return decisions

    def groups(
        self, account: Account, envelopes: Sequence[Envelope]
    ) -> Iterator[tuple[int, list[Envelope]]]:
        """Yield the messages in order, in groups that can be handled together.

        With each, how many engines died with it in hand: where any did, it is a single message.
        """
        envelopes = self._leave_alone(account, envelopes)
        if not envelopes:
            return
        suspects = self.store.suspects()
        if not suspects:
            yield 0, list(envelopes)
            return
        for deaths, group in groupby(envelopes, lambda e: suspects.get((account.name, e.place), 0)):
            if deaths:
                yield from ((deaths, [each]) for each in group)
            else:
                yield 0, list(group)

    def _leave_alone(self, account: Account, envelopes: Sequence[Envelope]) -> Sequence[Envelope]:
        """Note that mail is known which came before the account was to start; return the rest."""
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
        cursors = () if rest else _cursors(account, old)
        received = [Received(account.name, each.place, 0) for each in old]
        entry = mail_left_alone(account.name, start_at, len(old), self.clock.now())
        self.store.commit(Batch(received=received, entries=[entry], cursors=cursors))
        return rest

    def _imported(self, account: Account, arrived: Arrived) -> bool:
        before = account.receive.import_before if account.receive else None
        return self.importing or (before is not None and arrived.received_at < before)

    def process_alone(self, account: Account, envelope: Envelope, deaths: int) -> list[Decision]:
        """Handle a message that engines died with: no other such message is in hand meanwhile.

        After `ATTEMPTS` deaths it is quarantined, and nobody looks into it any more. There is no
        decision about one that is known and lies in a new place.
        """
        with self._suspect:
            if deaths < ATTEMPTS:
                return self.commit(self.take(account, [envelope]))
            digest = hashlib.sha256(envelope.raw).hexdigest()
            unseen = self._arrived(envelope, unread(digest, envelope.size, ""))
            note = self.store.take_in_hand(account.name, [envelope.place])
            with self._in_hand(note):
                return [self._set_aside(account, unseen, died(deaths), deaths)]

    def take(self, account: Account, envelopes: Sequence[Envelope]) -> Taken:
        """Note that messages are in hand, and read them in full; several threads may, at once.

        Follow it with `commit`, or with `drop`. Raises Problem PR532, PR523.
        """
        failpoint("fetched")
        self.reader.prepare()  # a message is not to blame for an engine that dies before that
        note = self.store.take_in_hand(account.name, [each.place for each in envelopes])
        failpoint("marked")
        try:
            messages = self.reader.read([(each.raw, each.mail_from) for each in envelopes])
            mail = [(e.raw, message) for e, message in zip(envelopes, messages, strict=True)]
            checked = self._senders.check(account, mail)
            scans = self._scanners.scan(account, mail)
        except BaseException:
            self.store.let_go(note, done=False)
            raise
        failpoint("read")
        each_of = zip(envelopes, messages, checked, scans, strict=True)
        arrived = [self._arrived(*each) for each in each_of]
        return Taken(account, arrived, note)

    def drop(self, taken: Taken) -> None:
        """Let go of messages that are not handled now, through no fault of theirs."""
        self.store.let_go(taken.note, done=False)

    def commit(self, taken: Taken) -> list[Decision]:
        """Decide messages in their order and make durable all that follows from them.

        Where that fails, one half is tried and then the other: a message that cannot be handled
        is quarantined by its bytes alone. Raises Problem PR52x when the store cannot be written;
        then nothing of what is left was.
        """
        with self._in_hand(taken.note):
            return self._commit(taken.account, taken.arrived)

    @contextmanager
    def _in_hand(self, note: int) -> Iterator[None]:
        done = False
        try:
            yield
            done = True
        finally:
            self.store.let_go(note, done=done)

    def _commit(self, account: Account, arrived: Sequence[Arrived]) -> list[Decision]:
        try:
            return self._together(account, arrived)
        except Exception as error:
            if isinstance(error, Problem) and error.diagnostic.code != _DOES_NOT_FIT:
                raise
            if len(arrived) == 1:
                reason = why(error)
                _log.error(
                    "a message of `%s` is quarantined: %s", account.name, reason, exc_info=error
                )
                return [self._set_aside(account, arrived[0], reason)]
        middle = len(arrived) // 2
        return [
            *self._commit(account, arrived[:middle]),
            *self._commit(account, arrived[middle:]),
        ]

    def use_tokens(self, tokens: Tokens) -> None:
        """Make and read tokens with other keys from the next batch on. Any thread may call."""
        with self._lock:
            self.tokens = tokens

    def decide_again(
        self,
        account: Account,
        arrived: Arrived,
        seen: Callable[[Facts], Facts],
        beside: Callable[[Item, Batch], Batch],
    ) -> Item:
        """Decide a message that lies in quarantine under the present rules, as a new communication.

        `seen` says what else is known of it, `beside` what else is to be written. Nothing is
        written if it would be quarantined again, and nothing is done on its server.
        """
        one = [(arrived.envelope.raw, arrived.message)]
        (checked,), (scan,) = self._senders.check(account, one), self._scanners.scan(account, one)
        with self._lock:
            account, now = self._by_now(account), self.clock.now()
            mail = [(arrived.message, arrived.received_at)]
            found = self.store.lookup(wanted(account, mail, self.rules, self.tokens, now))
            known = Knowledge(found, account, self.rules, self.tokens, now)
            rcpt_to = arrived.envelope.rcpt_to
            facts = seen(known.facts(arrived.message, arrived.received_at, rcpt_to, checked, scan))
            decision = decide(arrived.message, facts, account, self.rules, self.tokens)
            item = Item(
                arrived.envelope, arrived.message, facts, replace(decision, after=()),
                Clocked(now, 0),
            )  # fmt: skip
            if decision.outcome != "quarantined":
                self._write(account, [], [item], [], now, partial(beside, item))
        return item

    def tell(self, event: Event) -> None:
        """Let the listener know. Whatever it does, what has happened stays as it is."""
        self.vitals.note(event, self.clock.now())
        try:
            self.listener(event)
        except Exception as error:  # noqa: BLE001 - it is not part of the engine
            _log.error("whoever listens failed at %s", type(event).__name__, exc_info=error)

    @staticmethod
    def salt() -> bytes:
        """Return a salt that was never used before."""
        return os.urandom(SALT_BYTES)

    def publish(self) -> None:
        """Bring what readers are given up to date."""
        self.store.publish()

    def close(self) -> None:
        """Note that the engine ends its work, publish, and let go of the data folder."""
        self.reader.close()
        if self.shadow is not None:
            self.shadow.close()
        try:
            self.store.commit(Batch(entries=[engine_stopped(self.clock.now())]))
        finally:
            self.store.close()

    def _arrived(
        self,
        envelope: Envelope,
        message: Message,
        checked_here: str = "",
        scan: Scan | None = None,
    ) -> Arrived:
        if envelope.problem:
            message = not_had(message, envelope)
        received_at = envelope.received_at or self.clock.now()
        return Arrived(envelope, message, received_at, checked_here, scan)

    def _together(self, account: Account, arrived: Sequence[Arrived]) -> list[Decision]:
        """Look up, decide one by one, write: one step, or none."""
        with self._lock:
            account, now = self._by_now(account), self.clock.now()
            mail = [(each.message, each.received_at) for each in arrived]
            found = self.store.lookup(wanted(account, mail, self.rules, self.tokens, now))
            items, links = self._decide(account, arrived, found, now)
            failures = [failure(item.decision) for item in items]
            self._breaker.check(account.name, self.rules.hash, failures)
            raised = self._alarms.look(account, items, found.marks, now)
            beside = partial(with_alarm, raised=raised, items=items, salt=_salts().__next__)
            self._write(account, arrived, items, links, now, beside)
            self._alarms.note(account, items, now)
            self._breaker.note(account.name, self.rules.hash, failures)
            if raised is not None:
                self.tell(Alarmed(account.name, raised.found))
            if self.shadow is not None:
                self.shadow.offer(self.rules, items)
        return [item.decision for item in items]

    def _by_now(self, account: Account) -> Account:
        """Return the account as the rules have it that decide now. Raises Problem PR433."""
        found = self.rules.accounts.get(account.name)
        if found is None:
            words = f"the rules have no account `{account.name}` any more"
            raise Problem(Diagnostic("PR433", words, help="its mail stays on the server"))
        return found

    def _decide(
        self, account: Account, arrived: Sequence[Arrived], found: Found, now: datetime
    ) -> tuple[list[Item], list[Link]]:
        """Decide each message with what the ones before it have changed."""
        known = Knowledge(found, account, self.rules, self.tokens, now)
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
            began = self.clock.monotonic()
            rcpt_to, received_at = each.envelope.rcpt_to, each.received_at
            facts = known.facts(
                message,
                received_at,
                rcpt_to,
                each.checked_here,
                each.scan,
                imported=self._imported(account, each),
            )
            decision = decide(message, facts, account, self.rules, self.tokens)
            known.after(message, decision)
            took = Clocked(now, round((self.clock.monotonic() - began) * 1_000_000))
            items.append(item := Item(each.envelope, message, facts, decision, took))
            sightings.note(place, message, item.communication)
        return items, links

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
            cursors=_cursors(account, [each.envelope for each in arrived]),
        )
        self.store.commit(beside(batch))
        failpoint("committed")
        decided = tuple((item.envelope, item.decision) for item in items)
        size = sum(len(each.envelope.raw) for each in arrived)
        self.tell(Committed(account.name, decided, len(links), size))

    def _set_aside(
        self, account: Account, arrived: Arrived, reason: str, deaths: int = 0
    ) -> Decision:
        """Quarantine a message by its bytes alone."""
        envelope = arrived.envelope
        bare = replace(arrived, message=unread(arrived.message.sha256, envelope.size, reason))
        mail = [(bare.message, bare.received_at)]
        with self._lock:
            account, now = self._by_now(account), self.clock.now()
            failed = [] if deaths else [cause(reason)]
            self._breaker.check(account.name, self.rules.hash, failed)
            found = self.store.lookup(wanted(account, mail, self.rules, self.tokens, now))
            known = Held(account, self.rules.hash, found, now)
            item = quarantined(envelope, bare.message, bare.received_at, known)
            more = [message_given_up(item, deaths)] if deaths else []
            self._write(account, [bare], [item], [], now, partial(_with_entries, more=more))
            self._breaker.note(account.name, self.rules.hash, failed)
        return item.decision


def _with_entries(batch: Batch, more: Sequence[Entry]) -> Batch:
    return replace(batch, entries=[*batch.entries, *more])


def _cursors(account: Account, envelopes: Sequence[Envelope]) -> list[Cursor]:
    """Return how far each mailbox is read: to the last of its messages, for they come in order."""
    last: Mapping[tuple[str, str], str] = {
        (each.place.mailbox, each.place.epoch): each.place.key for each in envelopes
    }
    return [Cursor(account.name, mailbox, epoch, key) for (mailbox, epoch), key in last.items()]


def _salts() -> Iterator[bytes]:
    """Yield salts without end, none twice. The system is asked for many at once."""
    while True:
        block = os.urandom(_SALTS * SALT_BYTES)
        for start in range(0, len(block), SALT_BYTES):
            yield block[start : start + SALT_BYTES]
