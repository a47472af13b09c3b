"""`postroom parse`: messages as we read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from postroom.cli import exits, options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postroom.cli.mailfiles import Found
    from postroom.model.message import Mailbox, Message

HELP = """Show messages as they are read, without any rules.

PATH is a message file, an mbox file, or a folder of them, which is walked. A file that is broken
is shown as far as it can be read, and the rest goes on. Exit code 1 if a file could not be read.
"""
_MOST_LINES = 20
"""Lines of a text that people are shown."""


@click.command("parse", help=HELP)
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path)
)
@click.option("--charset", metavar="NAME", help="Read text with this charset, whatever is said.")
@options.as_json
def command(paths: tuple[Path, ...], charset: str | None, *, as_json: bool) -> int:
    """Show messages as they are read."""
    from postroom.cli.mailfiles import find_messages
    from postroom.mail.limits import LIMITS
    from postroom.mail.read import read
    from postroom.mail.text.charset import known_charset

    if charset is not None and not known_charset(charset):
        raise click.BadParameter(f"`{charset}` is no charset we read", param_hint="--charset")
    printer = None if as_json else _Printer()
    fine = True
    for found in find_messages(paths, LIMITS.message):
        fine = fine and not found.problem
        message = None if found.problem else read(found.raw, charset=charset)
        if message is not None and found.sha256:
            message = replace(message, sha256=found.sha256, size=found.size)
        if printer is None:
            _print_json(found, message)
        else:
            printer.show(found, message)
    return exits.FINE if fine else exits.FINDINGS


def _print_json(found: Found, message: Message | None) -> None:
    """Write one object on one line, in UTF-8 whatever the terminal says."""
    import json
    import sys

    data = unreadable(found) if message is None else as_data(found.file, message)
    line = json.dumps(data, ensure_ascii=False) + "\n"
    sys.stdout.buffer.write(line.encode("utf-8", "replace"))


def unreadable(found: Found) -> Mapping[str, Any]:
    """Return what machines are told of a file that cannot be read."""
    return {"file": found.file, "refused": found.problem}


def as_data(file: str, message: Message) -> Mapping[str, Any]:
    """Return a message as machines are given it; docs/reference/message-json.md has the keys."""
    body = message.body
    return {
        "file": file,
        "sha256": message.sha256,
        "size": message.size,
        "headers": [list(field) for field in message.headers],
        "from": _mailbox(message.from_),
        "sender": _mailbox(message.sender),
        "reply_to": _mailboxes(message.reply_to),
        "to": _mailboxes(message.to),
        "cc": _mailboxes(message.cc),
        "subject": message.subject,
        "date": message.date.isoformat() if message.date else None,
        "message_id": message.message_id,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "body": {
            "text": body.text,
            "html": body.html,
            "reply": body.reply,
            "quoted": body.quoted,
            "signature": body.signature,
        },
        "attachments": [
            {
                "filename": each.filename,
                "content_type": each.content_type,
                "detected_type": each.detected_type,
                "disposition": each.disposition,
                "content_id": each.content_id,
                "size": each.size,
                "sha256": each.sha256,
            }
            for each in message.attachments
        ],
        "class": message.class_,
        "class_reasons": list(message.class_reasons),
        "dsn": _dsn(message),
        "recipients_failed": _failed(message),
        "calendar": _calendar(message),
        "forwarded": _forwarded(message),
        "defects": [{"code": each.code, "detail": each.detail} for each in message.defects],
        "refused": message.refused,
    }


def _mailbox(mailbox: Mailbox) -> Mapping[str, str | None]:
    return {"display_name": mailbox.display_name, "addr_spec": mailbox.addr_spec}


def _mailboxes(mailboxes: Iterable[Mailbox]) -> list[Mapping[str, str | None]]:
    return [_mailbox(each) for each in mailboxes]


def _dsn(message: Message) -> Mapping[str, Any]:
    dsn = message.dsn
    return {
        "present": dsn.present,
        "action": dsn.action,
        "status": dsn.status,
        "final_recipient": dsn.final_recipient,
        "original_recipient": dsn.original_recipient,
        "diagnostic_code": dsn.diagnostic_code,
        "reporting_mta": dsn.reporting_mta,
        "original_message_ids": list(dsn.original_message_ids),
    }


def _failed(message: Message) -> list[Mapping[str, Any]]:
    """Return the recipients that were not reached, for good or so far."""
    return [
        {
            "addr_spec": each.addr_spec,
            "action": each.action,
            "status": each.status,
            "smtp_code": each.smtp_code,
            "kind": each.kind,
        }
        for each in message.dsn.recipients
        if each.action in ("failed", "delayed")
    ]


def _calendar(message: Message) -> Mapping[str, Any] | None:
    calendar = message.calendar
    if calendar is None:
        return None
    return {
        "method": calendar.method,
        "uid": calendar.uid,
        "summary": calendar.summary,
        "starts_at": calendar.starts_at.isoformat() if calendar.starts_at else None,
        "ends_at": calendar.ends_at.isoformat() if calendar.ends_at else None,
        "organizer": calendar.organizer,
    }


def _forwarded(message: Message) -> Mapping[str, Any] | None:
    forwarded = message.forwarded
    if forwarded is None:
        return None
    return {
        "sender": _mailbox(forwarded.sender),
        "subject": forwarded.subject,
        "date": forwarded.date,
        "text": forwarded.text,
    }


class _Printer:
    """Shows messages to people."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False, markup=False, soft_wrap=True)

    def show(self, found: Found, message: Message | None) -> None:
        """Show one message, or why there is none."""
        from rich.text import Text

        title = Text(printable(found.file), style="bold")
        if message is None:
            self._console.print(title.append(f"  {found.problem}", style="red"))
            return
        self._console.print(title.append(f"  {message.class_}", style="cyan"))
        for name, value in _rows(message):
            label = Text(f"  {name:12}", style="dim")
            self._console.print(label.append(printable(value), style=_STYLES.get(name, "")))
        for line in _lines(message.body.reply or message.body.text):
            self._console.print(Text(f"  | {line}"))
        self._console.print()


_STYLES = {"subject": "bold", "refused": "red", "from problem": "red", "defect": "yellow"}


def printable(text: str) -> str:
    """Return the text with nothing in it that a terminal obeys: mail may hold escape sequences."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _rows(message: Message) -> Iterable[tuple[str, str]]:
    """Yield what there is to say about a message, line by line."""
    yield "from", _named((message.from_,))
    if message.from_problem:
        yield "from problem", message.from_problem
    for name, mailboxes in (("to", message.to), ("cc", message.cc), ("reply to", message.reply_to)):
        if mailboxes:
            yield name, _named(mailboxes)
    yield "subject", message.subject
    if message.date:
        yield "date", message.date.isoformat(sep=" ")
    for reason in message.class_reasons:
        yield "because", reason
    for failed in message.dsn.recipients:
        code = failed.status or failed.smtp_code or ""
        yield "recipient", f"{failed.addr_spec} {failed.action} {code} ({failed.kind})"
    for each in message.attachments:
        name = each.filename or "(no name)"
        yield each.disposition, f"{name}, {each.detected_type}, {each.size:,} bytes"
    for defect in message.defects:
        yield "defect", f"{defect.code} {defect.detail}".strip()
    if message.refused:
        yield "refused", message.refused


def _named(mailboxes: Iterable[Mailbox]) -> str:
    return ", ".join(
        f"{each.display_name} <{each.addr_spec}>" if each.display_name else each.addr_spec
        for each in mailboxes
    )


def _lines(text: str) -> Iterable[str]:
    """Yield the first lines of a text."""
    lines = text.split("\n")
    yield from (printable(line) for line in lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        yield f"... and {len(lines) - _MOST_LINES} more lines"
