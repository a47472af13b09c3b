"""Bytes to Message: the one way in. Never raises, never hangs; what it cannot read it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postroom.mail.contents import Contents, read_contents
from postroom.mail.defects import Defects
from postroom.mail.header.fields import read_header
from postroom.mail.header.heading import build_message, read_people
from postroom.mail.header.originator import first_mailbox
from postroom.mail.limits import LIMITS, LimitPassed, Limits
from postroom.mail.structure.mime import TreeReader
from postroom.mail.structure.prepare import prepared

if TYPE_CHECKING:
    from postroom.mail.structure.part import Part
    from postroom.model.message import Message

_BROKEN: Final = "the reader failed on this message"


def read(
    raw: bytes,
    *,
    limits: Limits = LIMITS,
    charset: str | None = None,
    mail_from: str | None = None,
) -> Message:
    """Read a message. One that passes a limit has `refused` set, and its header filled in.

    charset reads text and undeclared 8-bit headers with another charset than the message says.
    mail_from is the envelope's reverse-path where it is known; it goes before Return-Path.
    """
    defects = Defects()
    too_large = len(raw) > limits.message
    source, start = prepared(raw[: limits.header + 1] if too_large else raw, defects)
    header = read_header(source, start, len(source), limits, defects, charset or "")
    people = read_people(header.headers, limits, defects)
    refused = header.problem or people.problem
    if too_large:
        refused = f"the message is larger than {limits.message:,} bytes"
    contents = Contents()
    if refused is None:
        try:
            root = TreeReader(limits, defects, charset or "").root(source, header, len(source))
            contents = read_contents(root, first_mailbox(people.from_).addr_spec, limits)
        except LimitPassed as passed:
            refused = str(passed)
        except Exception as error:  # noqa: BLE001 - a fault of ours costs one message, no engine
            refused = f"{_BROKEN}: {type(error).__name__}"
    return build_message(
        raw, header.headers, people, contents, defects, mail_from=mail_from, refused=refused
    )


def read_tree(raw: bytes, *, limits: Limits = LIMITS) -> Part:
    """Return the MIME tree of a message. Raises LimitPassed."""
    defects = Defects()
    source, start = prepared(raw, defects)
    header = read_header(source, start, len(source), limits, defects)
    return TreeReader(limits, defects).root(source, header, len(source))


def attachment(raw: bytes, part: int) -> bytes:
    """Return the decoded content of one leaf, counted as `Attachment.part` counts.

    Raises KeyError if there is none: the message has fewer leaves, or passes a limit.
    """
    try:
        root = read_tree(raw)
    except LimitPassed:
        raise KeyError(part) from None
    for each in root.walk():
        if each.leaf == part:
            return each.content()
    raise KeyError(part)
