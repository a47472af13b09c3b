"""What the rules concluded about one message, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from postroom.model.envelope import AfterDecision
    from postroom.model.facts import Facts, SenderState
    from postroom.model.record import RecordRef, Value

Outcome = Literal[
    "created", "updated", "discarded", "denied", "quarantined", "bounced", "duplicate"
]
Section = Literal["guard", "filters", "access", "mapping", "updates", "parsing", "notify"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of a condition, in the author's own words, with what it read."""

    text: str
    place: str
    """`file:line:column`."""
    held: bool
    operands: tuple[tuple[str, Any], ...] = ()
    """The fields it read, by their names in the rule, and their values."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that had its say."""

    id: str
    section: Section
    place: str
    """`file:line:column` of the rule; "" for a built-in guard."""
    effect: str
    """What it asked for, in the rule's words: `discard`, `allow_as sender`, `set priority`."""
    because: tuple[Comparison, ...] = ()
    shadow: bool = False
    """It was only logged."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the value of a field came from."""

    rule: str
    """Rule id; `mapping.set`, `updates.set`, `parsing` or `default` where there is none."""
    place: str


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record to create or to change."""

    kind: Literal["create", "update"]
    ref: RecordRef
    values: Mapping[str, Value]
    """create: every field; update: each field that changes, with its new value in full."""
    before: Mapping[str, Value] = field(default_factory=dict)
    """update: what the fields held."""
    revision: int = 1
    """The record's revision after the change."""
    written_at: datetime | None = None
    """When, where it is imported; None: when it is written."""


@dataclass(frozen=True, slots=True)
class Link:
    """A record of another account that is to refer to the record of this message."""

    account: str
    change: RecordChange
    provenance: Mapping[str, Provenance]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to send. Written to the outbox in the same transaction as the record."""

    key: str
    """Idempotency key: the same notice always has the same one."""
    kind: Literal["answer", "alert", "forward"]
    """answer: to the sender, at most once; alert and forward: at least once."""
    origin: Section
    """The section of the rule file that asked for it."""
    rule: str
    template: str
    use: str
    """Which notifier."""
    to: tuple[str, ...]
    subject: str = ""
    text: str = ""
    html: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    ref: RecordRef | None = None
    """The record it is about; order is kept per record."""
    attach_original: Literal["no", "text", "all"] = "no"
    """forward: nothing of the original, its text, or the whole message with attachments."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What the rule tells the notifier besides: `file:`, `url:`."""
    token: str = ""
    """The record's token, which the message carries so that the answer finds back."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An answer that was not sent."""

    rule: str
    template: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The conclusion. Nothing in it has happened yet."""

    outcome: Outcome
    account: str
    table: str | None = None
    reasons: tuple[str, ...] = ()
    """In plain words, the deciding one first."""
    fired: tuple[Fired, ...] = ()
    """In the order in which they fired; shadow rules are marked."""
    change: RecordChange | None = None
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    """Records of other accounts, made of the same message, that are to refer to this one's."""
    notices: tuple[Notice, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    after: tuple[AfterDecision, ...] = ()
    """What to do on the server."""
    sender_state: SenderState = "unknown"
    principal: str = ""
    """As whom the sender acted: a contact's address, or "" where it did not come to that."""
    refused_values: tuple[tuple[str, str], ...] = ()
    """Fields whose value was not taken, each with the reason."""
    facts: Facts | None = field(default=None, repr=False)
    rules: str = ""
    """Hash of the rule set."""

    @property
    def ref(self) -> RecordRef | None:
        """The record that was created or changed."""
        return self.change.ref if self.change else None

    @property
    def verified(self) -> bool:
        """Whether the sender is who From says; only then does the message make participants."""
        return self.sender_state == "aligned"

    @property
    def repeats(self) -> int | None:
        """The communication that holds these very bytes: the message gets none of its own."""
        same_bytes = self.facts is not None and self.facts.duplicate_by == "bytes"
        return self.facts.duplicate_of if self.facts and same_bytes else None

    @property
    def fired_ids(self) -> tuple[str, ...]:
        """Ids of the author's rules that had an effect, in order, but for those of `notify`."""
        return tuple(
            f.id for f in self.fired if not f.shadow and f.section not in ("guard", "notify")
        )

    @property
    def notified(self) -> tuple[str, ...]:
        """Ids of the notify rules whose notices go out, in order."""
        return tuple(dict.fromkeys(n.rule for n in self.notices if n.origin == "notify"))

    @property
    def replied_with(self) -> tuple[str, ...]:
        """Templates of the answers that a filter or an access rule gives."""
        return tuple(
            n.template for n in self.notices if n.kind == "answer" and n.origin != "notify"
        )


@dataclass(frozen=True, slots=True)
class Clocked:
    """When a decision was made and how long it took, which are not part of it."""

    decided_at: datetime
    microseconds: int
