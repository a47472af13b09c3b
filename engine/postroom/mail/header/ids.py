"""Message identifiers (RFC 5322 3.6.4) as they are sent."""

from __future__ import annotations


def read_ids(value: str) -> tuple[str, ...]:
    """Return the identifiers that a decoded field holds, without angle brackets, each once.

    Where there are no brackets, every word with an @ counts.
    """
    if not value:
        return ()
    if "<" not in value:
        return tuple(dict.fromkeys(word.strip(",;") for word in value.split() if "@" in word))
    found: list[str] = []
    for piece in value.split("<")[1:]:
        inside, closed, _ = piece.partition(">")
        identifier = "".join(inside.split())
        if identifier and (closed or "@" in identifier):
            found.append(identifier)
    return tuple(dict.fromkeys(found))


def first_id(value: str) -> str:
    """Return the one identifier that a Message-ID field holds; all of it where there is no form."""
    found = read_ids(value)
    return found[0] if found else value.strip(" <>")
