"""Look after one account: fetch what is new, settle what was decided, wait, begin again."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from postroom.hooks.contracts import Receipt, SettlesTogether
from postroom.hooks.failpoints import failpoint
from postroom.runtime.backoff import FETCHING, LASTING
from postroom.runtime.events import CaughtUp, Recovered, Settled, Trouble
from postroom.runtime.messages.ahead import process_all
from postroom.runtime.messages.batches import batches
from postroom.runtime.position import LedgerPosition
from postroom.runtime.watching.complaints import WILL_NOT_PASS
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from threading import Event

    from postroom.hooks.contracts import Transport
    from postroom.model.envelope import Envelope, Place, ServerAction
    from postroom.rules.ruleset import Account, Receive
    from postroom.runtime.engine import Engine

PAGE = 10_000
"""Messages fetched before server actions get their turn."""
_ACTIONS = 500
STALL, HOPELESS = 600.0, 60.0
"""Seconds after which a transport that says nothing is interrupted, and then no more waited for."""
_PROBE_FIRST, _PROBE_EVERY = 60.0, 300.0
"""Seconds until the server is asked how the mailbox is, and then between two such looks."""
_NOT_WANTED = Receipt(done=False, detail="the rules delete nothing any more", final=True)
_log = logging.getLogger(__name__)


class Worker:
    """Works for one account. Used by one thread, but for `interrupt`."""

    def __init__(self, engine: Engine, account: Account, receive: Receive) -> None:
        self.account = account
        self._engine = engine
        self._receive = receive
        self._transport: Transport | None = None
        self._sweep_due = engine.clock.monotonic()
        self._heard: float | None = None
        """When the transport was last heard of; None: nothing is asked of it."""
        self._interrupted: float | None = None
        self._probe_due = engine.clock.monotonic() + _PROBE_FIRST

    def once(self, stop: Event) -> bool:
        """Work off all that is there; return whether the account could be read."""
        try:
            self._watched_round(stop)
        except Exception as error:  # noqa: BLE001 - a transport is somebody else's code
            self._report(error, None, stop)
            return False
        finally:
            self.interrupt()
        return True

    def until(self, stop: Event) -> None:
        """Work until told to stop. Trouble is told and tried again, ever more slowly."""
        failures = 0
        while not stop.is_set():
            try:
                self._watched_round(stop)
                if failures:
                    self._engine.tell(Recovered(self.account.name))
                failures = 0
                self._rest(stop)
            except Exception as error:  # noqa: BLE001 - a transport is somebody else's code
                failures += 1
                pause = _pause(error, failures)
                self._report(error, pause, stop)
                self.interrupt()
                self._engine.clock.wait(stop, pause.total_seconds())
        self.interrupt()

    def hangs(self) -> Literal["no", "hangs", "hopeless"]:
        """Say once that it hangs; and that it is hopeless if an interruption did not help.

        Transports have timeouts of their own; this is for those that do not keep to them.
        """
        since = self._heard
        if since is None:
            return "no"
        quiet = self._engine.clock.monotonic() - since
        if quiet < STALL:
            return "no"
        if self._interrupted != since:
            self._interrupted = since
            self._engine.tell(Trouble(self.account.name, self._hung().diagnostic, None))
            return "hangs"
        return "hopeless" if quiet >= STALL + HOPELESS else "no"

    def _hung(self) -> Problem:
        words = f"account `{self.account.name}` does not get on: its transport says nothing"
        hint = "the connection is closed, and it is tried again"
        return Problem(Diagnostic("PR551", words, help=hint))

    def interrupt(self) -> None:
        """Let go of the connection, whatever it is doing. Any thread may call."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        try:
            transport.close()
        except Exception as error:  # noqa: BLE001 - it is on its way out
            _log.warning("closing `%s` failed", self.account.name, exc_info=error)

    def _watched_round(self, stop: Event) -> None:
        self._hear()
        try:
            self._round(stop)
        finally:
            self._heard = None

    def _hear(self) -> None:
        """Note that it gets on."""
        self._heard = self._engine.clock.monotonic()

    def _round(self, stop: Event) -> None:
        sweep = self._engine.clock.monotonic() >= self._sweep_due
        transport = self._transport = self._transport or self._engine.connect(
            self.account, self._receive
        )
        newest = self._newest(transport)
        fetched = 0
        while not stop.is_set():
            # What lies below the first page of a sweep was looked at with it.
            count = self._fetch(transport, stop, full_sweep=sweep and not fetched)
            self._settle(transport, stop)
            fetched += count
            if count < PAGE:
                break
        if self._transport is not transport and not stop.is_set():
            raise self._hung()  # the connection was closed under it: that was no whole round
        if sweep:
            every = self._receive.full_sweep_every.total_seconds()
            self._sweep_due = self._engine.clock.monotonic() + every
        if newest is not None and not stop.is_set():
            self._compare(newest)
        self._engine.tell(CaughtUp(self.account.name, fetched))

    def _newest(self, transport: Transport) -> Place | None:
        """Ask now and then how the mailbox is; return where the newest message lies.

        Before fetching: what is newest now must be in the ledger afterwards.
        """
        now = self._engine.clock.monotonic()
        if now < self._probe_due:
            return None
        self._probe_due = now + _PROBE_EVERY
        health = transport.probe()
        self._engine.vitals.seen(self.account.name, health)
        if health.newest is None:
            self._engine.vitals.behind(self.account.name, None)
        return health.newest

    def _compare(self, newest: Place) -> None:
        """Hold the newest message of the server against the ledger."""
        where = (self.account.name, newest.mailbox, newest.epoch)
        is_behind = bool(self._engine.store.unknown(*where, [newest.key]))
        since = self._engine.clock.now() if is_behind else None
        self._engine.vitals.behind(self.account.name, since)

    def _fetch(self, transport: Transport, stop: Event, *, full_sweep: bool) -> int:
        position = LedgerPosition(self._engine.store, self.account.name, full_sweep)
        fetched = batches(self._heard_of(transport, position), self._engine.clock.monotonic)
        return process_all(self._engine, self.account, fetched, stop)

    def _heard_of(self, transport: Transport, position: LedgerPosition) -> Iterator[Envelope]:
        for envelope in transport.fetch(position, PAGE):
            self._hear()
            yield envelope
            self._hear()

    def _settle(self, transport: Transport, stop: Event) -> None:
        """Carry out what is due on the server; stop at what cannot be done now."""
        store, clock = self._engine.store, self._engine.clock
        while not stop.is_set():
            actions = store.due_actions(self.account.name, clock.now(), _ACTIONS)
            receipts: list[tuple[int, Receipt]] = []
            try:
                while len(receipts) < len(actions):
                    receipts += self._carry_out(transport, actions[len(receipts) :])
                    if stop.is_set():
                        break
            finally:
                if receipts:
                    store.settled(receipts, clock.now())
                    failpoint("action-marked")
            if not any(receipt.done or receipt.final for _, receipt in receipts):
                break

    def _carry_out(
        self, transport: Transport, actions: Sequence[ServerAction]
    ) -> list[tuple[int, Receipt]]:
        """Carry out the first of the actions, and others with it where that costs little more."""
        failpoint("before-action")
        self._hear()
        receipts = self._receipts(transport, actions)
        failpoint("after-action")
        done = list(zip(actions, receipts, strict=False))
        for action, receipt in done:
            self._engine.tell(Settled(action, receipt.done, receipt.detail))
        return [(action.id, receipt) for action, receipt in done]

    def _receipts(self, transport: Transport, actions: Sequence[ServerAction]) -> Sequence[Receipt]:
        wanted = list(takewhile(lambda each: not self._is_withdrawn(each), actions))
        if not wanted:
            return [_NOT_WANTED]
        together = (
            transport.settle_together(wanted) if isinstance(transport, SettlesTogether) else ()
        )
        return together or [transport.settle(wanted[0])]

    def _is_withdrawn(self, action: ServerAction) -> bool:
        """Whether it would delete, days after the decision, what these rules delete no more.

        What was moved or flagged can be put right, what was deleted cannot.
        """
        wanted = {after.verb for after in self._receive.after.values()}
        return action.verb == "delete" and "delete" not in wanted

    def _rest(self, stop: Event) -> None:
        """Wait until there may be new mail: pushed to us, or because it is time to look."""
        clock = self._engine.clock
        if stop.is_set() or self._transport is None:
            return
        began = clock.monotonic()
        longest = min(self._receive.poll_every.total_seconds(), max(0.0, self._sweep_due - began))
        self._heard = began + longest  # until then it need say nothing
        try:
            news = self._transport.wait(timedelta(seconds=longest))
        finally:
            self._heard = None
        if news:
            return
        clock.wait(stop, longest - (clock.monotonic() - began))

    def _report(self, error: Exception, again_in: timedelta | None, stop: Event) -> None:
        if not stop.is_set():  # if it is, we let go of the connection ourselves
            found = what_failed(f"account `{self.account.name}`", error)
            self._engine.tell(Trouble(self.account.name, found, again_in))


def what_failed(who: str, error: Exception) -> Diagnostic:
    """Return what to tell people; what is nobody's fault but ours goes to the log in full."""
    if isinstance(error, Problem):
        return error.diagnostic
    _log.error("%s failed", who, exc_info=error)
    words = f"{who} failed for a reason nobody thought of: {type(error).__name__}"
    return Diagnostic("PR531", words, help="the log has the details; please report them")


def _pause(error: Exception, failures: int) -> timedelta:
    """Return how long to wait: as ever, or for as long as the server asks us to."""
    found = error if isinstance(error, Problem) else None
    lasting = found is not None and found.diagnostic.code in WILL_NOT_PASS
    usual = (LASTING if lasting else FETCHING).after(failures)
    return max(usual, found.after) if found is not None and found.after is not None else usual
