"""What may be a name, and what may be an address."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.rules.findings import Findings
    from postroom.source.nodes import Scalar

LONGEST = 63
_FIRST = frozenset("abcdefghijklmnopqrstuvwxyz")
_IDENTIFIER = _FIRST | frozenset("0123456789_")
_HYPHENATED = _IDENTIFIER | {"-"}
_ADDRESS_LONGEST = 254
"""RFC 5321 4.5.3.1.3, without the angle brackets."""
_NOT_IN_ADDRESS = frozenset(' \t\r\n<>()[],;:"\\')


def is_identifier(text: str) -> bool:
    """Return whether a table, a field or a list may be called that."""
    return _made_of(text, _IDENTIFIER)


def is_name(text: str) -> bool:
    """Return whether a rule, an account, a template or a list of filters may be called that."""
    return _made_of(text, _HYPHENATED)


def check_name(findings: Findings, key: Scalar, *, what: str, hyphens: bool = True) -> None:
    """Note a name that is none."""
    text = key.value
    if is_name(text) if hyphens else is_identifier(text):
        return
    signs = "`_` and `-`" if hyphens else "and `_`"
    message = f"a {what} is called with small letters, digits{',' if hyphens else ''} {signs}"
    like = _like(text, hyphens=hyphens)
    hint = f"write `{like}`" if like and like != text else "start with a letter, at most 63 in all"
    findings.error("PR036", message, key.span, hint)


def is_address(text: str) -> bool:
    """Return whether a text can be one email address: RFC 5321 without comments and quoting."""
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or "@" in local or len(text) > _ADDRESS_LONGEST:
        return False
    labels = domain.split(".")
    return text.isprintable() and not _NOT_IN_ADDRESS.intersection(text) and all(labels)


def _made_of(text: str, letters: frozenset[str]) -> bool:
    return 0 < len(text) <= LONGEST and text[0] in _FIRST and letters.issuperset(text)


def _like(text: str, *, hyphens: bool) -> str:
    """Return the nearest thing to a text that is a name, or ""."""
    joint = "-" if hyphens else "_"
    allowed = _HYPHENATED if hyphens else _IDENTIFIER
    like = "".join(c if c in allowed else joint for c in text.lower()).strip("-_")
    return like if _made_of(like, allowed) else ""
