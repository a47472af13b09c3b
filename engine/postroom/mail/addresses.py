"""Address lists (RFC 5322 3.4, RFC 6532) as they are sent, and the one form for comparing them.

What breaks the grammar is noted, and what can be read of it is read. The strict part is
`originator`, which decides whether From may be believed.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from postroom.lang.text import thin_out
from postroom.mail.header.address_scanner import Scanner, shown_name
from postroom.mail.header.words import decode_raw
from postroom.model.message import Mailbox

if TYPE_CHECKING:
    from postroom.mail.defects import Defects
    from postroom.mail.limits import Limits

_UNPLAIN: Final = frozenset('"(<>,;:@\\')
_NOT_IN_LOCAL: Final = str.maketrans("", "", "._-+=/")
_NOT_IN_DOMAIN: Final = str.maketrans("", "", ".-")
_DOTS: Final = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))


class Addresses(NamedTuple):
    """An address list, read."""

    mailboxes: tuple[Mailbox, ...] = ()
    oddities: tuple[str, ...] = ()
    """What is not as a single plain mailbox would be, in words; for `originator`."""
    problem: str | None = None
    """Which limit it passes; the mailboxes before that are there."""
    plain: bool = False
    """Whether nothing in it could be read in two ways."""


def read_addresses(value: str, limits: Limits, defects: Defects, charset: str = "") -> Addresses:
    """Read the mailboxes of a raw field value (one character a byte), groups opened up."""
    text = value
    if not (value.isascii() and value.isprintable()):
        text = decode_raw(value, defects, charset).replace("\x00", "\ufffd")
        text = text.replace("\v", " ").strip()
    if not text:
        return Addresses()
    if (mailboxes := _plain_list(text, limits, defects)) is not None:
        return Addresses(mailboxes, plain=True)
    scanner = Scanner(text, limits, defects)
    scanner.run()
    return Addresses(
        tuple(scanner.mailboxes), tuple(dict.fromkeys(scanner.oddities)), scanner.problem
    )


def _plain_list(text: str, limits: Limits, defects: Defects) -> tuple[Mailbox, ...] | None:
    """Read a list without anything special in it, as most are; None for all else."""
    if "," not in text:
        mailbox = _plain(text, defects)
        return None if mailbox is None else (mailbox,)
    if '"' in text or "=?" in text or text.count(",") >= limits.addresses:
        return None
    mailboxes: list[Mailbox] = []
    for piece in text.split(","):
        mailbox = _plain(piece.strip(" \t"), defects)
        if mailbox is None:
            return None
        mailboxes.append(mailbox)
    return tuple(mailboxes)


def _plain(text: str, defects: Defects) -> Mailbox | None:
    """Read `Name <local@domain>` and `local@domain`; None for anything that is not so simple."""
    name, opened, rest = text.partition("<")
    if not opened:
        return Mailbox(None, text) if _is_plain_address(text) else None
    if not rest.endswith(">") or not _is_plain_address(rest[:-1]):
        return None
    name = name.strip(" \t")
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1]
        if '"' in name or "\\" in name:
            return None
    elif not _UNPLAIN.isdisjoint(name):
        return None
    return Mailbox(shown_name(name, defects), rest[:-1])


def _is_plain_address(text: str) -> bool:
    """Whether it is ASCII letters, digits and dots around one @, and little else."""
    local, _, domain = text.partition("@")
    if not text.isascii() or not domain or text[0] == "." or domain[0] in ".-":
        return False
    letters = local if local.isalnum() else local.translate(_NOT_IN_LOCAL)
    return letters.isalnum() and domain.translate(_NOT_IN_DOMAIN).isalnum() and ".." not in domain


def canonical(addr_spec: str) -> str:
    """Return the one form in which addresses are compared.

    NFKC, lower case, domain in its ASCII form (RFC 5891, labels mapped as UTS 46 does without the
    transitional letters). The local part keeps everything else, sub-address and dots included.
    """
    if addr_spec.isascii():
        return addr_spec.lower().strip()
    folded = _fold(addr_spec).strip()
    local, at, domain = folded.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}" if at else folded


def ascii_domain(domain: str) -> str:
    """Return a domain as the DNS has it: lower case, each label beyond ASCII as `xn--`."""
    if domain.isascii():
        return domain.lower()
    return ".".join(_ascii_label(label) for label in _fold(domain).translate(_DOTS).split("."))


def _ascii_label(label: str) -> str:
    if label.isascii() or len(label) > 63:  # noqa: PLR2004 - no label is longer (RFC 1035)
        return label
    return "xn--" + label.encode("punycode").decode("ascii")


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", thin_out(text)).lower())
