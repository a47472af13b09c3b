"""The engine: envelopes in, one durable commit out.

What it is made of stands in modules of its own: `taking` notes messages as in hand and reads them,
`deciding` looks up, decides and writes, `suspects` handles what engines died with. A batch that
fails is halved until what fails stands alone, so that one message cannot sink the others.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postroom.ledger.events import engine_stopped, rules_activated
from postroom.model.batch import Batch
from postroom.model.sealing import SALT_BYTES
from postroom.runtime.connect import connect
from postroom.runtime.messages.deciding import Deciding
from postroom.runtime.messages.left_alone import leave_alone
from postroom.runtime.messages.quarantine import why
from postroom.runtime.messages.suspects import Caution, Group, grouped
from postroom.runtime.messages.taking import Taking
from postroom.runtime.reading.reader import IN_PROCESS, Reader
from postroom.runtime.watching.vitals import AllVitals
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postroom.hooks.contracts import Store, Transport
    from postroom.hooks.manager import Plugins
    from postroom.identity.token import Tokens
    from postroom.ledger.events import Activation
    from postroom.ledger.item import Item
    from postroom.model.decision import Decision
    from postroom.model.envelope import Envelope
    from postroom.model.facts import Facts
    from postroom.rules.ruleset import Account, Receive, RuleSet
    from postroom.runtime.clock import Clock
    from postroom.runtime.events import Event, Listener
    from postroom.runtime.messages.arrived import Arrived, Taken
    from postroom.runtime.rulesets.shadow import Shadow
    from postroom.runtime.secrets import Secrets
    from postroom.runtime.settings import Folders

_DOES_NOT_FIT = "PR524"
"""The one problem of a store that a message can be the reason for."""
_log = logging.getLogger(__name__)


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

    def __post_init__(self) -> None:
        """Put its parts together."""
        self.vitals = AllVitals(self.clock.now())
        self.began = (self.clock.now(), self.clock.monotonic())
        """The time of day, and that of the steady clock."""
        self.published: int | None = None
        """The state that readers have; None: nothing was published yet in this run."""
        self._taking = Taking(self)
        self._deciding = Deciding(self)
        self._caution = Caution(self)

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
        with self._deciding.lock:
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
        for group in self.groups(account, envelopes):
            if group.deaths is None:
                decisions += self.commit(self.take(account, group.envelopes))
            else:
                decisions += self.process_suspects(account, group)
        return decisions

    def groups(self, account: Account, envelopes: Sequence[Envelope]) -> Iterator[Group]:
        """Yield the messages in order, in groups that can be handled together.

        What came before the account was to start is left out, and noted as known.
        """
        rest = leave_alone(self, account, envelopes)
        if rest:
            yield from grouped(account.name, rest, self.store.suspects())

    def process_suspects(self, account: Account, group: Group) -> list[Decision]:
        """Handle messages that engines died with: no other such message is in hand meanwhile.

        A message against which too many deaths count is quarantined, and nobody looks into it.
        There is no decision about one that is known and lies in a new place.
        """
        return self._caution.process(account, group)

    def give_up(self, account: Account, envelope: Envelope, reason: str, deaths: int) -> Decision:
        """Quarantine a message that engines died with, by its bytes alone."""
        taken = self._taking.unread(account, envelope)
        with self._taking.until_done(taken):
            return self._deciding.set_aside(account, taken.arrived[0], reason, deaths)

    def take(self, account: Account, envelopes: Sequence[Envelope]) -> Taken:
        """Note that messages are in hand, and read them in full; several threads may, at once.

        Follow it with `commit`, or with `drop`. Raises Problem PR532, PR523.
        """
        return self._taking.take(account, envelopes)

    def drop(self, taken: Taken) -> None:
        """Let go of messages that are not handled now, through no fault of theirs."""
        self.store.let_go(taken.note, done=False)

    def commit(self, taken: Taken) -> list[Decision]:
        """Decide messages in their order and make durable all that follows from them.

        Where that fails, one half is tried and then the other: a message that cannot be handled
        is quarantined by its bytes alone. Raises Problem PR52x when the store cannot be written;
        then nothing of what is left was.
        """
        with self._taking.until_done(taken):
            return self._commit(taken.account, taken.arrived)

    def _commit(self, account: Account, arrived: Sequence[Arrived]) -> list[Decision]:
        try:
            return self._deciding.together(account, arrived)
        except Exception as error:
            if isinstance(error, Problem) and error.diagnostic.code != _DOES_NOT_FIT:
                raise
            if len(arrived) == 1:
                reason = why(error)
                _log.error(
                    "a message of `%s` is quarantined: %s", account.name, reason, exc_info=error
                )
                return [self._deciding.set_aside(account, arrived[0], reason)]
        middle = len(arrived) // 2
        return [
            *self._commit(account, arrived[:middle]),
            *self._commit(account, arrived[middle:]),
        ]

    def use_tokens(self, tokens: Tokens) -> None:
        """Make and read tokens with other keys from the next batch on. Any thread may call."""
        with self._deciding.lock:
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
        ((checked, scan),) = self._taking.asked(account, [(arrived.envelope.raw, arrived.message)])
        now_known = replace(arrived, checked_here=checked, scan=scan)
        return self._deciding.again(account, now_known, seen, beside)

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
        self.published = self.store.publish()

    def close(self) -> None:
        """Note that the engine ends its work, publish, and let go of the data folder."""
        self.reader.close()
        if self.shadow is not None:
            self.shadow.close()
        try:
            self.store.commit(Batch(entries=[engine_stopped(self.clock.now())]))
        finally:
            self.store.close()
