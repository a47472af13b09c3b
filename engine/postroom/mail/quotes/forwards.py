"""A mail that was forwarded: what it says of itself, read from the text that carries it on.

All of it is claimed by whoever forwarded it; nothing of it is verified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postroom.mail.header.prefixes import read_prefixes
from postroom.mail.phrases import BLANK
from postroom.mail.quotes.boundary import first_boundary
from postroom.mail.quotes.forwards_sender import read_attributed, read_claimed
from postroom.mail.quotes.headers import Block, block_at, inline_fields
from postroom.model.message import NOBODY, Forwarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.mail.quotes.boundary import Boundary
    from postroom.mail.structure.part import Part

_REPORTS: Final = (
    "multipart/report",
    "message/delivery-status",
    "message/disposition-notification",
)


def read_forward(subject: str, text: str, root: Part | None = None) -> Forwarded | None:
    """Return the mail that was forwarded in a text or as an attached message, or None.

    subject tells a forward from a reply where the text is the same for both.
    """
    prefixes, rest = read_prefixes(subject)
    kind = prefixes[0].kind if prefixes else ""
    lines = text.split("\n")
    boundary = first_boundary(lines)
    if boundary is not None:
        found = _from_text(lines, boundary, kind, rest)
        if found is not None:
            return found
    if root is None or kind == "reply" or root.content_type in _REPORTS:
        return None
    return _attached(root)


def _from_text(
    lines: Sequence[str], boundary: Boundary, kind: str, subject: str
) -> Forwarded | None:
    if boundary.kind == "attribution":
        return _attributed(lines, boundary, subject) if kind == "forward" else None
    if boundary.kind != "forwarded":
        at_top = not any(line.strip(BLANK) for line in lines[: boundary.start])
        if kind == "reply" or (not kind and subject and not at_top):
            return None
    block = _block(lines, boundary)
    if block is None:
        return None
    if not block.fields:
        announced = first_boundary(lines[block.end :])
        if announced is not None and announced.kind == "attribution":
            return _attributed(lines[block.end :], announced, subject)
    return Forwarded(
        sender=read_claimed(block.get("from")),
        subject=block.get("subject") or subject,
        date=block.get("sent"),
        text=_inner(_behind_twin(lines, boundary, block.end)),
    )


def _behind_twin(lines: Sequence[str], boundary: Boundary, start: int) -> Sequence[str]:
    """Return the lines below a block, without the announcement that some put there once more."""
    announcement = lines[boundary.end - 1].strip(BLANK)
    for place in range(start, min(start + 3, len(lines))):
        line = lines[place].strip(BLANK)
        if line:
            return lines[place + 1 :] if line == announcement else lines[start:]
    return lines[start:]


def _block(lines: Sequence[str], boundary: Boundary) -> Block | None:
    """Return the header block of the forwarded mail."""
    if boundary.inline:
        fields = inline_fields(boundary.inline)
        if fields:
            return Block(boundary.start, boundary.end, fields)
    place = boundary.end - (boundary.kind == "headers")
    while place < len(lines) and not lines[place].strip(BLANK + ">"):
        place += 1
    block = block_at(lines, place, announced=True) if place < len(lines) else None
    if block is None and boundary.kind == "forwarded":
        return Block(boundary.start, boundary.end, ())
    return block


def _attributed(lines: Sequence[str], boundary: Boundary, subject: str) -> Forwarded | None:
    """Return a forward whose mail is announced by a line and not by a header block."""
    sender, date = read_attributed(
        " ".join(line.strip(BLANK + ">") for line in lines[boundary.start : boundary.end])
    )
    if sender is NOBODY:
        return None
    return Forwarded(sender, subject, date, _inner(lines[boundary.end :]))


def _inner(lines: Sequence[str]) -> str:
    """Return the text of the forwarded mail, one level of quoting taken off if all of it is."""
    filled = [line for line in lines if line.strip(BLANK)]
    quoted = sum(line.lstrip(BLANK)[:1] == ">" for line in filled)
    if filled and quoted * 2 > len(filled):
        lines = [_unquoted(line) for line in lines]
    return "\n".join(lines).strip("\n" + BLANK)


def _unquoted(line: str) -> str:
    stripped = line.lstrip(BLANK)
    return stripped[1:].removeprefix(" ") if stripped[:1] == ">" else line


def _attached(root: Part) -> Forwarded | None:
    """Return the message that is attached, if there is exactly one."""
    found = [part for part in root.own() if part.content_type == "message/rfc822"]
    if len(found) != 1 or found[0] is root or not found[0].children:
        return None
    inner = found[0].children[0]
    text = next(
        (p.text() for p in inner.own() if p.content_type == "text/plain" and not p.filename), ""
    )
    return Forwarded(
        sender=read_claimed(inner.headers.get("from")),
        subject=inner.headers.get("subject"),
        date=inner.headers.get("date"),
        text=text.strip("\n"),
    )
