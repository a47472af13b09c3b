"""Take mail that is handed over, and say when it is durable.

Each account has a thread that commits: what comes in while it is at it waits, and is committed
together. So a lone message is committed at once, and many senders share one commit.
"""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Final, TypeAlias

from postroom.hooks.contracts import Reply
from postroom.model.envelope import Envelope, Place
from postroom.runtime.events import Recovered, Trouble
from postroom.runtime.messages.batches import Fill
from postroom.runtime.worker import what_failed
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from postroom.hooks.contracts import Parcel
    from postroom.rules.ruleset import Account
    from postroom.runtime.engine import Engine

_FULL: Final = Fill()
_PATIENCE: Final = 240.0
"""Seconds until a sender is told to try again; mail servers wait for ten minutes (RFC 5321
4.5.3.2.6). What is committed after all is then a duplicate when it comes again.
"""
STOPPING: Final = Reply("later", "the engine is stopping")
TAKEN: Final = Reply("taken")
_log = logging.getLogger(__name__)

_Handed: TypeAlias = "tuple[Envelope, Future[Reply]]"


def envelope_of(parcel: Parcel, mailbox: str) -> Envelope:
    """Return a parcel as a transport would bring it; the bytes themselves are its key."""
    key = hashlib.sha256(parcel.raw).hexdigest()
    return Envelope(
        Place(mailbox, "", key),
        parcel.raw,
        len(parcel.raw),
        received_at=parcel.received_at,
        mail_from=parcel.mail_from,
        rcpt_to=parcel.rcpt_to,
    )


class Intake:
    """The threads that commit. Any thread may hand mail in."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lines: dict[str, _Line] = {}
        self._lock = Lock()
        self._open = True

    def hand_in(self, account: Account, envelope: Envelope) -> Reply:
        """Wait until a message is durable, or it is clear that it will not be now."""
        with self._lock:
            if not self._open:
                return STOPPING
            line = self._lines.get(account.name)
            if line is None:
                line = self._lines[account.name] = _Line(self._engine, account)
            answer = line.put(envelope)
        try:
            return answer.result(_PATIENCE)
        except TimeoutError:
            return Reply("later", "it takes too long")

    def close(self) -> None:
        """Commit what was handed in, and take nothing more."""
        with self._lock:
            self._open = False
        for line in self._lines.values():
            line.close()


@dataclass
class _Line:
    """The messages that wait for one account, and the thread that commits them."""

    engine: Engine
    account: Account
    failed: bool = False

    def __post_init__(self) -> None:
        self._waiting: SimpleQueue[_Handed | None] = SimpleQueue()
        self._thread = Thread(name=f"{self.account.name}-intake", target=self._work, daemon=True)
        self._thread.start()

    def put(self, envelope: Envelope) -> Future[Reply]:
        answer: Future[Reply] = Future()
        self._waiting.put((envelope, answer))
        return answer

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join(_PATIENCE)

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = self._together(first)
            reply = self._process([envelope for envelope, _ in batch])
            for _, answer in batch:
                answer.set_result(reply)

    def _together(self, first: _Handed) -> list[_Handed]:
        """Return what waits now, up to a full batch."""
        batch, size = [first], len(first[0].raw)
        while len(batch) < _FULL.messages and size < _FULL.size:
            try:
                more = self._waiting.get_nowait()
            except Empty:
                break
            if more is None:
                self._waiting.put(None)  # for `_work`: nothing comes behind it
                break
            batch.append(more)
            size += len(more[0].raw)
        return batch

    def _process(self, envelopes: list[Envelope]) -> Reply:
        name = self.account.name
        try:
            self.engine.process(self.account, envelopes)
        except Exception as error:  # noqa: BLE001 - the senders are told, and try again
            found = what_failed(f"account `{name}`", error)
            self.engine.tell(Trouble(name, found, None))
            self.failed = True
            return Reply("later", found.message if isinstance(error, Problem) else "")
        if self.failed:
            self.engine.tell(Recovered(name))
        self.failed = False
        return TAKEN
