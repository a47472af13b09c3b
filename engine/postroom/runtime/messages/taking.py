"""Take messages in hand, which the store notes durably, and find out what can be known of them.

Who dies with a message in hand leaves that note to the next engine.
"""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from postroom.hooks.failpoints import failpoint
from postroom.runtime.messages.arrived import Arrived, Taken
from postroom.runtime.messages.quarantine import not_had, unread
from postroom.runtime.messages.scanners import Scanners
from postroom.runtime.messages.senders import Senders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postroom.model.envelope import Envelope
    from postroom.model.facts import Scan
    from postroom.model.message import Message
    from postroom.rules.ruleset import Account
    from postroom.runtime.engine import Engine


class Taking:
    """What an engine has in hand. Any thread may call."""

    def __init__(self, engine: Engine) -> None:
        """Have plugins ready that know senders and malware."""
        self._engine = engine
        self._senders = Senders(engine.plugins, engine.secrets)
        self._scanners = Scanners(engine.plugins, engine.secrets)

    def take(self, account: Account, envelopes: Sequence[Envelope]) -> Taken:
        """Note that messages are in hand, and read them in full."""
        store, reader = self._engine.store, self._engine.reader
        failpoint("fetched")
        reader.prepare()  # a message is not to blame for an engine that dies before that
        note = store.take_in_hand(account.name, [each.place for each in envelopes])
        failpoint("marked")
        try:
            messages = reader.read([(each.raw, each.mail_from) for each in envelopes])
            mail = [(e.raw, message) for e, message in zip(envelopes, messages, strict=True)]
            known = self.asked(account, mail)
        except BaseException:
            store.let_go(note, done=False)
            raise
        failpoint("read")
        each_of = zip(envelopes, messages, known, strict=True)
        arrived = [self._arrived(envelope, message, *more) for envelope, message, more in each_of]
        return Taken(account, arrived, note)

    def unread(self, account: Account, envelope: Envelope) -> Taken:
        """Note that a message is in hand into which nobody is to look."""
        digest = hashlib.sha256(envelope.raw).hexdigest()
        arrived = self._arrived(envelope, unread(digest, envelope.size, ""))
        note = self._engine.store.take_in_hand(account.name, [envelope.place])
        return Taken(account, [arrived], note)

    def asked(
        self, account: Account, mail: Sequence[tuple[bytes, Message]]
    ) -> list[tuple[str, Scan | None]]:
        """Return what plugins say of each message: of its sender, and of malware in it."""
        checked = self._senders.check(account, mail)
        return list(zip(checked, self._scanners.scan(account, mail), strict=True))

    @contextmanager
    def until_done(self, taken: Taken) -> Iterator[None]:
        """Let go of messages at the end; if it is reached, they are in the ledger."""
        done = False
        try:
            yield
            done = True
        finally:
            self._engine.store.let_go(taken.note, done=done)

    def _arrived(
        self,
        envelope: Envelope,
        message: Message,
        checked_here: str = "",
        scan: Scan | None = None,
    ) -> Arrived:
        if envelope.problem:
            message = not_had(message, envelope)
        received_at = envelope.received_at or self._engine.clock.now()
        return Arrived(envelope, message, received_at, checked_here, scan)
