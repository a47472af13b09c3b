"""What a batch of messages must know, and how each message of it changes what the next one knows.

The store is asked once for a whole batch. What one decision makes (a record, a communication, an
answer) is not in the store yet when the next message is decided; it is here.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING, Literal, TypeAlias

from postroom.identity.carriers import verify
from postroom.lang.scope import Scope
from postroom.mail.addresses import canonical
from postroom.model.batch import Seen
from postroom.model.facts import Facts, Made, Thread, TokenFact
from postroom.model.record import Record, RecordRef
from postroom.pipeline.answered import Answered
from postroom.pipeline.link import kept_by_others
from postroom.pipeline.lookup import (
    named_by_mail,
    named_by_rules,
    refers_to,
    sender_of,
    submission_of,
    wanted,
)
from postroom.pipeline.parsing import key_of
from postroom.pipeline.spam import spam_score
from postroom.pipeline.windows import windows_of

if TYPE_CHECKING:
    from datetime import datetime

    from postroom.identity.token import Tokens
    from postroom.model.batch import Found
    from postroom.model.decision import Decision, RecordChange
    from postroom.model.facts import Scan, Window
    from postroom.model.message import Message
    from postroom.rules.ruleset import Account, RuleSet

Alike: TypeAlias = Literal["", "bytes", "submission"]

__all__ = ["Knowledge", "wanted"]


class Knowledge:
    """What is known while the messages of a batch are decided one after the other."""

    def __init__(
        self, found: Found, account: Account, rules: RuleSet, tokens: Tokens, now: datetime
    ) -> None:
        self._account, self._rules, self._tokens, self._now = account, rules, tokens, now
        self._windows = windows_of(account, rules)
        self._sha256s = dict(found.by_sha256)
        self._elsewhere = found.elsewhere
        self._kept_by = kept_by_others(account, rules)
        self._submissions = dict(found.by_submission)
        self._message_ids = {key: list(seen) for key, seen in found.by_message_id.items()}
        self._contacts = dict(found.contacts)
        self._records = dict(found.records)
        self._participants = dict(found.participants)
        self._arrivals = {address: list(times) for address, times in found.arrivals.items()}
        self._answered = Answered(found, account, now)
        self._next_communication = found.next_communication
        self._next_record = dict(found.next_record)

    def facts(
        self,
        message: Message,
        received_at: datetime,
        rcpt_to: tuple[str, ...] = (),
        checked_here: str = "",
        scan: Scan | None = None,
        *,
        imported: bool = False,
    ) -> Facts:
        """Return what is known about a message at this moment.

        rcpt_to is the envelope's; checked_here is what a plugin found out about the sender, scan
        what another says of malware. What is imported is decided as if it had just come.
        """
        duplicate, alike = self._duplicate(message)
        bounced = self._came_back(message)
        token = self._token(message, received_at)
        thread = None if token.valid else self._thread(message)
        record = self._record(token, thread)
        return Facts(
            account=self._account.name,
            received_at=received_at,
            now=received_at if imported else self._now,
            imported=imported,
            rcpt_to=rcpt_to,
            checked_here=checked_here,
            bounced_ref=bounced.ref if bounced else None,
            communication=self._next_communication,
            next_record=self._next_record.get(self._account.table, 1),
            duplicate_of=duplicate.communication if duplicate else None,
            duplicate_by=alike,
            message_id_reused=duplicate is None and self._is_reused(message),
            contact=self._contacts.get(sender_of(message)),
            guest=self._guest(),
            others=self._others(message),
            token=token,
            thread=thread,
            participant=self._is_participant(message, token, thread),
            record=record,
            counts={window: self._count(window, message, received_at) for window in self._windows},
            answers=self._answered.counts(sender_of(message), record.ref if record else None),
            bounced=self._bounced(message),
            spam_score=spam_score(message, self._account.spam_score_from),
            scan=scan,
            primary=self._primary(message),
            linking=self._linking(message),
        )

    def after(self, message: Message, decision: Decision) -> None:
        """Take note of what a decision makes, so that the next message knows."""
        facts = decision.facts
        if facts is None or decision.repeats is not None:
            return
        seen = Seen(facts.communication, facts.account, "in", message.sha256, decision.ref)
        self._next_communication = facts.communication + 1
        self._sha256s.setdefault(message.sha256, seen)
        if submission_of(message):
            self._submissions.setdefault(message.submission, seen)
        if message.message_id:
            self._message_ids.setdefault(message.message_id, []).append(seen)
        insort(self._arrivals.setdefault(sender_of(message), []), facts.received_at)
        for link in decision.links:
            self._changed(link.change)
        if decision.change is not None:
            self._changed(decision.change)
            self._take_part(message, decision, decision.change.ref)
        self._answered.note(decision)

    def _duplicate(
        self, message: Message
    ) -> tuple[Seen | None, Literal["", "bytes", "submission"]]:
        by_bytes = self._sha256s.get(message.sha256)
        if by_bytes is not None:
            return by_bytes, "bytes"
        by_submission = self._submissions.get(submission_of(message))
        if by_submission is not None:
            return by_submission, "submission"
        if self._account.shared != "first":
            return None, ""
        taken = next(iter(self._made_elsewhere(message)), None)
        if taken is None:
            return None, ""
        return taken, "bytes" if taken.sha256 == message.sha256 else "submission"

    def _made_elsewhere(self, message: Message) -> list[Seen]:
        """Return what others who share the address made of the message, the earliest first."""
        keys = (message.sha256, submission_of(message))
        found = {seen.communication: seen for key in keys for seen in self._elsewhere.get(key, ())}
        return [found[number] for number in sorted(found)]

    def _primary(self, message: Message) -> RecordRef | None:
        if self._account.link is None:
            return None
        return next((seen.ref for seen in self._made_elsewhere(message)), None)

    def _linking(self, message: Message) -> tuple[Made, ...]:
        """Return what those who link to this account made of it, and refers to nothing yet."""
        if self._account.shared != "primary" or self._account.link is not None:
            return ()
        found: dict[RecordRef, Made] = {}
        for seen in self._made_elsewhere(message):
            link = self._rules.accounts[seen.account].link
            record = self._records.get(seen.ref) if seen.ref else None
            if link and record and record.values.get(link.field) is None:
                found.setdefault(record.ref, Made(seen.account, record))
        return tuple(found.values())

    def _token(self, message: Message, received_at: datetime) -> TokenFact:
        """Return what became of the message's token; one of another account's table is its own."""

        def is_void(ref: RecordRef) -> bool:
            return self._expired(ref, message, received_at)

        token = verify(message, self._tokens, self._now, is_void)
        if token.conflict == "tables" and self._kept_by:
            own = verify(
                message, self._tokens, self._now, lambda ref: self._is_kept(ref) or is_void(ref)
            )
            return own if own.valid else token
        if token.ref is not None and self._is_kept(token.ref):
            kept_by = self._kept_by[token.ref.table]
            return TokenFact(ref=token.ref, carrier=token.carrier, kept_by=kept_by)
        return token

    def _is_kept(self, ref: RecordRef) -> bool:
        return ref.table in self._kept_by

    def _is_reused(self, message: Message) -> bool:
        seen = self._message_ids.get(message.message_id, ())
        return any(s.account == self._account.name and s.direction == "in" for s in seen)

    def _thread(self, message: Message) -> Thread | None:
        """Return the record of the nearest message that this one refers to."""
        for key in refers_to(message):
            for seen in self._message_ids.get(key, ()):
                if seen.ref is not None and seen.ref.table == self._account.table:
                    participant = self._took_part(message, seen.ref)
                    return Thread(seen.ref, seen.communication, participant)
        return None

    def _expired(self, ref: RecordRef, message: Message, received_at: datetime) -> bool:
        """Return whether the tokens of a record count no more, as its table declares."""
        expiry, record = self._rules.token_expiry.get(ref.table), self._records.get(ref)
        if expiry is None or record is None or record.updated_at is None:
            return False
        if self._now < record.updated_at + expiry.after:
            return False
        if expiry.when is None:
            return True
        facts = Facts(account=self._account.name, received_at=received_at, now=self._now)
        return expiry.when.holds(Scope(message, facts, record, self._rules.tables[ref.table], None))

    def _record(self, token: TokenFact, thread: Thread | None) -> Record | None:
        if token.valid and token.ref is not None:
            return self._records.get(token.ref)
        return self._records.get(thread.ref) if thread else None

    def _bounced(self, message: Message) -> int | None:
        """Return our communication that a delivery report is about."""
        found = self._came_back(message)
        return found.communication if found else None

    def _came_back(self, message: Message) -> Seen | None:
        for key in message.dsn.original_message_ids:
            for seen in self._message_ids.get(key, ()):
                if seen.direction == "out":
                    return seen
        return None

    def _guest(self) -> Record | None:
        contacts = self._rules.contacts
        return self._contacts.get(canonical(contacts.guest)) if contacts else None

    def _others(self, message: Message) -> dict[str, Record]:
        others = {}
        for name in (
            *named_by_rules(self._account, self._rules),
            *named_by_mail(message, self._account, self._rules),
        ):
            record = self._contacts.get(name) if isinstance(name, str) else self._records.get(name)
            if record is not None:
                others[key_of(name)] = record
        return others

    def _count(self, window: Window, message: Message, received_at: datetime) -> int:
        """Return how often, within the window before this message."""
        sender = sender_of(message)
        if window.direction == "from":
            times = self._arrivals.get(sender, [])
            first = bisect_right(times, received_at - window.span)
            return bisect_right(times, received_at) - first
        return self._answered.count_since(sender, window.span)

    def _changed(self, change: RecordChange) -> None:
        """Put the record as it is now in the place of the one that was looked up."""
        before = self._records.get(change.ref)
        values = {**before.values, **change.values} if before else change.values
        record = Record(change.ref, values, change.revision, self._now)
        self._records[change.ref] = record
        if change.kind == "create":
            self._next_record[change.ref.table] = change.ref.id + 1
        contacts = self._rules.contacts
        if contacts and change.ref.table == contacts.table:
            self._contact_changed(record)

    def _contact_changed(self, record: Record) -> None:
        """Know a contact by the addresses it has now; of several, the oldest counts."""
        for address, known in list(self._contacts.items()):
            if known.ref == record.ref:
                del self._contacts[address]
        for kind in self._rules.tables[record.ref.table].of_type("email"):
            value = record.values.get(kind.name)
            for written in value if isinstance(value, tuple) else (value,):
                if isinstance(written, str):
                    known = self._contacts.setdefault(canonical(written), record)
                    if record.ref.id < known.ref.id:
                        self._contacts[canonical(written)] = record

    def _is_participant(self, message: Message, token: TokenFact, thread: Thread | None) -> bool:
        if token.valid and token.ref is not None:
            return self._took_part(message, token.ref)
        return thread is not None and thread.participant

    def _took_part(self, message: Message, ref: RecordRef) -> bool:
        return sender_of(message) in self._participants.get(ref, frozenset())

    def _take_part(self, message: Message, decision: Decision, ref: RecordRef) -> None:
        """Count sender and recipients among a record's participants, if the sender is verified."""
        if decision.verified:
            written_to = (canonical(mailbox.addr_spec) for mailbox in (*message.to, *message.cc))
            known = self._participants.get(ref, frozenset())
            self._participants[ref] = known | {sender_of(message), *written_to}
