"""Delivery reports: RFC 3464 where it is followed, and what servers write where it is not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from postroom.mail.phrases import fold
from postroom.mail.reports.bounce_codes import Codes, kind_of, read_codes
from postroom.mail.reports.bounce_text import DELAYED, GIVEN_UP, cut_copy, failed_addresses
from postroom.mail.reports.bounces import judge
from postroom.mail.reports.dsn_fields import Group, clean_address, read_groups, without_type
from postroom.model.message import NO_DSN, Dsn, FailedRecipient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.mail.structure.part import Part

_STATUS_TYPES: Final = ("message/delivery-status", "message/global-delivery-status")
_HEADER_TYPES: Final = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_MOST_RECIPIENTS: Final = 1_000
_MOST_IDS: Final = 50
_ID_FIELDS: Final = ("message-id", "in-reply-to", "references")


def read_dsn(root: Part, text: str) -> Dsn:
    """Return what a message reports about deliveries; an empty Dsn if it is no report.

    text is the message's text for people, from which bounces are read that follow no standard.
    """
    groups = _groups(root)
    if not groups and not judge(root, text).is_bounce and not _is_report(root):
        return NO_DSN
    lines, copy = cut_copy(text)
    recipients = _reported(groups, lines) or _told(root, lines)
    if not recipients:
        wrapped = _wrapped(root)
        if wrapped is not None:
            return wrapped
    first = next((group for group in groups if group.is_recipient), Group({}))
    leading = recipients[0] if recipients else None
    return Dsn(
        present=True,
        action=leading.action if leading else _action(root, lines),
        status=leading.status if leading else "",
        final_recipient=without_type(first.get("final-recipient")).strip("<>")
        or (leading.addr_spec if leading else ""),
        original_recipient=without_type(first.get("original-recipient")).strip("<>"),
        diagnostic_code=first.diagnostic,
        reporting_mta=next(
            (without_type(g.get("reporting-mta")) for g in groups if g.get("reporting-mta")), ""
        ),
        recipients=recipients,
        original_message_ids=_original_ids(root, copy),
    )


def _is_report(root: Part) -> bool:
    """Return whether the message declares itself a delivery report, its parts lost or not."""
    return (
        root.content_type == "multipart/report"
        and root.params.get("report-type", "").lower() == "delivery-status"
    )


def _groups(root: Part) -> list[Group]:
    """Return the blocks of fields of the delivery-status parts of this message itself."""
    found: list[Group] = []
    for part in root.own():
        if part.content_type in _STATUS_TYPES:
            found += read_groups(_text_of(part))
    return found


def _text_of(part: Part) -> str:
    return part.text().replace("\r", "\n")


def _wrapped(root: Part) -> Dsn | None:
    """Return the report that a gateway has put into another mail as a whole."""
    found = [part.children[0] for part in root.own() if part.content_type == "message/rfc822"]
    if len(found) != 1 or not _is_report(found[0]):
        return None
    text = next((p.text() for p in found[0].own() if p.content_type == "text/plain"), "")
    report = read_dsn(found[0], text)
    return report if report.recipients else None


def _reported(groups: list[Group], lines: list[str]) -> tuple[FailedRecipient, ...]:
    """Return each recipient of the report once; what is worse counts."""
    found: dict[str, FailedRecipient] = {}
    for group in groups:
        if not group.is_recipient:
            continue
        recipient = group.recipient()
        if recipient.smtp_code is None and recipient.addr_spec:
            code = read_codes(_words_on(recipient.addr_spec, lines)).smtp
            recipient = replace(recipient, smtp_code=code) if code else recipient
        key = recipient.addr_spec.lower()
        known = found.get(key)
        if key and (known is None or (known.action != "failed" and recipient.action == "failed")):
            found[key] = recipient
        if len(found) >= _MOST_RECIPIENTS:
            break
    return tuple(found.values())


def _told(root: Part, lines: list[str]) -> tuple[FailedRecipient, ...]:
    """Return the recipients that the text, or a field of the header, says have failed."""
    action = _action(root, lines)
    found = _from_header(root, lines) or failed_addresses(lines, _others(root), _domain(root))
    whole = " ".join(lines)
    told = []
    for address, words in found:
        codes = read_codes(words)
        if len(found) == 1:
            rest = read_codes(whole)
            codes = Codes(codes.smtp or rest.smtp, codes.status or rest.status)
        told.append(
            FailedRecipient(address, action, codes.status, codes.smtp, kind_of(action, codes))
        )
    return tuple(told)


def _action(root: Part, lines: list[str]) -> str:
    """Return whether the text speaks of a delay or of a failure."""
    said = fold(" ".join([root.headers.get("subject"), *lines])[:8_000])
    if not DELAYED.find(said) or GIVEN_UP.find(said):
        return "failed"
    return "delayed"


def _from_header(root: Part, lines: list[str]) -> list[tuple[str, str]]:
    """Return what X-Failed-Recipients lists (Exim, Gmail), with the words of the text on each."""
    found = []
    for value in root.headers.all("x-failed-recipients"):
        for each in value.split(",")[:_MOST_RECIPIENTS]:
            address = clean_address(each)
            if address:
                found.append((address, _words_on(address, lines)))
    return found


def _words_on(address: str, lines: list[str]) -> str:
    for place, line in enumerate(lines):
        if address in line:
            return " ".join(lines[place : place + 8])
    return ""


def _others(root: Part) -> frozenset[str]:
    """Return addresses that a bounce holds for other reasons: its sender, its recipient."""
    found = set()
    for name in ("from", "to", "return-path", "delivered-to", "x-original-to"):
        for value in root.headers.all(name):
            for word in value.replace("<", " ").replace(">", " ").replace(",", " ").split():
                if "@" in word:
                    found.add(word.strip("()\"';:").lower())
    return frozenset(found)


def _domain(root: Part) -> str:
    sender = root.headers.get("from")
    return clean_address(sender.rpartition("<")[2].partition(">")[0].split(" ")[0]).rpartition("@")[
        2
    ]


def _original_ids(root: Part, copy: str) -> tuple[str, ...]:
    """Return Message-ID of the mail that came back and what that mail referred to."""
    found: dict[str, None] = {}
    for values in (*_returned(root), _header_ids(copy)):
        for value in values:
            found.update(dict.fromkeys(_ids(value)))
    if not found:
        for name in ("original-message-id", "x-original-message-id", "in-reply-to", "references"):
            for value in root.headers.all(name):
                found.update(dict.fromkeys(_ids(value)))
    return tuple(found)[:_MOST_IDS]


def _returned(root: Part) -> Iterator[list[str]]:
    """Yield the identifying fields of each mail that was returned as a part."""
    for part in root.own():
        if part.content_type == "message/rfc822" and part.children:
            headers = part.children[0].headers
            yield [value for name in _ID_FIELDS for value in headers.all(name)]
        elif part.content_type in _HEADER_TYPES:
            yield _header_ids(_text_of(part))


def _header_ids(text: str) -> list[str]:
    """Return the identifying fields of a header block that stands in a text."""
    found: dict[str, list[str]] = {name: [] for name in _ID_FIELDS}
    name = ""
    for line in text.split("\n", 500)[:500]:
        line = line.lstrip(">") if line[:1] == ">" else line  # noqa: PLW2901 - servers quote it
        if line[:1] in (" ", "\t") and name:
            found[name][-1] += " " + line.strip()
            continue
        before, colon, value = line.partition(":")
        name = before.strip().lower() if colon else ""
        if name in found:
            found[name].append(value.strip())
        else:
            name = ""
    return [value for name in _ID_FIELDS for value in found[name]]


def _ids(value: str) -> list[str]:
    """Return the message identifiers in a field's value, without their brackets."""
    found = []
    for piece in value.split("<")[1:]:
        identifier, closed, _ = piece.partition(">")
        if closed and identifier and " " not in identifier and len(identifier) < 1_000:  # noqa: PLR2004
            found.append(identifier)
    if not found and "@" in value and " " not in value.strip():
        found.append(value.strip())
    return found
