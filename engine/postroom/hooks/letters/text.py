"""The one place that makes text fit to be sent: for a field of the header, and for a body."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 400
"""Characters of a field's text."""
_BREAKS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls (CR, LF, NUL, U+0085), lone surrogates, line and paragraph separators (U+2028)."""
_ATOM = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~."
)
"""What a local part may hold without quotes (RFC 5322 3.2.3)."""
_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
_LONGEST_ADDRESS = 320
_LONGEST_ID = 900
"""Of a message id: with its field's name it must fit a line of 998 (RFC 5322 2.1.1)."""
_MOST_REFERENCES = 20


def one_line(text: str) -> str:
    """Return text fit for a field: one line, capped, and nothing that reads as an encoded word."""
    letters = (" " if unicodedata.category(each) in _BREAKS else each for each in text)
    # `=?...?=` in somebody's text would be decoded by the reader into something else
    return " ".join("".join(letters).split())[:MOST].replace("=?", "= ?").strip()


def body(text: str) -> str:
    """Return text fit for a body: lines end in LF; no controls but tabs, no lone surrogates."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        each if each in "\n\t" or unicodedata.category(each) not in _BREAKS else "\ufffd"
        for each in lines
    )


def address(text: str) -> str | None:
    """Return an addr_spec that can be written as it is, its domain in ASCII; None if there is none.

    Quoted local parts and address literals are not taken.
    """
    local, _, domain = text.strip().rpartition("@")
    try:
        host = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    if not _local(local) or not host.strip(".") or not _HOST.issuperset(host) or ".." in host:
        return None
    found = f"{local}@{host}"
    return found if len(found) <= _LONGEST_ADDRESS else None


def _local(local: str) -> bool:
    if not local or local[0] == "." or local[-1] == "." or ".." in local:
        return False
    return all(each in _ATOM or (each > "\x7f" and each.isalnum()) for each in local)


def message_ids(texts: Iterable[str]) -> list[str]:
    """Return message ids in angle brackets, each once; what is none is left out.

    Of very many the first and the last are kept (RFC 5322 3.6.4 leaves that open).
    """
    ids = dict.fromkeys(f"<{each}>" for text in texts if _is_id(each := text.strip().strip("<>")))
    found = list(ids)
    return found if len(found) <= _MOST_REFERENCES else found[:1] + found[1 - _MOST_REFERENCES :]


def _is_id(text: str) -> bool:
    printable = text.isascii() and text.isprintable() and len(text) <= _LONGEST_ID
    return printable and "@" in text and not any(each in text for each in ' <>"')
