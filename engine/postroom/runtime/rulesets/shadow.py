"""A second rule set that decides each message too, and is never obeyed.

It works behind the engine, in a thread of its own, on what was decided and is durable: messages,
facts and all. What it concludes goes into the audit log beside the decision, in the classes of a
replay. Where it cannot keep up it leaves messages out and counts them; whatever fails in it costs
its own conclusion and nothing else.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from postroom.ledger.shadow import Told, shadow_decision
from postroom.model.batch import Batch
from postroom.model.sealing import SALT_BYTES
from postroom.pipeline.conclusion import concluded
from postroom.pipeline.decide import decide
from postroom.pipeline.differences import difference
from postroom.pipeline.recorded import Asking, asked_by
from postroom.rules.load import read_folder
from postroom.runtime.events import Trouble
from postroom.runtime.rulesets.loading import ready
from postroom.source.diagnostic import RuleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from postroom.ledger.item import Item
    from postroom.model.batch import Entry
    from postroom.model.facts import Facts, Window
    from postroom.model.record import Record, RecordRef
    from postroom.rules.ruleset import RuleSet
    from postroom.runtime.engine import Engine

_WAITING = 8
"""Batches that may wait; what comes while there are so many is left out."""
_TOGETHER = 500
"""Conclusions that are written in one commit."""
_REST = 0.5
"""Seconds after which they are written, if no more come."""
_log = logging.getLogger(__name__)


def cast_shadow(engine: Engine, folder: Path) -> None:
    """Have the rules in a folder decide beside the engine's; if they do not check, say so."""
    try:
        rules = ready(read_folder(folder), engine.plugins, None)
        engine.shadow = Shadow(engine, rules)
    except RuleError as error:
        for found in error.diagnostics:
            engine.tell(Trouble("shadow", found, None))


class Shadow:
    """The second rule set at work."""

    def __init__(self, engine: Engine, rules: RuleSet) -> None:
        """Begin. The engine's own rules decide; these are asked after them."""
        self._engine, self._rules = engine, rules
        self._asking = {name: Asking(rules, each) for name, each in rules.accounts.items()}
        self._queue: Queue[tuple[RuleSet, Sequence[Item]]] = Queue(_WAITING)
        self._missed = 0
        self._counting = Lock()
        self._ending = Event()
        sources = {source.name: source.text for source in rules.sources}
        engine.store.remember_rules(rules.hash, sources)
        self._thread = Thread(target=self._work, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, decided_by: RuleSet, items: Sequence[Item]) -> None:
        """Take note of messages that were decided. Never waits."""
        try:
            self._queue.put_nowait((decided_by, items))
        except Full:
            with self._counting:
                self._missed += len(items)

    def close(self) -> None:
        """Write what is in hand, and end."""
        self._ending.set()
        self._thread.join()

    def _work(self) -> None:
        entries: list[Entry] = []
        while not (self._ending.is_set() and self._queue.empty()):
            try:
                decided_by, items = self._queue.get(timeout=_REST)
            except Empty:
                entries = self._written(entries)
                continue
            entries += [self._entry(decided_by, item) for item in items]
            if len(entries) >= _TOGETHER:
                entries = self._written(entries)
        self._written(entries)

    def _written(self, entries: list[Entry]) -> list[Entry]:
        """Write conclusions; those that cannot be written now are given up."""
        if entries:
            try:
                self._engine.store.commit(Batch(entries=entries))
            except Exception as error:  # noqa: BLE001 - nothing of it may reach the real work
                _log.warning("conclusions of the shadow are lost", exc_info=error)
        return []

    def _entry(self, decided_by: RuleSet, item: Item) -> Entry:
        now = self._engine.clock.now()
        told = Told(self._rules.hash)
        try:
            self._conclude(decided_by, item, told)
        except Exception as error:  # noqa: BLE001 - a shadow that fails is only that
            _log.warning("the shadow failed at message %d", item.communication, exc_info=error)
            told = Told(self._rules.hash, words=(type(error).__name__,))
        with self._counting:
            told.missed, self._missed = self._missed, 0
        return shadow_decision(item, told, now, lambda: os.urandom(SALT_BYTES))

    def _conclude(self, decided_by: RuleSet, item: Item, told: Told) -> None:
        rules, message = self._rules, item.message
        account = rules.accounts.get(item.facts.account)
        if account is None:
            told.kind = "no_account"
            return
        now = Now(same_contacts=rules.contacts == decided_by.contacts)
        facts = asked_by(self._asking[account.name], message, item.facts, now)
        decision = decide(message, facts, account, rules, self._engine.tokens)
        found = difference(concluded(item.decision), concluded(decision))
        told.kind, told.words, told.outcome = found.kind, found.words, decision.outcome
        told.fired = tuple(each.id for each in decision.fired if not each.shadow)
        told.unknown = tuple(dict.fromkeys(now.unknown))


@dataclass(slots=True)
class Now:
    """The past, where nothing is looked up but what the real rules asked for."""

    same_contacts: bool
    unknown: list[str] = field(default_factory=list)

    def version(self, ref: RecordRef, revision: int) -> Record | None:
        """Return nothing: it was not asked for."""
        del ref, revision
        self.unknown.append("records")
        return None

    def record(self, ref: RecordRef) -> Record | None:
        """Return nothing: it was not asked for."""
        return self.version(ref, 0)

    def contact(self, address: str) -> Record | None:
        """Return None, which is the answer where the real rules asked the same."""
        del address
        if not self.same_contacts:
            self.unknown.append("contacts")
        return None

    def count(self, window: Window, sender: str, facts: Facts) -> int:
        """Return 0, and say that nobody knows."""
        del window, sender, facts
        self.unknown.append("counts")
        return 0
