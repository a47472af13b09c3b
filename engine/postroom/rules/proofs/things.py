"""Mailboxes, files and the like, made from what is wanted of their parts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from postroom.model.message import Attachment, Mailbox
from postroom.model.record import FileRef, LogEntry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.lang.types import Type

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
"""When example mail comes in."""
SOMEBODY = "someone@mail.example"


def thing(type_: Type, parts: Mapping[str, Any]) -> object:
    """Return a value of a type, with the parts that are given; "" stands for the value itself."""
    if "" in parts:
        return parts[""]
    match type_.kind:
        case "mailbox":
            return mailbox(parts)
        case "attachment":
            return _attachment(parts)
        case "file":
            return _file(parts)
        case "log_entry":
            return _entry(parts)
        case "text":
            return "zyx"
        case kind:
            raise TypeError(f"no list holds a {kind}")


def mailbox(parts: Mapping[str, Any]) -> Mailbox:
    """Return a mailbox."""
    local, _, domain = SOMEBODY.partition("@")
    made = f"{parts.get('local_part', local)}@{parts.get('domain', domain)}"
    return Mailbox(parts.get("display_name"), parts.get("addr_spec", made))


def _attachment(parts: Mapping[str, Any]) -> Attachment:
    declared = parts.get("content_type", "text/plain")
    return Attachment(
        filename=parts.get("filename", "notes.txt"),
        content_type=declared,
        detected_type=parts.get("detected_type", declared),
        disposition=parts.get("disposition", "attachment"),
        content_id=parts.get("content_id", ""),
        size=parts.get("size", 1_000),
        sha256=parts.get("sha256", "0" * 64),
        part=1,
    )


def _file(parts: Mapping[str, Any]) -> FileRef:
    return FileRef(
        sha256=parts.get("sha256", "0" * 64),
        filename=parts.get("filename", "notes.txt"),
        content_type=parts.get("content_type", "text/plain"),
        size=parts.get("size", 1_000),
        communication=1,
        part=1,
    )


def _entry(parts: Mapping[str, Any]) -> LogEntry:
    return LogEntry(
        written_at=parts.get("written_at", NOON),
        author=parts.get("author", SOMEBODY),
        verified=parts.get("verified", True),
        text=parts.get("text", "hello"),
    )
