"""The shapes that a plugin's classes must have. `postroom.testing` has a suite for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from postroom.model.batch import Batch, Found, Kept, OutboxRow, Stretch, Wanted
    from postroom.model.decision import Notice
    from postroom.model.envelope import Envelope, Place, ServerAction
    from postroom.model.facts import Scan
    from postroom.model.record import Record, RecordRef, Table


class Position(Protocol):
    """What the ledger already holds of an account's mailboxes."""

    @property
    def full_sweep(self) -> bool:
        """Whether to look at every key that the server has, not only at those behind the cursor."""
        ...

    def cursor(self, mailbox: str, epoch: str) -> str:
        """Return the key up to which everything is known, or "" if nothing is."""
        ...

    def unknown(self, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        """Return those of the keys that are not in the ledger, in the same order."""
        ...


@dataclass(frozen=True, slots=True)
class TransportContext:
    """What the engine tells a transport besides its settings."""

    account: str
    max_message: int
    """Bytes; of a larger message only the header is fetched."""
    trace: Callable[[str], None] | None = None
    """Where to write the conversation, secrets masked; None to keep quiet."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one server action."""

    done: bool
    detail: str = ""
    """`already gone`, `moved to Processed`; why it must be tried again if not done."""
    final: bool = True
    """Whether there is no sense in trying again."""


@dataclass(frozen=True, slots=True)
class Health:
    """How an account's connection is."""

    ok: bool
    detail: str
    high_water: str = ""
    """The newest key that the server has, to hold against our own."""
    waiting: int | None = None
    """How many messages lie there."""
    newest: Place | None = None
    """Where the newest of them lies, to look for it in the ledger; None: not known, or none."""


class Transport(Protocol):
    """Where messages come from. Used by one thread at a time.

    Raises `postroom.source.diagnostic.Problem` with a PR5xx code when the server cannot be used:
    PR510 cannot be reached, PR511 sign-in refused, PR512 certificate or TLS, PR513 folder missing,
    PR514 too slow, PR515 the server broke the protocol, PR516 refused for now.
    """

    name: ClassVar[str]
    """How a rule file refers to it: `use: imap`."""
    settings: ClassVar[type]
    """A frozen dataclass, see `postroom.model.settings`."""

    def __init__(self, settings: Any, context: TransportContext) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield at most limit messages that the ledger does not hold, oldest first.

        Changes nothing on the server. A message that cannot be had is yielded with its `problem`.
        """
        ...

    def settle(self, action: ServerAction) -> Receipt:
        """Flag, move or delete one message, after making sure that it is the same one."""
        ...

    def wait(self, timeout: timedelta) -> bool:
        """Wait for new mail; return whether there may be some. Without push: False at once."""
        ...

    def probe(self) -> Health:
        """Sign in, look at the mailbox, change nothing."""
        ...

    def close(self) -> None:
        """Let go of the connection; may be called twice, and from another thread to interrupt."""
        ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message whose sender waits until it is durable: his own queue keeps it until then."""

    raw: bytes = field(repr=False)
    mail_from: str | None = None
    """RFC 5321 reverse-path; "" is the null one; None if nobody told us."""
    rcpt_to: tuple[str, ...] = ()
    """Each recipient belongs to the accounts that have this address."""
    account: str = ""
    """The account, where a receiver knows it by other means; the recipients then choose nothing."""
    received_at: datetime | None = None
    """UTC; None: now."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the sender of a message is to be told."""

    state: Literal["taken", "later", "never"]
    """taken: it is durable, and his no more. later: he must try again (4xx). never: he must not
    (5xx), for it will not be accepted then either.
    """
    detail: str = ""
    """Why, in words for people; never taken from the mail."""


class Counter(Protocol):
    """Where a receiver hands mail in: the engine's side. Any thread may call."""

    @property
    def max_message(self) -> int:
        """Bytes of the largest message that is taken."""
        ...

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that named this receiver with the same settings."""
        ...

    def expects(self, recipient: str) -> Reply:
        """Return whether mail for an address will be taken, before there is any."""
        ...

    def hand_in(self, parcel: Parcel) -> Sequence[Reply]:
        """Return a reply for each recipient, in order, or a single one where there are none.

        Waits for the commit. `taken` is said of what is durable, and of nothing else.
        """
        ...


class Receiver(Protocol):
    """Where mail is pushed to us. It runs threads of its own between `open` and `close`.

    Accounts that name it with the same settings share one of them.
    """

    name: ClassVar[str]
    """How a rule file refers to it: `use: lmtp`."""
    settings: ClassVar[type]

    def __init__(self, settings: Any, counter: Counter) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def open(self) -> None:
        """Listen. Raises Problem PR518 if that cannot be."""
        ...

    def close(self) -> None:
        """Take nothing new, answer what is in hand, and return. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a query."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]


class Archive(Protocol):
    """What a store has published: read from any process, whether the engine runs or not.

    Holds no lock and stops nobody. What was committed a moment ago may not be published yet.
    """

    def query(self, sql: str) -> Rows:
        """Answer a read-only query, confined; raises Problem PR530."""
        ...

    def find(self, words: str) -> list[Kept]:
        """Return the communications meant by an id, a Message-ID, or the number of a record."""
        ...

    def raw(self, communication: int) -> bytes:
        """Return the raw message. Raises KeyError if there is none."""
        ...

    def mail(self, communications: Sequence[int]) -> Iterator[bytes | None]:
        """Yield raw messages in the order in which they are asked for, None for what is gone.

        Raises Problem PR522 if one is damaged.
        """
        ...

    def decided(
        self, since: datetime | None = None, account: str = "", limit: int | None = None
    ) -> list[Stretch]:
        """Return where the decisions since then are, or the newest so many of them, in their order.

        A stretch has at most a thousand. Those of other accounts may lie among them.
        """
        ...

    def history(
        self, after: int, up_to: int, tables: Sequence[str] = ()
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the entries of record changes that tell what decisions in a range of entries read.

        They are those of every record that the facts of such a decision name, and of all records
        of some tables; up to the end of the range, in their order, as `entries` has them.
        """
        ...

    def entries(
        self, kinds: Sequence[str], after: int = 0, up_to: int | None = None
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield numbers and bodies of the audit entries of some kinds, in their order.

        Personal values are back in their places; of one that was erased the commitment stands
        there: `{"private": ...}`. after is left out, up_to is not.
        """
        ...

    def rules(self, hash: str) -> Mapping[str, str]:  # noqa: A002 - the word the ledger has for it
        """Return name and text of the files of a rule set. Raises KeyError if it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a store that was made anew has, and what it has not."""

    entries: int
    """Of the log, verified, all that were published."""
    messages: int
    records: int
    notices_given_up: int
    """Notices that waited to be sent. Their text is nowhere any more."""
    mail: tuple[str, ...]
    """Files with raw mail that was committed after the last publishing: nothing else of it is left.
    """
    aside: str = ""
    """Where the files are that could not be read."""


@runtime_checkable
class Recoverable(Protocol):
    """A store that can be made anew from what it published."""

    @classmethod
    def recover(cls, folder: Path, tables: Mapping[str, Table], now: datetime) -> Recovery:
        """Make it anew, and keep what was there.

        Raises Problem: PR520 an engine holds the data, PR560 nothing usable was published, PR561
        nothing is wrong, PR562 the rules declare other tables than those published.
        """
        ...


class Store(Protocol):
    """Where records, communications, the audit log and the outbox are kept. Any thread may call."""

    name: ClassVar[str]
    settings: ClassVar[type]

    def __init__(self, settings: Any, folder: Path) -> None:  # noqa: ANN401
        """Keep the settings and the data folder; no I/O."""
        ...

    @classmethod
    def archive(cls, folder: Path) -> Archive:
        """Return what was published in a data folder, without opening the store."""
        ...

    def open(self, tables: Mapping[str, Table]) -> None:
        """Lock the data, make or migrate the tables.

        Raises Problem: PR520 another engine holds it, PR521 a change of `tables:` would lose data,
        PR522 it cannot be opened, PR523 the disk is full.
        """
        ...

    def declare(self, tables: Mapping[str, Table]) -> None:
        """Make or migrate the tables of an open store, while others wait.

        Raises Problem PR521 if a change would lose data; then the tables stay as they were.
        """
        ...

    def table_ids(self) -> Mapping[str, int]:
        """Return a number for each table there ever was; it never stands for another one."""
        ...

    def remember_rules(self, hash: str, sources: Mapping[str, str]) -> None:  # noqa: A002
        """Keep the files of a rule set, by name, so that its decisions can be explained."""
        ...

    def cursor(self, account: str, mailbox: str, epoch: str) -> str:
        """Return how far a mailbox was read, or ""."""
        ...

    def unknown(self, account: str, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        """Return those keys whose messages are not in the ledger, in the same order."""
        ...

    def suspects(self) -> Mapping[tuple[str, Place], int]:
        """Return messages, by account and place, that engines died with in hand, and how many did.

        Those that are in the ledger are no suspects.
        """
        ...

    def take_in_hand(self, account: str, places: Sequence[Place]) -> int:
        """Note durably that messages are about to be handled; return the number of the note.

        If this engine dies before it lets go of them, they are suspects for the next. Raises
        Problem PR523 when the disk is full.
        """
        ...

    def let_go(self, number: int, *, done: bool) -> None:
        """Note that messages are in hand no longer; done: they are in the ledger now.

        Those that are not were given up for another reason than their own, a full disk say.
        """
        ...

    def lookup(self, wanted: Wanted) -> Found:
        """Answer all that a batch wants to know, in one query for each kind."""
        ...

    def commit(self, batch: Batch) -> None:
        """Write all of it durably, or nothing.

        Raises Problem PR523 when the disk is full, PR524 when the batch does not fit what is
        stored: an id that is taken, a record that was changed meanwhile, a value that must be
        unique.
        """
        ...

    def record(self, ref: RecordRef) -> Record | None:
        """Return a record as it stands."""
        ...

    def raw(self, communication: int) -> bytes:
        """Return the raw message. Raises KeyError if there is none."""
        ...

    def due_actions(self, account: str, now: datetime, limit: int) -> list[ServerAction]:
        """Return server actions to carry out, in the order of their messages."""
        ...

    def settled(self, receipts: Sequence[tuple[int, Receipt]], now: datetime) -> None:
        """Note what became of server actions, with an audit entry each."""
        ...

    def lease(self, now: datetime, limit: int) -> list[OutboxRow]:
        """Take notices that are due, first in first out per record, and mark them `sending`."""
        ...

    def sent(self, row: OutboxRow, outcome: SendOutcome, now: datetime) -> None:
        """Note what became of a notice, with an audit entry; a sent mail is a communication too."""
        ...

    def publish(self) -> None:
        """Bring what readers are given up to date."""
        ...

    def query(self, sql: str) -> Rows:
        """Answer a read-only query from what is published, confined; raises Problem PR530."""
        ...

    def close(self) -> None:
        """Publish, let go of the lock; may be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What became of one attempt to send a notice."""

    state: Literal["sent", "retry", "refused", "unknown"]
    detail: str = ""
    due_at: datetime | None = None
    """retry: when."""
    raw: bytes = b""
    """sent: the message as it went out."""
    message_id: str = ""


class Retry(Exception):  # noqa: N818 - reads as `raise Retry(after=...)`
    """The notice could not be sent now."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.after = after


class Uncertain(Retry):
    """Nobody knows whether the notice was taken: the line went dead after it was handed over.

    An alert is tried again; an answer is not, or it might arrive twice.
    """


class Refused(Exception):  # noqa: N818
    """The notice will never be accepted, at least not by everybody it is for."""

    def __init__(self, why: str, raw: bytes = b"") -> None:
        super().__init__(why)
        self.why = why
        self.raw = raw
        """What went out all the same to those recipients that were accepted; b"" if none was."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice with all that a notifier needs to make a message of it."""

    notice: Notice
    account: str
    sender: str
    """The account's own address."""
    message_id: str
    """Ours, with its record token; without angle brackets."""
    headers: Mapping[str, str]
    """Our own fields: which instance, account, table, record, rule and rule set, and why."""
    original: bytes | None = None
    """forward with `attach_original: all`: the message itself."""
    original_text: str = ""
    """forward with `attach_original: text`: its text."""
    date: datetime | None = None
    """When it was written, for the Date field; with a time zone. None: no such field."""
    reply_to: str = ""
    """The address at which answers are asked for; "" for that of the sender."""
    left_out: tuple[str, ...] = ()
    """What did not fit, in words; the text says so too."""


class Notifier(Protocol):
    """Where notices go. Used by one thread at a time."""

    name: ClassVar[str]
    settings: ClassVar[type]

    def __init__(self, settings: Any) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def send(self, letter: Letter) -> bytes:
        """Send it and return what was sent. Raises Retry, Uncertain or Refused."""
        ...

    def close(self) -> None:
        """Let go of the connection; may be called twice."""
        ...


class Authenticator(Protocol):
    """Finds out by itself who sent a message, for accounts whose server does not say.

    It works before the message is decided; what it finds is kept with the decision as a fact, so
    that the same decision can be made again without asking it. Any thread may call.
    """

    name: ClassVar[str]
    """How a rule file refers to it: `check_senders: {use: dkim}`."""
    settings: ClassVar[type]

    def __init__(self, settings: Any) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def check(self, raw: bytes, from_domain: str) -> str:
        """Return results in the form of an Authentication-Results field (RFC 8601 2.2).

        from_domain is that of the one clean From mailbox, as the DNS has it. What cannot be found
        out now is `temperror`, never `pass`. Raises nothing.
        """
        ...


class Scanner(Protocol):
    """Looks for malware in a message, for accounts that ask for it.

    It works before the message is decided; what it finds is kept with the decision as a fact, so
    that the same decision can be made again without asking it. Any thread may call.
    """

    name: ClassVar[str]
    """How a rule file refers to it: `scan_for_malware: {use: clamav}`."""
    settings: ClassVar[type]

    def __init__(self, settings: Any) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def scan(self, raw: bytes) -> Scan:
        """Return what is found in a whole message as it came, attachments encoded.

        What cannot be found out is `failed`, never `clean`: what to do then is up to the rules.
        Takes no longer than its settings allow. Raises nothing.
        """
        ...


class Function(Protocol):
    """A pure function for expressions: total, no I/O."""

    name: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]]
    """Types of the rule language by their names: `text`, `integer`, `timestamp`, `list of text`."""
    returns: ClassVar[str]
    help: ClassVar[str]

    def __call__(self, *values: Any) -> Any:  # noqa: ANN401
        """Return the value."""
        ...
