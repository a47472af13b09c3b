"""Subjects without the prefixes that mail programs pile up (SPEC M6)."""

from __future__ import annotations

from postroom.mail.header.prefixes import keep_prefixes


def tidy(subject: str, keep: int) -> str:
    """Return subject with all but its first `keep` Re: and Fwd: prefixes cut, in any language."""
    return keep_prefixes(subject, keep)
