"""A rule set: what a folder of rule files says, checked and frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from postroom.mail.quotes.marker import MARKER
from postroom.model.caps import Caps
from postroom.model.watch import EngineWatch, Watch
from postroom.rules.matching import Matching

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from postroom.lang.expression import Condition, Template, Value
    from postroom.model.envelope import AfterDecision
    from postroom.model.record import Table
    from postroom.source.diagnostic import Diagnostic
    from postroom.source.text import Source, Span


@dataclass(frozen=True)
class Tell:
    """Whom to tell, besides doing what the rule says: `forward_to`, `reply`, `tell`."""

    reply: str = ""
    """Template of the answer to the sender; "" for none."""
    forward_to: tuple[str, ...] = ()
    template: str = ""
    """Template of the message that goes with what is forwarded; "" for the built-in one."""
    attachments: bool = False
    """Whether the forwarded message takes its attachments along."""


@dataclass(frozen=True)
class Filter:
    """One filter rule."""

    id: str
    span: Span
    when: Condition | None
    """None: always."""
    then: Literal["discard", "quarantine", "bounce", "no_answer"]
    reason: str = ""
    """quarantine: the author's words."""
    tell: Tell = Tell()
    shadow: bool = False


@dataclass(frozen=True)
class AccessRule:
    """One access rule; the first that matches decides."""

    id: str
    span: Span
    when: Condition | None
    then: Literal["allow_as", "deny", "discard"]
    principal: str = ""
    """allow_as: `sender`, `guest`, or the address of a contact."""
    tell: Tell = Tell()
    needs_permission: bool = False
    """update: a token stands for no permission; the groups are asked as without one."""


@dataclass(frozen=True)
class Assignment:
    """A field of the table and where its value comes from."""

    field: str
    value: Value
    span: Span
    append: bool = False
    """Add to what is there: a log entry, files, list items."""


@dataclass(frozen=True)
class ShapeRule:
    """A conditional rule of `mapping` or `updates`."""

    id: str
    span: Span
    when: Condition | None
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True)
class Shape:
    """`mapping` or `updates`: what always applies, then every rule that matches."""

    assignments: tuple[Assignment, ...] = ()
    rules: tuple[ShapeRule, ...] = ()
    quoted_text: Literal["keep", "remove"] = "remove"
    """updates: whether `body.reply` leaves quoted text out."""
    span: Span | None = None


ParsePolicy = Literal["ignore", "keep_old", "reject"]


@dataclass(frozen=True)
class OnBadLine:
    """What to do with a line of a block that cannot be taken."""

    then: ParsePolicy = "ignore"
    tell: tuple[str, ...] = ()
    text: str = ""
    """The author's words to those told; "" for the built-in text."""


@dataclass(frozen=True)
class Parsing:
    """`parsing`: blocks of `Label: value` lines."""

    delimiter: str
    languages: Mapping[str, Mapping[str, str]]
    """Language code to label (as written) to field name."""
    mode: Literal["replace", "add"]
    unknown_label: OnBadLine
    invalid_value: OnBadLine
    not_permitted: OnBadLine
    date_format: str
    span: Span
    sources: tuple[str, ...] = ("block",)
    """Where labels and values are looked for, in this order."""


@dataclass(frozen=True)
class NotifyRule:
    """One notify rule."""

    id: str
    span: Span
    after: tuple[str, ...]
    """Outcomes: created, updated, denied, quarantined, ..."""
    when: Condition | None
    use: str
    """A notifier's name; "" for the account's own `send`."""
    to: tuple[Template, ...]
    template: str
    settings: Any = None
    """The notifier's settings where the rule brings its own; secrets still as references."""
    allow_unverified: bool = False
    """Answer senders that are not authenticated: `check` warns."""


@dataclass(frozen=True)
class MailTemplate:
    """A template: what a notice says."""

    name: str
    span: Span
    subject: Template | None
    text: Template | None
    html: Template | None


@dataclass(frozen=True)
class Receive:
    """`receive`: where an account's mail comes from."""

    use: str
    settings: Any
    """An instance of the transport's settings class, secrets still as references."""
    poll_every: timedelta
    full_sweep_every: timedelta
    after: Mapping[str, AfterDecision]
    """By outcome; `decided` stands for all that are not named."""
    span: Span
    trace: bool = False
    """Whether the conversation with the server is written down."""
    start_at: datetime | None = None
    """What the server took in before is left alone."""
    import_before: datetime | None = None
    """What the server took in before is imported: nobody is answered or told."""


@dataclass(frozen=True)
class Send:
    """`send`: how an account's mail goes out."""

    use: str
    settings: Any
    sender: str
    span: Span
    plus_addresses: bool = False
    """Whether answers are asked for at the account's address with the token behind a `+`."""
    reply_marker: str = MARKER
    """The line above which answers are written; "" for none."""
    max_body: int = 10**6
    """Bytes of a text that goes out."""
    max_attachments: int = 10**7
    """Bytes of a mail that is sent along."""


@dataclass(frozen=True)
class CheckSenders:
    """`check_senders`: which plugin finds out who sent a message."""

    use: str
    settings: Any
    span: Span


@dataclass(frozen=True)
class ScanForMalware:
    """`scan_for_malware`: which plugin looks for malware, and what follows from what it says."""

    use: str
    settings: Any
    span: Span
    when_found: Literal["quarantine", "go_on"] = "quarantine"
    when_down: Literal["quarantine", "go_on"] = "quarantine"
    """What becomes of a message that could not be scanned."""


@dataclass(frozen=True)
class Linked:
    """`shared: {primary: ..., link: ...}`: its records refer to those of another account."""

    primary: str
    field: str
    """The reference field that holds the record which the primary made of the same message."""
    span: Span
    """Of the field's name."""
    primary_span: Span


@dataclass(frozen=True)
class Account:
    """An inbound mailbox with its rules."""

    name: str
    span: Span
    table: str
    address: str
    active: bool = True
    shared: str = ""
    """`each`, `first` or `primary`, where several accounts have its address; "" where it does not
    say.
    """
    keep_raw: timedelta | None = None
    """How long the raw bytes of its mail are kept after it was decided; None: for ever."""
    link: Linked | None = None
    """primary: what ties its records to those of the primary; None: it is the primary."""
    receive: Receive | None = None
    send: Send | None = None
    trust_results_from: tuple[str, ...] = ()
    trusted_sealers: tuple[str, ...] = ()
    """Domains whose ARC seals count (RFC 8617)."""
    check_senders: CheckSenders | None = None
    scan: ScanForMalware | None = None
    spam_score_from: str = ""
    """The field in which a trusted spam filter writes its score; "" if there is none."""
    filters: tuple[Filter, ...] = ()
    keep_prefixes: int | None = None
    """How many Re:/Fwd: prefixes `subject` keeps; None: all."""
    create: tuple[AccessRule, ...] = ()
    update: tuple[AccessRule, ...] = ()
    mapping: Shape = Shape()
    updates: Shape = Shape()
    parsing: Parsing | None = None
    notify: tuple[NotifyRule, ...] = ()
    answers: Caps = field(default_factory=Caps)
    tell_of_answers: tuple[str, ...] = ()
    """Who hears when automatic answers pause."""
    watch: Watch = field(default_factory=Watch)


@dataclass(frozen=True)
class TokenExpiry:
    """`token_expires` of a table: when the tokens of a record count no more."""

    after: timedelta
    """Since the record was changed last."""
    when: Condition | None
    """None: whatever the record holds."""
    span: Span


@dataclass(frozen=True)
class Permission:
    """What a group may do with records of one table."""

    create: bool = False
    edit: Literal["none", "own", "all"] = "none"
    fields: frozenset[str] | None = None
    """None: all fields."""


@dataclass(frozen=True)
class Contacts:
    """Which table stands for people."""

    table: str
    groups: str = ""
    """The multi_choice field that holds a contact's groups; "" if there is none."""
    guest: str = ""
    """The address of the contact as whom strangers act; "" if there is none."""
    guest_groups: tuple[str, ...] = ("guests",)
    """The guest's groups where no such contact is in the store."""


@dataclass(frozen=True)
class Case:
    """One test case, as written."""

    name: str
    span: Span
    account: str
    mail: Mapping[str, Any]
    eml: str = ""
    """Path of a message file beside the rule file; "" if `mail` says it."""
    given: Mapping[str, Any] = field(default_factory=dict)
    expect: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""
    """Where `eml` is looked for."""


@dataclass(frozen=True)
class Waiver:
    """A warning that somebody looked at and accepts."""

    code: str
    span: Span
    reason: str
    rules: tuple[tuple[str, Span], ...] = ()
    """Ids of the rules for which it is accepted, each with its place in the waiver."""
    place: str = ""
    """What it is accepted for, where that is no rule: `lists.holidays`."""
    account: str = ""
    """The only account whose rules are meant; "" for any."""


@dataclass(frozen=True)
class RuleSet:
    """All of it."""

    lists: Mapping[str, tuple[Any, ...]]
    tables: Mapping[str, Table]
    contacts: Contacts | None
    groups: Mapping[str, Mapping[str, Permission]]
    accounts: Mapping[str, Account]
    templates: Mapping[str, MailTemplate]
    cases: tuple[Case, ...]
    sources: tuple[Source, ...]
    hash: str
    """SHA-256 over the names and texts of the files, in hex: which rules decided."""
    warnings: tuple[Diagnostic, ...] = ()
    token_expiry: Mapping[str, TokenExpiry] = field(default_factory=dict)
    """By table; a table that declares none has tokens that last."""
    waivers: tuple[Waiver, ...] = ()
    watch: EngineWatch = field(default_factory=EngineWatch)
    places: Mapping[str, Span] = field(default_factory=dict, repr=False, compare=False)
    """Where names are declared: `lists.holidays`, `tables.ticket.fields.due`."""
    matching: Matching = field(default_factory=Matching, repr=False, compare=False)
    """What tells which rules are worth asking."""
