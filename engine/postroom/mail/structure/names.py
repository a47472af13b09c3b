"""File names that are safe to show (SECURITY: cleaned first, checked and capped afterwards)."""

from __future__ import annotations

import unicodedata
from typing import Final

from postroom.lang.text import thin_out

_LONGEST: Final = 200
_LONGEST_SUFFIX: Final = 20
_UNWANTED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_name(declared: str) -> str:
    """Return a name for showing: no path, no control, bidi or zero-width characters; "" for none.

    NFKC comes first, for it can make a slash or a dot of what did not look like one.
    """
    if not declared:
        return ""
    if declared.isascii() and declared.isprintable():
        name = declared
    else:
        composed = unicodedata.normalize("NFKC", thin_out(declared))
        name = "".join(c for c in composed if unicodedata.category(c) not in _UNWANTED)
    name = name.replace("\\", "/").rpartition("/")[2]
    return _capped(" ".join(name.split()).lstrip(". ").rstrip(". "))


def _capped(name: str) -> str:
    """Shorten a long name in its middle, so that its suffix stays."""
    if len(name) <= _LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        return name[:_LONGEST]
    return f"{stem[: _LONGEST - len(suffix) - 1]}.{suffix}"
