"""Send what is in the outbox: alerts at least once, answers at most once.

A notice is leased before it is sent, and the lease is durable. If the engine dies in between, the
store finds it in `sending` at the next start: an alert is queued again, with the same Message-ID;
an answer is left as `unknown` and never sent a second time. What became of a notice that the store
cannot write down just now is kept in mind until it can: the notice is not sent again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Refused, Retry, SendOutcome, Uncertain
from postroom.hooks.failpoints import failpoint
from postroom.runtime.backoff import SENDING
from postroom.runtime.events import Delivered
from postroom.runtime.sending.fitting import fitted
from postroom.runtime.sending.letters import Letterhead, letter
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from threading import Event

    from postroom.hooks.contracts import Letter, Notifier, Store
    from postroom.model.batch import OutboxRow
    from postroom.runtime.clock import Clock
    from postroom.runtime.events import Listener
    from postroom.runtime.sending.desk import Desk

PATIENCE = timedelta(days=5)
"""How long a notice is tried before it is given up, as mail servers do (RFC 5321 4.5.4.1)."""
_LEASED = 8
"""At a time; so few that a crash leaves few answers in doubt."""
_log = logging.getLogger(__name__)


@dataclass
class Outbox:
    """Works off the outbox; used by one thread."""

    store: Store
    desk: Desk
    head: Letterhead
    clock: Clock
    tell: Listener

    _unnoted: dict[int, tuple[OutboxRow, SendOutcome]] = field(default_factory=dict)
    """By the id of the notice: what became of it, and could not be written down."""

    def work_off(self, stop: Event) -> int:
        """Send everything that is due; return how many notices were handled.

        One that fails keeps nothing from those that were leased with it. Raises PR52x, or what else
        the store raises, when they are done.
        """
        failed = [self._note(*each) for each in [*self._unnoted.values()]]
        handled = 0
        while not stop.is_set():
            rows = self.store.lease(self.clock.now(), _LEASED)
            found = [self._handle(row, stopping=stop.is_set()) for row in rows]
            failed += found
            handled += len(rows)
            if not rows or any(found):
                break
        for error in filter(None, failed):
            raise error
        return handled

    def _handle(self, row: OutboxRow, *, stopping: bool) -> Exception | None:
        now = self.clock.now()
        outcome = SendOutcome("retry", "postroom was stopped", now) if stopping else self._try(row)
        return self._note(row, outcome)

    def _note(self, row: OutboxRow, outcome: SendOutcome) -> Exception | None:
        """Have the store write down what became of a notice; return why it could not."""
        now = self.clock.now()
        self._unnoted[row.id] = row, outcome
        try:
            self.store.sent(row, outcome, now)
        except Exception as error:  # noqa: BLE001 - it is raised when the others are done
            return error
        del self._unnoted[row.id]
        failpoint("send-marked")
        again_in = outcome.due_at - now if outcome.due_at else None
        self.tell(Delivered(row, outcome.state, outcome.detail, again_in))
        return None

    def _try(self, row: OutboxRow) -> SendOutcome:
        try:
            notifier = self.desk.notifier(row)
            ready = self._letter(row)
        except Problem as error:
            return self._later(row, error.diagnostic.message)
        except Exception as error:  # noqa: BLE001 - nothing went out, and others wait behind it
            _log.error("a notice to `%s` cannot be made", row.notice.use, exc_info=error)
            return self._later(row, f"it cannot be made: {type(error).__name__}")
        return self._send(row, notifier, ready)

    def _letter(self, row: OutboxRow) -> Letter:
        wants_original = row.notice.attach_original != "no"
        original = self.store.raw(row.communication) if wants_original else b""
        account = row.account
        sender, send = self.desk.sender(account), self.desk.send(account)
        ready = letter(row, self.head, sender, self.clock.now(), original)
        return ready if send is None else fitted(ready, send, self.desk.address(account))

    def _send(self, row: OutboxRow, notifier: Notifier, ready: Letter) -> SendOutcome:
        failpoint("before-send")
        try:
            raw = notifier.send(ready)
            failpoint("after-send")
        except Refused as error:
            gone_out = ready.message_id if error.raw else ""
            return SendOutcome("refused", error.why, raw=error.raw, message_id=gone_out)
        except Uncertain as error:
            return self._in_doubt(row, error.why, error.after)
        except Retry as error:
            return self._later(row, error.why, error.after)
        except Exception as error:  # noqa: BLE001 - a notifier is somebody else's code
            _log.error("the notifier `%s` failed", row.notice.use, exc_info=error)
            return self._in_doubt(row, f"the notifier failed: {type(error).__name__}")
        left_out = "; ".join(ready.left_out)
        return SendOutcome("sent", left_out, raw=raw, message_id=ready.message_id)

    def _in_doubt(self, row: OutboxRow, why: str, after: timedelta | None = None) -> SendOutcome:
        """Nobody knows whether it went out: never twice for an answer, at least once for others."""
        if row.notice.kind == "answer":
            return SendOutcome("unknown", why)
        return self._later(row, why, after)

    def _later(self, row: OutboxRow, why: str, after: timedelta | None = None) -> SendOutcome:
        now = self.clock.now()
        if now - row.created_at >= PATIENCE:
            return SendOutcome("refused", f"given up after {PATIENCE.days} days: {why}")
        return SendOutcome("retry", why, now + (after or SENDING.after(row.attempts + 1)))
