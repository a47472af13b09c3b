"""A small help desk, built by hand: the pipeline is tested without reading a rule file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from postroom.identity.carriers import message_id
from postroom.identity.token import KeyRing, Tokens
from postroom.lang.expression import Condition, Template, Value
from postroom.lang.types import TEXT
from postroom.model.decision import Comparison
from postroom.model.envelope import AfterDecision
from postroom.model.facts import Facts, TokenFact
from postroom.model.message import Body, Mailbox, Message
from postroom.model.record import Field, Record, RecordRef, Table
from postroom.pipeline.decide import decide
from postroom.rules.ruleset import (
    AccessRule,
    Account,
    Assignment,
    Contacts,
    Filter,
    MailTemplate,
    NotifyRule,
    Permission,
    Receive,
    RuleSet,
    Send,
    Shape,
    ShapeRule,
    Tell,
)
from postroom.source.text import Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.scope import Scope
    from postroom.model.decision import Decision
    from postroom.model.facts import Window

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
HERE = Span(Source("rules.yaml", "x"), 0, 1)
TOKENS = Tokens(KeyRing.single(bytes(range(64)), "kestrel"), {"contact": 1, "ticket": 2})
ADDRESS = "support@kestrel.example"
CONTACT = Table(
    "contact",
    {
        "name": Field("name", "text"),
        "email": Field("email", "email", unique=True, required=True),
        "other": Field("other", "list", of="email"),
        "groups": Field("groups", "multi_choice", values=("staff", "customers", "guests")),
    },
)
TICKET = Table(
    "ticket",
    {
        "title": Field("title", "text", max=40, required=True),
        "details": Field("details", "text"),
        "notes": Field("notes", "log"),
        "requester": Field("requester", "reference", table="contact"),
        "type": Field("type", "choice", values=("General", "Billing"), default="General"),
        "tags": Field("tags", "multi_choice", values=("vip", "late")),
        "priority": Field("priority", "integer", min=1, max=4, default=3),
        "due": Field("due", "date"),
        "files": Field("files", "files"),
        "updated_by": Field("updated_by", "text"),
    },
    number="SUP",
)
ANN = Record(RecordRef("contact", 7), {"email": "ann@weaver.example", "groups": ("customers",)})
SUP_1 = Record(
    RecordRef("ticket", 1),
    {"title": "Light", "requester": 7, "notes": (), "files": (), "priority": 2},
)


def when(text: str, holds: Callable[[Scope], bool], *windows: Window) -> Condition:
    return Condition(
        HERE,
        holds,
        lambda scope: (Comparison(text, HERE.place, holds(scope)),),
        windows=frozenset(windows),
    )


def value(of: Callable[[Scope], Any], *reads: str) -> Value:
    return Value(HERE, TEXT, of, reads=frozenset(reads))


def fixed(constant: object) -> Value:
    return Value(HERE, TEXT, lambda _scope: constant, constant=constant)


def template(render: Callable[[Scope], str], *reads: str) -> Template:
    return Template(HERE, "plain", render, frozenset(reads))


def put(name: str, given: Value, *, append: bool = False) -> Assignment:
    return Assignment(name, given, HERE, append)


def says(text: str) -> MailTemplate:
    subject = template(lambda s: f"Re: {s.record.values.get('title') if s.record else 'your mail'}")
    return MailTemplate(text, HERE, subject, template(lambda _s: text), None)


ALIGNED = when("auth.aligned", lambda s: s.message.auth.aligned)
KNOWN = when(
    "contact.known and auth.aligned",
    lambda s: s.facts.contact is not None and s.message.auth.aligned,
)
SUBJECT = value(lambda s: s.message.subject, "subject")
SENDER = value(lambda s: s.message.from_.addr_spec, "from.addr_spec")
TO_SENDER = template(lambda s: s.message.from_.addr_spec, "from.addr_spec")


def contact_id(scope: Scope) -> int | None:
    return scope.facts.contact.ref.id if scope.facts.contact else None


def always(_scope: Scope) -> bool:
    return True


ACCOUNT = Account(
    name="support",
    span=HERE,
    table="ticket",
    address=ADDRESS,
    receive=Receive(
        "eml", None, timedelta(minutes=1), timedelta(minutes=45),
        {
            "decided": AfterDecision("move", "Done"),
            "discarded": AfterDecision("delete", "", timedelta(days=2)),
        },
        HERE,
    ),
    send=Send("file", None, ADDRESS, HERE),
    trust_results_from=("mx.kestrel.example",),
    keep_prefixes=0,
    create=(
        AccessRule("known", HERE, KNOWN, "allow_as", "sender"),
        AccessRule("anybody", HERE, ALIGNED, "allow_as", "guest"),
    ),
    update=(
        AccessRule("member", HERE, KNOWN, "allow_as", "sender"),
        AccessRule(
            "copied", HERE, when("token.valid", lambda s: s.facts.token.valid), "allow_as", "guest"
        ),
    ),
    mapping=Shape(
        (
            put("title", SUBJECT),
            put("details", value(lambda s: s.message.body.text, "body.text")),
            put("requester", value(contact_id, "contact")),
            put("files", value(lambda s: s.message.attachments, "attachments")),
        ),
        (
            ShapeRule(
                "outage", HERE, when("outage", lambda s: "outage" in s.message.subject.lower()),
                (put("priority", fixed(1)),),
            ),
        ),
    ),
    updates=Shape(
        (
            put("updated_by", SENDER),
            put("notes", value(lambda s: s.message.body.reply, "body.reply"), append=True),
            put("files", value(lambda s: s.message.attachments, "attachments"), append=True),
        )
    ),
    notify=(NotifyRule("ack", HERE, ("created",), None, "", (TO_SENDER,), "ack"),),
)  # fmt: skip
WRITABLE = frozenset({"title", "details", "notes", "files"})
GROUPS = {
    "staff": {"ticket": Permission(create=True, edit="all")},
    "customers": {"ticket": Permission(create=True, edit="own", fields=WRITABLE)},
    "guests": {"ticket": Permission(create=True, fields=WRITABLE - {"notes"})},
}


@dataclass
class Desk:
    """Decides messages under rules that a test changes as it needs."""

    account: Account = ACCOUNT
    groups: dict[str, dict[str, Permission]] = field(
        default_factory=lambda: {group: dict(rights) for group, rights in GROUPS.items()}
    )
    templates: tuple[str, ...] = ("ack", "page", "no_create", "told")
    now: datetime = NOW
    tokens: Tokens = TOKENS
    tables: dict[str, Table] = field(default_factory=lambda: {"contact": CONTACT, "ticket": TICKET})

    @property
    def rules(self) -> RuleSet:
        return RuleSet(
            lists={},
            tables=self.tables,
            contacts=Contacts("contact", "groups", "guest@kestrel.example"),
            groups=self.groups,
            accounts={"support": self.account},
            templates={name: says(name) for name in self.templates},
            cases=(),
            sources=(HERE.source,),
            hash="f00d",
        )

    def changed(self, **changes: Any) -> Desk:
        return replace(self, account=replace(self.account, **changes))

    def required(self, name: str) -> None:
        """Require a field of a ticket."""
        fields = self.tables["ticket"].fields
        changed = {**fields, name: replace(fields[name], required=True)}
        self.tables["ticket"] = replace(self.tables["ticket"], fields=changed)

    def filtering(self, rule_id: str, then: Any, **more: Any) -> Desk:
        """Add a filter that takes every message, unless `holds` says otherwise."""
        condition = when(rule_id, more.pop("holds", always), *more.pop("windows", ()))
        rule = Filter(rule_id, HERE, condition, then, **more)
        return self.changed(filters=(*self.account.filters, rule))

    def creating(self, then: Any, principal: str = "", tell: Tell | None = None) -> Desk:
        """Have one access rule for new records."""
        rule = AccessRule("only", HERE, None, then, principal, tell or Tell())
        return self.changed(create=(rule,))

    def updating(self, then: Any, principal: str = "") -> Desk:
        """Have one access rule for updates."""
        return self.changed(update=(AccessRule("only", HERE, None, then, principal),))

    def notifying(self, rule_id: str, *after: str, **more: Any) -> Desk:
        """Have one notify rule, whose template has its name; to the sender if nothing is said."""
        to = more.pop("to", (TO_SENDER,))
        rule = NotifyRule(rule_id, HERE, after, None, "", to, rule_id)
        return self.changed(notify=(replace(rule, **more),))

    def setting(self, name: str, given: Value, *, append: bool = False) -> Desk:
        """Have `mapping`, or `updates`, set one field more."""
        assignment = Assignment(name, given, HERE, append)
        mapping, updates = self.account.mapping, self.account.updates
        return self.changed(
            mapping=replace(mapping, assignments=(*mapping.assignments, assignment)),
            updates=replace(updates, assignments=(*updates.assignments, assignment)),
        )

    fixed = staticmethod(fixed)
    value = staticmethod(value)
    template = staticmethod(template)
    address = ADDRESS
    ann = ANN
    sup_1 = SUP_1

    def answer(self, text: str = "It works.", **changes: Any) -> Message:
        """An answer of Ann's that carries the token of SUP-1."""
        in_reply_to = (message_id(self.tokens.mint(SUP_1.ref), "x", "kestrel.example"),)
        usual = {"subject": "Re: Light", "in_reply_to": in_reply_to}
        return self.message(text, **usual | changes)

    def known(self, **changes: Any) -> Facts:
        """What is known about that answer."""
        token = TokenFact(valid=True, ref=SUP_1.ref, carrier="references")
        return self.facts(**{"token": token, "record": SUP_1} | changes)

    def message(self, text: str = "It stays dark.", **changes: Any) -> Message:
        """A mail from Ann, authenticated unless `dmarc` says otherwise."""
        dmarc = changes.pop("dmarc", "pass")
        sender = changes.pop("from_", Mailbox("Ann", "ann@weaver.example"))
        headers = changes.pop("headers", ())
        results = f"mx.kestrel.example; dmarc={dmarc} header.from={sender.domain}"
        body = changes.pop("body", Body(text=text, reply=text))
        return Message(
            **{
                "sha256": "aa" * 32,
                "size": 1_000,
                "headers": (("Authentication-Results", results), *headers),
                "from_": sender,
                "to": (Mailbox(None, ADDRESS),),
                "subject": "Rear light",
                "message_id": "m1@weaver.example",
                "return_path": sender.addr_spec,
                "submission": "5b",
                "body": body,
                **changes,
            }
        )

    def facts(self, **changes: Any) -> Facts:
        known: dict[str, Any] = {"communication": 40, "next_record": 12, "contact": ANN}
        return Facts(account="support", received_at=self.now, now=self.now, **known | changes)

    def decide(self, message: Message | None = None, facts: Facts | None = None) -> Decision:
        return decide(
            message or self.message(), facts or self.facts(), self.account, self.rules, self.tokens
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()
