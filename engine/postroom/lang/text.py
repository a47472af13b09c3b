"""How texts are compared: without regard to case, width and composition. Total and linear."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

import re2

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.types import Form

_LONGEST_DOMAIN = 255
"""RFC 1035 2.3.4."""

_MOST_MARKS = 30
_CROWD = re2.compile(rb"(\p{M}{30})\p{M}+")


def utf8(text: str) -> bytes:
    """Return the text in UTF-8; half of a surrogate pair becomes a question mark."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace")


def fold(text: str) -> str:
    """Return the form in which texts are compared (Unicode 3.13, D146, without the first NFD)."""
    if text.isascii():
        return text.lower()
    return normalize("NFKC", normalize("NFKC", thin_out(text)).casefold())


def fold_domain(domain: str) -> str:
    """Return the form in which domains are compared: lower case, as IDNA 2008 writes them.

    Casefolding would take straße.example, which anybody may register, for strasse.example; so
    does Python's `idna` codec, which is of 2003.
    """
    if domain.isascii():
        return domain.lower()
    domain = normalize("NFKC", thin_out(domain)).lower()
    if len(domain) > _LONGEST_DOMAIN:
        return domain
    return ".".join(map(_a_label, domain.split(".")))


def fold_address(address: str) -> str:
    """Return the form in which addresses are compared: no casefolding, the domain in ASCII."""
    if address.isascii():
        return address.lower()
    local, at, domain = address.rpartition("@")
    return f"{normalize('NFKC', thin_out(local)).lower()}{at}{fold_domain(domain)}"


FOLDS: dict[Form, Callable[[str], str]] = {
    "": fold,
    "domain": fold_domain,
    "address": fold_address,
}
"""By the form of a text."""


def thin_out(text: str) -> str:
    """Drop combining marks after the thirtieth in a row.

    Normalising sorts them, in quadratic time: a megabyte of them takes minutes. No writing system
    has more than thirty (UAX 15, 13, Stream-Safe Text Format).
    """
    if len(text) <= _MOST_MARKS:
        return text
    raw = utf8(text)
    if _CROWD.search(raw) is None:
        return text
    thinned: bytes = _CROWD.sub(rb"\1", raw)
    return thinned.decode()


def below_domain(domain: str, wanted: frozenset[str]) -> bool:
    """Return whether a folded domain is one of the wanted ones, or lies below one, by label."""
    if len(domain) > _LONGEST_DOMAIN:
        return False
    while domain:
        if domain in wanted:
            return True
        _, _, domain = domain.partition(".")
    return False


def _a_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode", "replace").decode()
