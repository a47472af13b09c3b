"""The files of a message: hash, safe name, type by content (RFC 2183, 2392)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from postroom.mail.limits import LimitPassed
from postroom.mail.structure.filetypes import detected_type
from postroom.mail.structure.names import safe_name
from postroom.model.message import Attachment

if TYPE_CHECKING:
    from postroom.mail.limits import Limits
    from postroom.mail.structure.part import Part


_DATA = frozenset(
    {
        "application/json", "text/json", "text/csv", "application/csv", "application/xml",
        "text/xml",
    }
)  # fmt: skip
"""Files that may set fields of a record: see `parsing` in rule files."""
_LARGEST_DATA = 65_536
"""Bytes; what is larger is a file like any other."""


def read_attachment(part: Part, limits: Limits) -> Attachment:
    """Describe a file. Its content is decoded once and let go. Raises LimitPassed."""
    content = part.content()
    if len(content) > limits.attachment:
        raise LimitPassed(f"an attachment is larger than {limits.attachment:,} bytes")
    return Attachment(
        safe_name(part.filename),
        part.content_type,
        detected_type(content, part.content_type),
        _disposition(part),
        part.content_id,
        len(content),
        hashlib.sha256(content).hexdigest(),
        part.leaf,
        part.text() if _is_data(part) and len(content) <= _LARGEST_DATA else "",
    )


def _is_data(part: Part) -> bool:
    return part.content_type in _DATA


def _disposition(part: Part) -> Literal["attachment", "inline"]:
    """Return inline for what is shown in the text: pictures that the HTML refers to."""
    if part.disposition == "inline":
        return "inline"
    shown = part.content_id and part.content_type.startswith("image/")
    return "inline" if shown and part.disposition != "attachment" else "attachment"
