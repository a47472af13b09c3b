"""Bytes to text by charset. Labels lie, so each means the superset that real mail uses under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from postroom.mail.defects import Defects

_ALIASES: Final = {"us-ascii": "ascii", "utf-8": "utf-8", "iso-8859-1": "cp1252"}


def decode(data: bytes, label: str, defects: Defects) -> str:
    """Return data as text, read with the charset that label names; never raises."""
    if data.isascii():
        return data.decode("ascii")
    return data.decode(_ALIASES.get(label, "utf-8"), "replace")
