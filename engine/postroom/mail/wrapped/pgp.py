"""Text inside an OpenPGP clear-text signature (RFC 9580 7). The signature is not checked here."""

from __future__ import annotations

from typing import Final

_BEGIN: Final = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE: Final = "\n-----BEGIN PGP SIGNATURE-----"
_END: Final = "-----END PGP SIGNATURE-----"


def without_armor(text: str) -> str:
    """Return a text with the frame of a clear-text signature taken off, the rest as it stands."""
    begin = text.find(_BEGIN)
    if begin < 0 or (begin and text[begin - 1] != "\n"):
        return text
    signature = text.find(_SIGNATURE, begin)
    if signature < 0:
        return text
    head_end = text.find("\n\n", begin, signature + 1)
    if head_end < 0:
        return text
    end = text.find(_END, signature)
    behind = text[end + len(_END) :] if end >= 0 else ""
    lines = text[head_end + 2 : signature].split("\n")
    signed = "\n".join(line.removeprefix("- ") for line in lines)
    return f"{text[:begin]}{signed}\n{behind.lstrip(chr(10))}"
