"""What was looked up about one message before it was decided. Recorded with the decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta
    from decimal import Decimal

    from postroom.model.record import Record, RecordRef

SenderState = Literal["aligned", "arc", "known", "unknown"]
Direction = Literal["from", "to"]
ScanResult = Literal["clean", "found", "failed"]


class Window(NamedTuple):
    """A count over the past: messages from a sender, or ours to an address, in a time span."""

    direction: Direction
    span: timedelta


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scanner says of a message."""

    result: ScanResult
    names: tuple[str, ...] = ()
    """found: what the scanner calls it."""
    detail: str = ""
    """failed: why nobody knows."""


@dataclass(frozen=True, slots=True)
class TokenFact:
    """What became of the record token that a message carries."""

    valid: bool = False
    ref: RecordRef | None = None
    carrier: str = ""
    """Where it was found: references, plus_address, header or subject."""
    problem: str = ""
    """Why it was not accepted, or in what it conflicts with another; "" if nothing is wrong."""
    conflict: Literal["", "records", "tables"] = ""
    """The message carries valid tokens of several records, or of records of several tables."""
    kept_by: str = ""
    """Not valid here, for `ref` is a record of another account, which has the same address."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The record that an earlier message of the same thread belongs to."""

    ref: RecordRef
    communication: int
    """The message that was referred to."""
    participant: bool
    """Whether the sender already wrote to, or was written to from, that record."""


class Made(NamedTuple):
    """A record that an account made of the same message."""

    account: str
    record: Record


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a decision may depend on besides the message and the rules."""

    account: str
    received_at: datetime
    """When the server took the message in; else when we did. UTC."""
    now: datetime
    communication: int = 0
    """The id that this message gets."""
    next_record: int = 0
    """The id that a record created by this message gets."""
    duplicate_of: int | None = None
    """The communication with the same bytes, or the same submission, in this account."""
    duplicate_by: Literal["", "bytes", "submission"] = ""
    message_id_reused: bool = False
    contact: Record | None = None
    """The contact one of whose addresses is From's."""
    guest: Record | None = None
    others: Mapping[str, Record] = field(default_factory=dict)
    """Records named otherwise than by From: contacts by address, any record as `table:id`."""
    token: TokenFact = TokenFact()
    thread: Thread | None = None
    record: Record | None = None
    """The record that token or thread point to; None if there is none, or it is gone."""
    participant: bool = False
    """Whether From's address took part in the correspondence of that record before."""
    counts: Mapping[Window, int] = field(default_factory=dict)
    """Messages from From's address, or ours to it, before this one."""
    answers: AnswerCounts | None = None
    bounced: int | None = None
    """For a DSN: our communication that came back."""
    bounced_ref: RecordRef | None = None
    """The record that it was about."""
    rcpt_to: tuple[str, ...] = ()
    """The envelope's recipients, as far as the transport knows them."""
    imported: bool = False
    """It is old mail that is brought in: nobody is answered or told."""
    review: Literal["", "released", "vouched"] = ""
    """What a person said who looked at it: that it may go on, or also who sent it."""
    checked_here: str = ""
    """What a plugin found out about the sender, as RFC 8601 results; "" if none was asked."""
    spam_score: Decimal | None = None
    """What a trusted spam filter gave; None if none did."""
    scan: Scan | None = None
    """What a scanner found; None if none was asked."""
    primary: RecordRef | None = None
    """What the account that this one links to made of the same message."""
    linking: tuple[Made, ...] = ()
    """What accounts that link to this one made of it before, and that refers to nothing yet."""


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """How many automatic answers went out lately, for the caps of the guard."""

    to_address_by_template: Mapping[str, int] = field(default_factory=dict)
    """To From's address, as far back as the account's caps look: 24 hours, if not longer."""
    to_address_last_hour: int = 0
    in_all_last_hour: int = 0
    of_account_last_hour: int = 0
    to_domain_last_hour: int = 0
    """To all addresses of From's domain."""
    about_record_last_day: int = 0
    """About the record that token or thread point to."""
    paused_until: datetime | None = None
    """The account gives no answers before that, because it gave too many."""
