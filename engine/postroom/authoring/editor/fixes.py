"""Mend a mistake the way its hint says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.source.diagnostic import Diagnostic

_MEANT = "did you mean `"


def fix(found: Diagnostic) -> str | None:
    """Return what to put in the place of what a finding underlines; None if no one word will do."""
    if found.span is None or found.help is None or not found.help.startswith(_MEANT):
        return None
    meant = found.help.removeprefix(_MEANT).partition("`")[0]
    source, start = found.span.source, found.span.start
    before = source.text[:start]
    path, dot, last = meant.rpartition(".")
    return last if dot and before.endswith(f"{path}.") else meant
