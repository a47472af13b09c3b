"""A small desk at which the cases of the language are asked: its tables, lists, and mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from postroom.lang.scheme import Scheme, scheme
from postroom.lang.scope import Scope
from postroom.lang.units import SPANS
from postroom.model.facts import Facts, Thread, TokenFact, Window
from postroom.model.message import (
    Arf,
    Attachment,
    Auth,
    Body,
    Calendar,
    Checked,
    Defect,
    Dsn,
    Forwarded,
    Mailbox,
    Mdn,
    Message,
)
from postroom.model.record import Field, FileRef, LogEntry, Record, RecordRef, Table
from postroom.source.text import Source
from postroom.source.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def _table(name: str, *fields: Field, number: str = "") -> Table:
    return Table(name, {field.name: field for field in fields}, number)


CONTACT = _table(
    "contact",
    Field("name", "text"),
    Field("email", "email", unique=True),
    Field("other", "list", of="email"),
    Field("groups", "multi_choice", values=("customers", "partners", "staff", "guests")),
    Field("discount", "decimal"),
    Field("vip", "boolean"),
)
TICKET = _table(
    "ticket",
    Field("title", "text", max=250, required=True),
    Field("details", "text"),
    Field("notes", "log"),
    Field("requester", "reference", table="contact"),
    Field("problem_type", "choice", values=("General", "Billing", "New Account Setup")),
    Field("priority", "integer", min=1, max=4, default=3),
    Field("cost", "decimal"),
    Field("due", "date"),
    Field("closed_at", "timestamp"),
    Field("is", "boolean"),
    Field("files", "files"),
    Field("tags", "multi_choice", values=("vip", "late")),
    Field("watchers", "list", of="email"),
    number="SUP",
)
LISTS: dict[str, tuple[Any, ...]] = {
    "partner_domains": ("partner.example", "Bücher.example"),
    "junk_phrases": ("you have won", "Unsubscribe Me"),
    "sizes": (1, 2, 3),
    "mixed": ("a", 1),
    "hollow": ("a", ""),
}


def desk(*, with_record: bool = True, functions: Any = None) -> Scheme:
    """Return what an expression may read at this desk."""
    return scheme(
        lists=LISTS,
        tables={"contact": CONTACT, "ticket": TICKET},
        contact_table=CONTACT,
        record_table=TICKET,
        functions=functions or {},
        with_record=with_record,
    )


SCHEME = desk()


def words(text: str, name: str = "rules.yaml") -> Words:
    """Return a text as the words of a rule file that holds nothing else."""
    return Words.plain(Source(name, text), 0, len(text))


def scope(mail: dict[str, Any] | None = None) -> Scope:
    """Return a message as a case describes it, with its facts and its record."""
    mail = dict(mail or {})
    facts = _facts(mail)
    record = mail.pop("record", None)
    return Scope(
        _message(mail),
        facts,
        _record("ticket", record) if record is not None else None,
        TICKET,
        CONTACT,
    )


_NAMES = {"from": "from_", "class": "class_"}


def _message(mail: dict[str, Any]) -> Message:
    given: dict[str, Any] = {"from": "ann@partner.example", "size": 1000, **mail}
    read = {name: _READERS.get(name, _as_it_is)(value) for name, value in given.items()}
    return Message("0" * 64, **{_NAMES.get(name, name): value for name, value in read.items()})


def _as_it_is(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def mailbox(text: str) -> Mailbox:
    """Return the mailbox that `Ann <ann@partner.example>` says."""
    name, _, address = text.rpartition("<")
    return Mailbox(name.strip() or None, address.removesuffix(">"))


def _facts(mail: dict[str, Any]) -> Facts:
    contact, token = mail.pop("contact", None), mail.pop("token", None)
    counts = {Window("from", _span(s)): n for s, n in mail.pop("count_from", {}).items()}
    counts |= {Window("to", _span(s)): n for s, n in mail.pop("count_to", {}).items()}
    thread = mail.pop("thread", None)
    score = mail.pop("spam", None)
    return Facts(
        mail.pop("account", "billing"),
        _moment(mail.pop("received_at", None)) or NOON,
        NOON,
        contact=_record("contact", contact) if contact is not None else None,
        token=TokenFact(valid=True, ref=RecordRef(token, 1)) if token else TokenFact(),
        thread=Thread(RecordRef("ticket", 1), 1, thread["participant"]) if thread else None,
        counts=counts,
        rcpt_to=tuple(mail.pop("rcpt_to", [])),
        spam_score=Decimal(str(score)) if score is not None else None,
    )


def _record(table: str, values: dict[str, Any]) -> Record:
    held = dict(values)
    for name in ("other", "groups", "tags", "watchers"):
        if name in held:
            held[name] = tuple(held[name])
    if "notes" in held:
        held["notes"] = tuple(LogEntry(NOON, "ann", verified=True, text=t) for t in held["notes"])
    if "files" in held:
        held["files"] = tuple(FileRef("f" * 64, f, "text/plain", 3, 1, 1) for f in held["files"])
    for name in ("cost", "discount"):
        if name in held:
            held[name] = Decimal(str(held[name]))
    return Record(RecordRef(table, held.pop("id", 4711)), held)


def _attachment(part: int, given: dict[str, Any]) -> Attachment:
    type_ = given.get("content_type", "application/pdf")
    return Attachment(
        given.get("filename", "a.pdf"),
        type_,
        given.get("detected_type", type_),
        given.get("disposition", "attachment"),
        given.get("content_id", ""),
        given.get("size", 1000),
        given.get("sha256", "a" * 64),
        part,
    )


def _auth(given: dict[str, Any]) -> Auth:
    found: dict[str, Any] = {
        method: Checked(**_as_it_is_in(v) if isinstance(v, dict) else {"result": v})
        for method, v in given.items()
        if method != "aligned"
    }
    return Auth(aligned=given.get("aligned", False), **found)


def _as_it_is_in(given: dict[str, Any]) -> dict[str, Any]:
    return {name: _as_it_is(value) for name, value in given.items()}


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _span(text: str) -> timedelta:
    return int(text[:-1]) * SPANS[text[-1]]


def _many(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


_READERS: dict[str, Callable[[Any], Any]] = {
    "from": mailbox,
    "sender": mailbox,
    "to": lambda given: tuple(map(mailbox, given)),
    "cc": lambda given: tuple(map(mailbox, given)),
    "reply_to": lambda given: tuple(map(mailbox, given)),
    "headers": lambda given: tuple((n, v) for n, vs in given.items() for v in _many(vs)),
    "body": lambda given: Body(**given),
    "auth": _auth,
    "date": _moment,
    "attachments": lambda given: tuple(_attachment(i, each) for i, each in enumerate(given)),
    "dsn": lambda given: Dsn(**given),
    "mdn": lambda given: Mdn(**given),
    "arf": lambda given: Arf(**given),
    "calendar": lambda given: Calendar(
        given["method"], "", given.get("summary", ""), None, None, ""
    ),
    "forwarded": lambda given: Forwarded(mailbox(given["from"]), given.get("subject", ""), "", ""),
    "defects": lambda given: tuple(map(Defect, given)),
}
"""How what a case says of a message becomes the message's own; lists become tuples."""
