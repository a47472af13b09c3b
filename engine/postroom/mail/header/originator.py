"""Whether From names exactly one sender, beyond doubt (RFC 5322 3.6.2; "Composition Kills", 2020).

Servers and readers that see different authors in one message are how mail is forged past DMARC.
So the rules are stricter than the grammar: whatever two programs may read differently is a problem.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from postroom.mail.addresses import read_addresses
from postroom.model.message import NOBODY, Mailbox

if TYPE_CHECKING:
    from postroom.mail.addresses import Addresses
    from postroom.mail.defects import Defects
    from postroom.mail.limits import Limits
    from postroom.mail.structure.part import Headers

_LOCAL: Final = frozenset("!#$%&'*+-/=?^_`{|}~.")
_LONGEST_LOCAL: Final = 64
_LONGEST: Final = 254


def read_from(
    headers: Headers, limits: Limits, defects: Defects, charset: str = ""
) -> tuple[Addresses, str | None]:
    """Return the mailboxes of the first From field, and why they are not to be believed."""
    values = headers.raw_all("from")
    if not values:
        return read_addresses("", limits, defects), "there is no From field"
    addresses = read_addresses(values[0], limits, defects, charset)
    if len(values) > 1:
        return addresses, "there are several From fields"
    return addresses, addresses.problem or _problem(values[0], addresses, defects)


def _problem(value: str, addresses: Addresses, defects: Defects) -> str | None:
    if addresses.plain and len(addresses.mailboxes) == 1 and not _shadowed(defects):
        return _length_problem(addresses.mailboxes[0].addr_spec)
    problems = {
        "a broken line may be another From field": _shadowed(defects),
        "From holds control characters": any(map(_is_control, value)),
        "From names several mailboxes": len(addresses.mailboxes) > 1,
        f"From holds {''.join(addresses.oddities[:1])}": bool(addresses.oddities),
        "From names nobody": not addresses.mailboxes,
    }
    found = next((words for words, holds in problems.items() if holds), None)
    return found or address_problem(addresses.mailboxes[0].addr_spec)


def _shadowed(defects: Defects) -> bool:
    return any(d.code == "ambiguous_structure" and d.detail == "From" for d in defects.found)


def address_problem(addr_spec: str) -> str | None:
    """Return why an address is not one clean local part at one clean domain; None if it is."""
    local, at, domain = addr_spec.rpartition("@")
    if not at or not local or not domain:
        return "the address in From is not complete"
    if problem := _length_problem(addr_spec):
        return problem
    if not _is_local(local) or not _is_domain(domain):
        return "the address in From holds characters that do not belong there"
    return None


def _length_problem(addr_spec: str) -> str | None:
    if len(addr_spec) > _LONGEST or addr_spec.rfind("@") > _LONGEST_LOCAL:
        return "the address in From is too long"
    return None


def _is_control(char: str) -> bool:
    return (char < " " and char != "\t") or char == "\x7f"


def _is_local(local: str) -> bool:
    if len(local) > 2 and local[0] == local[-1] == '"':  # noqa: PLR2004 - a quoted string
        return all(_is_letter(char) or char in _LOCAL or char == " " for char in local[1:-1])
    return "=?" not in local and all(_is_letter(char) or char in _LOCAL for char in local)


def _is_domain(domain: str) -> bool:
    if domain.startswith("[") and domain.endswith("]"):
        return all(char in "0123456789abcdefABCDEFIPv:." for char in domain[1:-1])
    labels = domain.split(".")
    return all(
        label and all(_is_letter(char) or char in "-_" for char in label) for label in labels
    )


def _is_letter(char: str) -> bool:
    """Whether it is a letter, digit or mark; controls, formats and blanks are none."""
    return char.isalnum() or unicodedata.category(char).startswith("M")


def first_mailbox(addresses: Addresses) -> Mailbox:
    """Return the first mailbox, or nobody."""
    return addresses.mailboxes[0] if addresses.mailboxes else NOBODY
