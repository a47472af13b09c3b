"""What servers say, made fit to be shown to people."""

from __future__ import annotations

MOST = 200
"""Characters that are shown of it."""


def plain(text: str, secret: str = "") -> str:
    """Return a server's words on one line, not too long, without the secret."""
    if secret:
        text = text.replace(secret, "***")
    words = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * MOST])
    return " ".join(words.split())[:MOST]
