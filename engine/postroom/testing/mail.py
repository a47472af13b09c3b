"""A message from the few words of a test case, as bytes that a server could have delivered."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any

from postroom.identity.carriers import message_id
from postroom.mail.providers import trusted
from postroom.model.facts import Scan
from postroom.model.record import RecordRef
from postroom.rules import keys
from postroom.source.diagnostic import Diagnostic, Problem
from postroom.source.near import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from postroom.identity.token import Tokens
    from postroom.mail.providers import Provider
    from postroom.rules.ruleset import Account, Case, RuleSet

_METHODS = {
    "dmarc": "dmarc={} header.from={}",
    "spf": "spf={} smtp.mailfrom={}",
    "dkim": "dkim={} header.d={}",
    "arc": "arc={}",
}
_ADDRESSES = (("Sender", "sender"), ("Cc", "cc"), ("Reply-To", "reply_to"))
_IDS = (("In-Reply-To", "in_reply_to"), ("References", "references"))


def build(
    case: Case, account: Account, rules: RuleSet, tokens: Tokens, received_at: datetime
) -> bytes:
    """Return the message of a case. Raises Problem PR445 for what no message can hold."""
    mail = case.mail
    fields = dict(_fields(case, account, received_at))
    token = _token(case, rules, tokens) if "token" in mail else ""
    if token:
        ours = f"<{message_id(token, 'case', account.address.rpartition('@')[2])}>"
        fields["In-Reply-To"] = " ".join(filter(None, (fields.get("In-Reply-To"), ours)))
    for name, value in dict(mail.get("headers") or {}).items():
        _replace(fields, name, _text(value))
    lines = []
    for name, value in fields.items():
        if not _is_field(name) or any(c in value for c in "\r\n\0"):
            raise _wrong(case, f"`{name}` is no header field of one line", "write one line")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("utf-8", "surrogateescape") + _content(mail)


def _fields(case: Case, account: Account, received_at: datetime) -> Iterator[tuple[str, str]]:
    mail = case.mail
    sender = _text(mail.get("from"))
    address = parseaddr(sender)[1]
    yield "Return-Path", f"<{_text(mail.get('return_path', address))}>"
    domain = address.rpartition("@")[2]
    results, provider = _results(mail, domain), _provider(account)
    if results and account.check_senders is None:
        if provider is None:
            hint = "add `trust_results_from: [mx.example.com]` to the account"
            raise _wrong(case, f"nobody's word counts in `{account.name}`", hint)
        named = () if provider.nameless else (provider.shown,)
        yield "Authentication-Results", "; ".join((*named, *results))
    when = format_datetime(received_at)
    by = provider.shown if provider and provider.nameless else "mx.example"
    yield "Received", f"from mail.example by {by} with ESMTPS; {when}"
    if mail.get("arc") == "pass" and account.trusted_sealers:
        sealer = account.trusted_sealers[0]
        yield "ARC-Seal", f"i=1; a=rsa-sha256; d={sealer}; s=case; cv=none; b=AA=="
        yield "ARC-Authentication-Results", f"i=1; {sealer}; dmarc=pass header.from={domain}"
    yield "From", sender
    yield "To", ", ".join(_texts(mail.get("to", account.address)))
    for name, key in _ADDRESSES:
        if key in mail:
            yield name, ", ".join(_texts(mail[key]))
    if "subject" in mail:
        yield "Subject", _text(mail["subject"])
    yield "Date", _text(mail.get("date", when))
    usual = f"{case.span.start}.case@{address.rpartition('@')[2] or 'example.com'}"
    yield "Message-ID", f"<{_text(mail.get('message_id', usual))}>"
    for name, key in _IDS:
        if key in mail:
            yield name, " ".join(f"<{each}>" for each in _texts(mail[key]))


def _results(mail: Mapping[str, Any], domain: str) -> list[str]:
    return [form.format(mail[name], domain) for name, form in _METHODS.items() if name in mail]


def checked_here(case: Case, account: Account) -> str:
    """Return what a plugin would have found out about the sender; "" where none is asked."""
    domain = parseaddr(_text(case.mail.get("from")))[1].rpartition("@")[2]
    results = _results(case.mail, domain)
    return "; ".join(("postroom", *results)) if results and account.check_senders else ""


def scanned(case: Case, account: Account) -> Scan | None:
    """Return what a scanner would have found; None where none is asked."""
    if account.scan is None:
        return None
    names = tuple(_texts(case.mail.get("malware") or []))
    return Scan("found" if names else "clean", names)


def _provider(account: Account) -> Provider | None:
    found = trusted(account.trust_results_from[:1]).providers
    return found[0] if found else None


def _token(case: Case, rules: RuleSet, tokens: Tokens) -> str:
    table, _, number = _text(case.mail["token"]).rpartition("-")
    if table not in rules.tables or not number.isdecimal():
        hint = did_you_mean(table, rules.tables) or "write the table and the id: `ticket-1`"
        raise _wrong(case, f"`{case.mail['token']}` names no record", hint)
    return tokens.mint(RecordRef(table, int(number)))


def _content(mail: Mapping[str, Any]) -> bytes:
    """Return the MIME fields and the body, the same bytes each time."""
    built = EmailMessage(policy=SMTP)
    text, html = mail.get("text"), mail.get("html")
    if html is None:
        built.set_content(_text(text))
    elif text is None:
        built.set_content(_text(html), subtype="html")
    else:
        built.set_content(_text(text))
        built.add_alternative(_text(html), subtype="html")
    for attached in mail.get("attachments") or ():
        kind, _, subtype = _text(attached.get("content_type", _UNKNOWN)).partition("/")
        data = _text(attached.get("text")).encode() or bytes(int(attached.get("size", 0)))
        name = _text(attached["filename"])
        built.add_attachment(data, maintype=kind, subtype=subtype or "x", filename=name)
    for number, part in enumerate(built.walk()):
        if part.is_multipart():
            part.set_boundary(f"=-case-{number}")
    return built.as_bytes()


_UNKNOWN = next(key.default for key in keys.ATTACHED.keys if key.name == "content_type")


def _replace(fields: dict[str, str], name: str, value: str) -> None:
    for known in list(fields):
        if known.lower() == name.lower():
            del fields[known]
    fields[name] = value


def _is_field(name: str) -> bool:
    """Return whether RFC 5322 3.6.8 allows the name."""
    return bool(name) and all("!" <= letter <= "~" and letter != ":" for letter in name)


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(value: object) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _wrong(case: Case, message: str, hint: str) -> Problem:
    return Problem(Diagnostic("PR445", message, case.span, hint))
