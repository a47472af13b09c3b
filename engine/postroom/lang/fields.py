"""Every field of a message, declared once: the checker, the docs and completion read this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from postroom.lang.types import (
    ADDRESS,
    ATTACHMENT,
    BOOLEAN,
    DECIMAL,
    DOMAIN,
    INTEGER,
    MAILBOX,
    TEXT,
    TIMESTAMP,
    Kind,
    Type,
    list_of,
    optional,
)
from postroom.model.facts import ScanResult
from postroom.model.message import AuthResult, MessageClass

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from postroom.lang.scope import Scope
    from postroom.model.message import Checked, Mailbox

UNKNOWN_SENDER = "unknown"
"""What `return_path` reads where nobody told us the envelope's sender: not "", which is the null
reverse-path, and no address either."""


@dataclass(frozen=True, slots=True)
class Readable:
    """Something that an expression can read."""

    path: str
    type: Type
    get: Callable[[Scope], Any]
    """Total; gives a value of the type, or None if the type is optional."""
    help: str
    source: str = ""
    """Where it is defined: an RFC with its section, or who finds it out."""
    keep: bool = True
    """Whether its folded text may be kept for as long as the message is decided."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a mailbox, an attachment, a file or an entry of a log."""

    name: str
    type: Type
    get: Callable[[Any], Any]
    help: str


def in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC, which it is taken for if it names no zone."""
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # in the first or the last hours that there are
        return moment.replace(tzinfo=UTC)


def _return_path(s: Scope) -> str:
    found = s.message.return_path
    return UNKNOWN_SENDER if found is None else found


def _date(s: Scope) -> datetime | None:
    return in_utc(s.message.date) if s.message.date else None


def _spam_score(s: Scope) -> Decimal | None:
    score = s.facts.spam_score
    return score if score is not None and score.is_finite() else None


def _token_table(s: Scope) -> str:
    token = s.facts.token
    return token.ref.table if token.valid and token.ref else ""


def _name_addr(mailbox: Mailbox) -> str:
    name = mailbox.display_name
    return f"{name} <{mailbox.addr_spec}>" if name else mailbox.addr_spec


def _method(name: str, get: Callable[[Scope], Checked], about: str) -> tuple[Readable, Readable]:
    return (
        Readable(f"auth.{name}.result", _RESULT, lambda s: get(s).result,
                 f"what a trusted server found out about {about}", "RFC 8601 2.7"),
        Readable(f"auth.{name}.domains", list_of(DOMAIN), lambda s: get(s).domains,
                 f"the domains that `auth.{name}.result` speaks of", "RFC 8601 2.7"),
    )  # fmt: skip


_R = Readable
_RESULT = Type("text", values=get_args(AuthResult))
_SCANNED = Type("text", values=("none", *get_args(ScanResult)))
_CLASS = Type("text", values=get_args(MessageClass))
_MAILBOXES = list_of(MAILBOX)
_TEXTS = list_of(TEXT)
_5322 = "RFC 5322 3.6"

FIELDS: tuple[Readable, ...] = (
    _R("from", MAILBOX, lambda s: s.message.from_, "who wrote it", f"{_5322}.2"),
    _R("sender", MAILBOX, lambda s: s.message.sender,
       "who sent it, where that is somebody else", f"{_5322}.2"),
    _R("reply_to", _MAILBOXES, lambda s: s.message.reply_to, "who wants the answers",
       f"{_5322}.2"),
    _R("to", _MAILBOXES, lambda s: s.message.to, "whom it is for", f"{_5322}.3"),
    _R("cc", _MAILBOXES, lambda s: s.message.cc, "who gets a copy", f"{_5322}.3"),
    _R("subject", TEXT, lambda s: s.message.subject,
       "the subject, without the prefixes that `subject_prefixes` cuts", f"{_5322}.5"),
    _R("date", optional(TIMESTAMP), _date, "when the author says that it was written",
       f"{_5322}.1"),
    _R("message_id", TEXT, lambda s: s.message.message_id, "its id, without angle brackets",
       f"{_5322}.4"),
    _R("in_reply_to", _TEXTS, lambda s: s.message.in_reply_to,
       "ids of the messages that it answers", f"{_5322}.4"),
    _R("references", _TEXTS, lambda s: s.message.references, "ids of the thread before it",
       f"{_5322}.4"),
    _R("return_path", ADDRESS, _return_path,
       f'the envelope\'s sender; "" is the null one, "{UNKNOWN_SENDER}" if nobody told us',
       "RFC 5321 4.4"),
    _R("envelope.mail_from", ADDRESS, _return_path, "the same as `return_path`",
       "RFC 5321 4.1.1.2"),
    _R("envelope.rcpt_to", list_of(ADDRESS), lambda s: s.facts.rcpt_to,
       "the envelope's recipients, where the transport knows them", "RFC 5321 4.1.1.3"),
    _R("auto_submitted", TEXT, lambda s: s.message.auto_submitted,
       "no, auto-generated, auto-replied or auto-notified", "RFC 3834 5, RFC 5436 2.7.1"),
    _R("precedence", TEXT, lambda s: s.message.precedence, "bulk, list, junk", "RFC 2076 3.9"),
    _R("list_id", TEXT, lambda s: s.message.list_id, "the mailing list it came through",
       "RFC 2919 3"),
    _R("list_post", TEXT, lambda s: s.message.list_post, "where to write to the list",
       "RFC 2369 3.4"),
    _R("list_unsubscribe", TEXT, lambda s: s.message.list_unsubscribe, "how to leave the list",
       "RFC 2369 3.2"),
    *_method("spf", lambda s: s.message.auth.spf, "the server that sent it"),
    *_method("dkim", lambda s: s.message.auth.dkim, "its signatures"),
    *_method("dmarc", lambda s: s.message.auth.dmarc, "From, by the policy of its domain"),
    *_method("arc", lambda s: s.message.auth.arc, "the servers it came through"),
    _R("auth.aligned", BOOLEAN, lambda s: s.message.auth.aligned,
       "whether DMARC passed for the domain of From", "RFC 9989"),
    _R("auth.vouched", BOOLEAN, lambda s: s.message.auth.vouched,
       "whether a sealer that you trust says so of the time when it had the message", "RFC 8617"),
    _R("dsn.present", BOOLEAN, lambda s: s.message.dsn.present,
       "whether it is a delivery report", "RFC 3464 2"),
    _R("dsn.action", TEXT, lambda s: s.message.dsn.action,
       "failed, delayed, delivered, relayed or expanded", "RFC 3464 2.3.3"),
    _R("dsn.status", TEXT, lambda s: s.message.dsn.status, "such as 5.1.1", "RFC 3463 2"),
    _R("dsn.final_recipient", ADDRESS, lambda s: s.message.dsn.final_recipient,
       "whom it did not reach", "RFC 3464 2.3.2"),
    _R("dsn.original_recipient", ADDRESS, lambda s: s.message.dsn.original_recipient,
       "whom it was first sent to", "RFC 3464 2.3.1"),
    _R("dsn.diagnostic_code", TEXT, lambda s: s.message.dsn.diagnostic_code,
       "what the server answered", "RFC 3464 2.3.6"),
    _R("dsn.reporting_mta", TEXT, lambda s: s.message.dsn.reporting_mta, "which server reports",
       "RFC 3464 2.2.2"),
    _R("mdn.present", BOOLEAN, lambda s: s.message.mdn.present, "whether it is a read receipt",
       "RFC 8098 3"),
    _R("mdn.disposition", TEXT, lambda s: s.message.mdn.disposition,
       "what was done with the message", "RFC 8098 3.2.6"),
    _R("arf.present", BOOLEAN, lambda s: s.message.arf.present, "whether it is a complaint",
       "RFC 5965 2"),
    _R("arf.feedback_type", TEXT, lambda s: s.message.arf.feedback_type, "abuse, fraud, virus",
       "RFC 5965 7.3"),
    _R("class", _CLASS, lambda s: s.message.class_, "what kind of message it is", "postroom"),
    _R("class_reasons", _TEXTS, lambda s: s.message.class_reasons, "why it is of that class",
       "postroom"),
    _R("body.text", TEXT, lambda s: s.message.body.text,
       "all of the text; made from the HTML where there is none", "postroom"),
    _R("body.html", TEXT, lambda s: s.message.body.html, "the HTML as it was sent", "RFC 2046"),
    _R("body.reply", TEXT, lambda s: s.message.body.reply,
       "what is new: the text without what it quotes", "postroom"),
    _R("body.quoted", TEXT, lambda s: s.message.body.quoted, "what it quotes", "postroom"),
    _R("body.signature", TEXT, lambda s: s.message.body.signature, "the signature", "postroom"),
    _R("body.language", TEXT, lambda s: s.message.body.language, "such as de", "RFC 3282 2"),
    _R("attachments", list_of(ATTACHMENT), lambda s: s.message.attachments,
       "attached files and inline images", "RFC 2183"),
    _R("calendar.present", BOOLEAN, lambda s: s.message.calendar is not None,
       "whether it is an invitation or the answer to one", "RFC 5546"),
    _R("calendar.method", TEXT, lambda s: s.message.calendar.method if s.message.calendar else "",
       "request, reply or cancel", "RFC 5546 1.4"),
    _R("calendar.summary", TEXT, lambda s: s.message.calendar.summary if s.message.calendar else "",
       "what it is about", "RFC 5545 3.8.1.12"),
    _R("forwarded.present", BOOLEAN, lambda s: s.message.forwarded is not None,
       "whether it is a forwarded message", "postroom"),
    _R("forwarded.from", optional(MAILBOX),
       lambda s: s.message.forwarded.sender if s.message.forwarded else None,
       "who wrote the forwarded message, as claimed by who forwarded it", "postroom"),
    _R("forwarded.subject", TEXT,
       lambda s: s.message.forwarded.subject if s.message.forwarded else "",
       "its subject, as claimed", "postroom"),
    _R("forwarded.text", TEXT, lambda s: s.message.forwarded.text if s.message.forwarded else "",
       "its text, as claimed", "postroom"),
    _R("defects", _TEXTS, lambda s: tuple(d.code for d in s.message.defects),
       "what is broken in the format of the message", "postroom"),
    _R("size", INTEGER, lambda s: s.message.size, "bytes of the whole message", "postroom"),
    _R("received_at", TIMESTAMP, lambda s: in_utc(s.facts.received_at),
       "when the server took it in", "postroom"),
    _R("account", TEXT, lambda s: s.facts.account, "the account it came to", "postroom"),
    _R("token.valid", BOOLEAN, lambda s: s.facts.token.valid,
       "whether it carries a record token of ours", "postroom"),
    _R("token.table", TEXT, _token_table, "the table of the record that the token names",
       "postroom"),
    _R("thread.found", BOOLEAN, lambda s: s.facts.thread is not None,
       "whether it belongs to the thread of a record", "postroom"),
    _R("thread.participant", BOOLEAN,
       lambda s: s.facts.thread is not None and s.facts.thread.participant,
       "whether the sender took part in that thread before", "postroom"),
    _R("participant.known", BOOLEAN, lambda s: s.facts.participant,
       "whether From's address took part in the correspondence of the record before",
       "postroom"),
    _R("malware.result", _SCANNED, lambda s: s.facts.scan.result if s.facts.scan else "none",
       "what a scanner says: `none` if nobody looked, `failed` if it could not", "postroom"),
    _R("malware.found", BOOLEAN,
       lambda s: s.facts.scan is not None and s.facts.scan.result == "found",
       "whether a scanner found malware", "postroom"),
    _R("malware.names", _TEXTS, lambda s: s.facts.scan.names if s.facts.scan else (),
       "what the scanner calls it", "postroom"),
    _R("spam.score", optional(DECIMAL), _spam_score, "what a trusted spam filter gave",
       "postroom"),
)  # fmt: skip
"""All that can be read of any message; `headers`, `contact` and `record` come on top."""

PARTS: dict[Kind, tuple[Part, ...]] = {
    "mailbox": (
        Part("display_name", optional(TEXT), lambda m: m.display_name or None,
             "the name beside the address: claimed, never verified"),
        Part("addr_spec", ADDRESS, lambda m: m.addr_spec, "the address"),
        Part("local_part", TEXT, lambda m: m.local_part, "what stands before the @"),
        Part("domain", DOMAIN, lambda m: m.domain, "what stands behind the @"),
        Part("name_addr", TEXT, _name_addr, "name and address: `Ann <ann@partner.example>`"),
    ),
    "attachment": (
        Part("filename", TEXT, lambda a: a.filename, "a safe name for showing"),
        Part("content_type", TEXT, lambda a: a.content_type, "as the sender declares it"),
        Part("detected_type", TEXT, lambda a: a.detected_type, "as the content says"),
        Part("disposition", Type("text", values=("attachment", "inline")),
             lambda a: a.disposition, "attachment or inline"),
        Part("content_id", TEXT, lambda a: a.content_id, "what HTML refers to it by"),
        Part("size", INTEGER, lambda a: a.size, "bytes of the content"),
        Part("sha256", TEXT, lambda a: a.sha256, "of the content, in hex"),
    ),
    "file": (
        Part("filename", TEXT, lambda f: f.filename, "a safe name for showing"),
        Part("content_type", TEXT, lambda f: f.content_type, "its type"),
        Part("size", INTEGER, lambda f: f.size, "bytes"),
        Part("sha256", TEXT, lambda f: f.sha256, "of the content, in hex"),
    ),
    "log_entry": (
        Part("text", TEXT, lambda e: e.text, "what was written"),
        Part("author", TEXT, lambda e: e.author, "by whom"),
        Part("written_at", TIMESTAMP, lambda e: in_utc(e.written_at), "when"),
        Part("verified", BOOLEAN, lambda e: e.verified, "whether the author was authenticated"),
    ),
}  # fmt: skip
"""What stands behind a dot, by the kind of the value before it."""
