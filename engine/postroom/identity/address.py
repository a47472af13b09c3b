"""When two addresses are the same one."""

from __future__ import annotations

import unicodedata

_LONGEST_DOMAIN = 255
"""RFC 1035 2.3.4."""


def canonical(addr_spec: str) -> str:
    """Return the form in which addresses are compared: lower case, the domain in ASCII.

    The local part is folded as well, for no mailbox provider tells Ann from ann; what follows a
    plus sign is kept, for `ann+x@` may be somebody else. Total.
    """
    address = addr_spec.strip()
    if address.isascii():
        return address.lower()
    local, at, domain = unicodedata.normalize("NFKC", address).lower().rpartition("@")
    if domain.isascii() or len(domain) > _LONGEST_DOMAIN:
        return f"{local}{at}{domain}"
    return f"{local}{at}{'.'.join(map(_a_label, domain.split('.')))}"


def _a_label(label: str) -> str:
    """Return a label as IDNA 2008 writes it (RFC 5890 2.3.2.1).

    Python's `idna` codec is of 2003: it takes straße.example, which anybody may register, for
    strasse.example.
    """
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
