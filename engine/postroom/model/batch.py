"""The rows of one commit: what a store writes in one transaction, and what it is asked for.

Built by `postroom.ledger` and `postroom.runtime`; a store adds nothing of its own to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from postroom.model.decision import Notice, Outcome, RecordChange
    from postroom.model.envelope import ActionVerb, Place
    from postroom.model.facts import SenderState
    from postroom.model.plain import Json
    from postroom.model.record import Record, RecordRef


@dataclass(frozen=True, slots=True)
class Received:
    """A place on a server that need not be looked at again, and the message that lies there."""

    account: str
    place: Place
    communication: int


@dataclass(frozen=True, slots=True)
class Communication:
    """One message, in or out. Its raw bytes go to the pack file before the row is written."""

    id: int
    account: str
    direction: Literal["in", "out"]
    sha256: str
    size: int
    raw: bytes = field(repr=False)
    message_id: str
    references: tuple[str, ...]
    """In-Reply-To and References together, in order, each once."""
    submission: str
    sender: str
    """From's addr_spec, lower case, domain in its ASCII form."""
    recipients: tuple[str, ...]
    """To and Cc, the same form."""
    subject: str
    received_at: datetime
    decided_at: datetime
    class_: str
    outcome: Outcome | Literal["sent"]
    ref: RecordRef | None
    sender_state: SenderState
    verified: bool
    """Whether sender and recipients count as participants of the record's thread."""
    note: str = ""
    """A failure noted later: the DSN's words."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One audit entry. Its number and its leaf hash are given when it is written."""

    kind: str
    body: Mapping[str, Json]
    """A personal value is replaced by its commitment. See `postroom.model.sealing`."""
    private: tuple[tuple[str, bytes, str], ...] = ()
    """Place in the body (RFC 6901), salt and value (as JSON) of each commitment."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A notice on its way."""

    id: int
    """Given by the store; 0 before that."""
    account: str
    communication: int
    """The message it came from."""
    notice: Notice
    created_at: datetime
    due_at: datetime
    attempts: int = 0
    """How often it was tried before."""


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """A server action before the store has given it a number."""

    account: str
    place: Place
    verb: ActionVerb
    target: str
    due_at: datetime
    sha256: str
    communication: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox was read in an epoch: every key up to this one is in the ledger."""

    account: str
    mailbox: str
    epoch: str
    key: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes: all of it or nothing."""

    received: Sequence[Received] = ()
    renumbered: Sequence[Received] = ()
    """Messages that are known and lie in a new place, for their server numbered the mailbox anew:
    what is still to be done to them is to be done there. They are not in `received`.
    """
    communications: Sequence[Communication] = ()
    changes: Sequence[RecordChange] = ()
    entries: Sequence[Entry] = ()
    notices: Sequence[OutboxRow] = ()
    actions: Sequence[PlannedAction] = ()
    cursors: Sequence[Cursor] = ()
    bounced: Sequence[tuple[int, str]] = ()
    """Communications of ours that came back, each with the words of the report."""
    written_at: datetime | None = None
    """When: the time that records are stamped with."""
    marks: Mapping[str, datetime] = field(default_factory=dict)
    """Times to find again by a name, each in the place of the one before: when answers paused."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a batch of messages of one account needs to know; one query for each line."""

    account: str
    sharing: Sequence[str] = ()
    """Accounts with the same address: what they made of the same messages is wanted too."""
    sha256s: Sequence[str] = ()
    submissions: Sequence[str] = ()
    message_ids: Sequence[str] = ()
    """Their own, and those that they refer to."""
    addresses: Sequence[str] = ()
    """Of senders, lower case."""
    contact_table: str = ""
    contact_fields: Sequence[str] = ()
    refs: Sequence[RecordRef] = ()
    """Records that tokens point to. Those that threads point to are looked up as well."""
    tables: Sequence[str] = ()
    """Tables in which records may be created."""
    arrivals_since: datetime | None = None
    """None: the rules count nothing."""
    answers_since: datetime | None = None
    now: datetime | None = None
    """For `answers_last_hour` and what is counted like it; None: all that stays 0."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A communication in the ledger."""

    communication: int
    account: str
    direction: Literal["in", "out"]
    sha256: str
    ref: RecordRef | None


@dataclass(frozen=True, slots=True)
class Found:
    """The answers, as they stand before the first message of the batch is decided."""

    by_sha256: Mapping[str, Seen] = field(default_factory=dict)
    """In this account, coming in; the earliest."""
    elsewhere: Mapping[str, Sequence[Seen]] = field(default_factory=dict)
    """By SHA-256, and by submission: what accounts that share the address made a record of, the
    earliest first. What is in `records` has those records too.
    """
    by_submission: Mapping[str, Seen] = field(default_factory=dict)
    by_message_id: Mapping[str, Sequence[Seen]] = field(default_factory=dict)
    """In any account, in or out."""
    contacts: Mapping[str, Record] = field(default_factory=dict)
    """By address; where several match, the one with the smallest id."""
    records: Mapping[RecordRef, Record] = field(default_factory=dict)
    participants: Mapping[RecordRef, frozenset[str]] = field(default_factory=dict)
    arrivals: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """Sender's address to the times its messages were received in this account, ascending."""
    answers: Mapping[str, Sequence[tuple[datetime, str]]] = field(default_factory=dict)
    """Address to the times and templates of our answers to it, ascending."""
    answers_last_hour: int = 0
    account_answers_last_hour: int = 0
    """In this account."""
    domain_answers_last_hour: Mapping[str, int] = field(default_factory=dict)
    """Domain of the recipient to the number of our answers."""
    record_answers_last_day: Mapping[RecordRef, int] = field(default_factory=dict)
    """Answers about the records that were asked for."""
    marks: Mapping[str, datetime] = field(default_factory=dict)
    """All of them."""
    next_communication: int = 1
    """From here on, as many ids as the batch has `sha256s` are kept free for it."""
    next_record: Mapping[str, int] = field(default_factory=dict)
    epochs: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    """SHA-256 to the (mailbox, epoch) pairs in which its bytes were found, in this account."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A communication as it was published, with all that the audit log says about it."""

    id: int
    account: str
    direction: Literal["in", "out"]
    message_id: str
    sender: str
    subject: str
    received_at: datetime
    outcome: Outcome | Literal["sent"]
    ref: RecordRef | None
    entries: tuple[tuple[int, Mapping[str, Any]], ...] = ()
    """Number and body of each entry, in order, personal values back in their places."""

    @property
    def raw_let_go(self) -> str:
        """When its raw bytes were erased, as ISO 8601; "" if they are kept."""
        gone = (body["recorded_at"] for _, body in self.entries if body["kind"] == "raw_let_go")
        return next(gone, "")

    @property
    def decision(self) -> Mapping[str, Any]:
        """Body of the entry that says what was decided; {} for mail of ours."""
        return next((body for _, body in self.entries if body["kind"] == "decision"), {})


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some decisions that follow each other in the audit log."""

    after: int
    """Number of the entry before the first."""
    up_to: int
    """Number of the last entry before the next stretch."""
    decisions: int
