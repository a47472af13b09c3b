"""Look after an engine from outside its work: write how it is, and raise alarms.

One alarm stands until it is over; then there is a word that it is. What stands is in the status
file, so that an engine that is started anew does not raise it again.
"""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.ledger.events import alarm_over, alarm_stands, notice_queued_for
from postroom.model.batch import Batch, OutboxRow
from postroom.model.decision import Notice
from postroom.runtime.events import Alarmed, Calmed
from postroom.runtime.signin.kept import Keeper
from postroom.runtime.watching.census import Census, census
from postroom.runtime.watching.complaints import of_account, of_engine
from postroom.runtime.watching.expiry import ends_of
from postroom.runtime.watching.status import AccountStatus, Raised, Status, read, write
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from postroom.model.batch import Entry
    from postroom.rules.ruleset import Account
    from postroom.runtime.engine import Engine
    from postroom.runtime.watching.complaints import Expiry
    from postroom.runtime.watching.vitals import Vitals
    from postroom.source.diagnostic import Diagnostic

CALM = timedelta(hours=1)
"""An alarm that is over and comes back within this time is not raised again before it is up."""
_CHORE_FAILS = timedelta(minutes=15)
_EXPIRY_EVERY = timedelta(hours=1)
_log = logging.getLogger(__name__)


@dataclass
class Watchman:
    """Looks at an engine now and then; used by one thread."""

    engine: Engine
    post: Callable[[Status], None] = lambda _status: None
    """Is shown each status."""
    free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    _census: Census = field(default_factory=Census)
    _counted: int | None = None
    """The published state that was counted last."""
    _standing: dict[tuple[str, str], Raised] = field(default_factory=dict)
    _raised: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _ends: dict[str, list[Expiry]] = field(default_factory=dict)
    _ends_at: datetime | None = None

    def __post_init__(self) -> None:
        """Go on where the engine before left off."""
        if self.engine.folders is None:
            return
        try:
            before = read(self.engine.folders.data)
        except Problem:
            return
        self._standing = {(each.account, each.code): each for each in before.alarms}
        self._raised = {key: each.since for key, each in self._standing.items()}
        for name, status in before.accounts.items():
            vitals = self.engine.vitals.of(name)
            vitals.since = status.last_look or before.began
            vitals.last_message = vitals.last_message or status.last_message

    def look(self) -> None:
        """See how everything is, raise alarms and end them, and write it down.

        Raises Problem PR52x, and OSError if the status cannot be written.
        """
        self._settle(dict(self._complaints(self.status())))
        self._show(self.status())

    def count(self) -> None:
        """Count anew what waits, if anything was published since. Raises Problem PR530."""
        published = self.engine.published  # before counting: what comes meanwhile is counted next
        if published is None or published != self._counted:
            self._census, self._counted = census(self.engine.store.query), published

    def leave(self) -> None:
        """Write down that the engine runs no more."""
        self._show(replace(self.status(), running=False))

    def status(self) -> Status:
        """Return how everything is now."""
        engine = self.engine
        accounts = {name: self._account(each) for name, each in engine.rules.accounts.items()}
        others = dict(engine.vitals.others(frozenset(accounts)))
        return Status(
            running=True,
            pid=os.getpid(),
            began=engine.vitals.began,
            written_at=engine.clock.now(),
            rules=engine.rules.hash,
            disk_free=self.free(engine.folders.data) if engine.folders else None,
            accounts=accounts,
            chores={name: each.found.message for name, each in others.items() if each.found},
            alarms=tuple(self._standing.values()),
        )

    def _account(self, account: Account) -> AccountStatus:
        vitals = self.engine.vitals.of(account.name)
        unsent, unsent_since = self._census.unsent.get(account.name, (0, None))
        found, health = vitals.found, vitals.health
        return AccountStatus(
            use=account.receive.use if account.receive else "",
            state=self._state(account, vitals),
            last_look=vitals.last_look,
            last_message=vitals.last_message,
            failures=vitals.failures,
            code=found.code if found else "",
            message=found.message if found else "",
            help=(found.help or "") if found else "",
            next_try=vitals.next_try,
            behind_since=vitals.behind_since,
            high_water=health.high_water if health else "",
            waiting=health.waiting if health else None,
            quarantined=self._census.quarantined.get(account.name, 0),
            unsent=unsent,
            unsent_since=unsent_since,
            oversize=vitals.oversize,
            outcomes=dict(vitals.outcomes),
            notices=dict(vitals.notices),
        )

    def _state(self, account: Account, vitals: Vitals) -> str:
        if not account.active or account.receive is None:
            return "off"
        if vitals.found is not None:
            return "failing"
        pushed = account.receive.use in self.engine.plugins.receivers()
        return "fine" if pushed or vitals.last_look else "starting"

    def _complaints(
        self, status: Status
    ) -> Iterator[tuple[tuple[str, str], tuple[Account | None, Diagnostic]]]:
        """Yield what is wrong, by account and code."""
        engine, now = self.engine, status.written_at
        ends = self._expiries(now)
        for account in engine.rules.accounts.values():
            seen = status.accounts[account.name]
            if seen.state == "off":
                continue
            since = engine.vitals.of(account.name).since
            for found in of_account(account, seen, since, ends.get(account.name, []), now):
                yield (account.name, found.code), (account, found)
        failing = {
            name: (each.found.message, now - each.failing_since)
            for name, each in engine.vitals.others(frozenset(status.accounts))
            if each.found and each.failing_since and now - each.failing_since >= _CHORE_FAILS
        }
        for found in of_engine(engine.rules.watch, status.disk_free, failing):
            yield ("", found.code), (None, found)

    def _expiries(self, now: datetime) -> Mapping[str, list[Expiry]]:
        """Return what ends, by account; files are looked at once an hour."""
        if self.engine.folders is None:
            return {}
        if self._ends_at is None or now - self._ends_at >= _EXPIRY_EVERY:
            where, secrets = self.engine.folders, self.engine.secrets
            keeper = Keeper(where.data, where.keys, resolve=secrets.resolve)
            accounts = self.engine.rules.accounts.values()
            self._ends = {each.name: list(ends_of(each, keeper, secrets)) for each in accounts}
            self._ends_at = now
        return self._ends

    def _settle(self, found: Mapping[tuple[str, str], tuple[Account | None, Diagnostic]]) -> None:
        """Raise what is new, and end what is over."""
        now = self.engine.clock.now()
        for key in [key for key in self._standing if key not in found]:
            over = self._standing[key]
            entry = alarm_over(over.account, over.code, over.since, now)
            notice = _notice(over, now, is_over=True)
            self._write(over.account, entry, notice, now)
            del self._standing[key]
            self.engine.tell(Calmed(over.account, over.code, over.message))
        for key, (account, each) in found.items():
            last = self._raised.get(key)
            if key in self._standing or (last is not None and now - last < CALM):
                continue
            name = account.name if account else ""
            raised = Raised(name, each.code, each.message, each.help or "", now)
            entry = alarm_stands(name, each.code, each.message, now)
            self._write(name, entry, _notice(raised, now, is_over=False), now)
            self._standing[key], self._raised[key] = raised, now
            self.engine.tell(Alarmed(name, each))

    def _write(self, name: str, entry: Entry, notice: Notice, now: datetime) -> None:
        """Make an alarm durable, with what tells people."""
        through, to = self._way(name)
        if through is None or through.send is None or not to:
            self.engine.store.commit(Batch(entries=[entry]))
            return
        notice = replace(notice, use=through.send.use, to=to)
        queued = notice_queued_for(through.name, notice, now, self.engine.salt)
        row = OutboxRow(0, through.name, 0, notice, now, now)
        self.engine.store.commit(Batch(entries=[entry, queued], notices=[row]))

    def _way(self, name: str) -> tuple[Account | None, tuple[str, ...]]:
        """Return the account that sends an alarm, and whom it is for."""
        rules = self.engine.rules
        account, other = rules.accounts.get(name), rules.accounts.get(rules.watch.through)
        to = (account.watch.tell if account else ()) or rules.watch.tell
        return (account if account and account.send else other), to

    def _show(self, status: Status) -> None:
        self.post(status)
        if self.engine.folders is not None:
            write(self.engine.folders.data, status)


def _notice(raised: Raised, now: datetime, *, is_over: bool) -> Notice:
    about = f"account {raised.account}" if raised.account else "the engine"
    when = f"{raised.since:%Y-%m-%d %H:%M} UTC"
    if is_over:
        text = f"This is over: {raised.message}.\n\nIt began at {when}.\n"
    else:
        text = f"{raised.message}.\n\n{raised.help}\n"
    return Notice(
        key=f"{raised.account or 'engine'}/watch/{raised.code}/{now.isoformat()}",
        kind="alert",
        origin="guard",
        rule="watch",
        template="",
        use="",
        to=(),
        subject=f"postroom: {'over' if is_over else 'alarm'} {raised.code} of {about}",
        text=text,
    )
