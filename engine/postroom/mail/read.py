"""Bytes to Message: the one way in. Never raises, never hangs; what it cannot read it says."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from postroom.mail.attachments import read_attachment
from postroom.mail.body import body_text, sort_parts
from postroom.mail.defects import Defects
from postroom.mail.fields import read_header
from postroom.mail.heading import read_heading
from postroom.mail.limits import LIMITS, LimitPassed, Limits
from postroom.mail.mime import TreeReader
from postroom.mail.part import Headers
from postroom.mail.prepare import prepared
from postroom.mail.quotes import split_text
from postroom.mail.submission import submission_hash
from postroom.model.message import Body, Message

if TYPE_CHECKING:
    from postroom.mail.body import Contents
    from postroom.mail.part import Part
    from postroom.model.message import Attachment

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
    header = read_header(source, start, len(source), limits, defects)
    headers = Headers(header.fields, defects, charset or "")
    message = read_heading(raw, headers, limits, defects, mail_from)
    refused = header.problem or message.refused
    if too_large:
        refused = f"the message is larger than {limits.message:,} bytes"
    if refused is None:
        try:
            reader = TreeReader(limits, defects, charset or "")
            root = reader.part(source, header, len(source), 0)
            return _with_contents(message, root, limits)
        except LimitPassed as passed:
            refused = str(passed)
        except Exception as error:  # noqa: BLE001 - a fault of ours costs one message, not the engine
            refused = f"{_BROKEN}: {type(error).__name__}"
    return replace(message, refused=refused, defects=defects.found)


def _with_contents(message: Message, root: Part, limits: Limits) -> Message:
    """Return the message with its body, its files and what they mean."""
    contents = sort_parts(root)
    text, html = body_text(contents)
    files = tuple(read_attachment(part, limits) for part in contents.files)
    split = split_text(text)
    language = root.headers.get("content-language").partition(",")[0].strip()
    return replace(
        message,
        body=Body(text, html, split.reply, split.quoted, split.signature, language),
        attachments=files,
        submission=submission_hash(message, root.headers.get("date"), _hashes(contents, files)),
        defects=root.defects.found,
    )


def _hashes(contents: Contents, files: tuple[Attachment, ...]) -> list[str]:
    """Return a hash of each leaf, in the order of the message; ends of lines make no difference."""
    hashes = {file.part: file.sha256 for file in files}
    for index, text in contents.texts.items():
        hashes[index] = hashlib.sha256(text.rstrip().encode("utf-8", "replace")).hexdigest()
    return [hashes[index] for index in sorted(hashes)]


def read_tree(raw: bytes, *, limits: Limits = LIMITS) -> Part:
    """Return the MIME tree of a message. Raises LimitPassed."""
    defects = Defects()
    source, start = prepared(raw, defects)
    header = read_header(source, start, len(source), limits, defects)
    return TreeReader(limits, defects).part(source, header, len(source), 0)


def attachment(raw: bytes, part: int) -> bytes:
    """Return the decoded content of one leaf, counted as `Attachment.part` counts.

    Raises KeyError if there is none: the message has fewer leaves, or passes a limit.
    """
    try:
        root = read_tree(raw)
    except LimitPassed:
        raise KeyError(part) from None
    for leaf in root.walk():
        if leaf.index == part:
            return leaf.content()
    raise KeyError(part)
