"""Read receipts: message disposition notifications (RFC 8098)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postroom.mail.reports.dsn_fields import read_groups
from postroom.model.message import NO_MDN, Mdn

if TYPE_CHECKING:
    from postroom.mail.structure.part import Part

_TYPES: Final = (
    "message/disposition-notification",
    "message/global-disposition-notification",
)


def read_mdn(root: Part) -> Mdn:
    """Return what became of a message of ours in a mailbox; an empty Mdn if nothing is said.

    The disposition is the type alone, in lower case: displayed, deleted, dispatched, processed.
    """
    for part in root.own():
        if part.content_type in _TYPES:
            for group in read_groups(part.text()):
                value = group.get("disposition")
                if value:
                    return Mdn(present=True, disposition=_type(value))
            return Mdn(present=True)
    if root.content_type == "multipart/report":
        kind = root.params.get("report-type", "").lower()
        return Mdn(present=kind == "disposition-notification")
    return NO_MDN


def _type(value: str) -> str:
    """Return the disposition type of `manual-action/MDN-sent-manually; displayed/error`."""
    before, semicolon, behind = value.partition(";")
    return (behind if semicolon else before).partition("/")[0].strip().lower()
