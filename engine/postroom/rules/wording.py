"""Whether what an expression reads holds the sender's own words."""

from __future__ import annotations

from functools import lru_cache

NOT_WORDS = (
    "account", "auth", "class", "contact", "from.addr_spec", "from.domain", "from.local_part",
    "received_at", "record", "size", "token",
)  # fmt: skip
"""What an expression may read without carrying the sender's own words into a field."""


@lru_cache(maxsize=4096)
def are_words(reads: frozenset[str]) -> bool:
    """Return whether something of what is read is what the sender wrote."""
    return any(not is_under(path, NOT_WORDS) for path in reads)


def is_under(path: str, roots: tuple[str, ...]) -> bool:
    """Return whether a path is one of the roots or a part of one: `contact.name` of `contact`."""
    return any(path == root or path.startswith(root + ".") for root in roots)
