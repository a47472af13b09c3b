"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_clamav.scanner import ClamavScanner

if TYPE_CHECKING:
    from postroom.hooks.contracts import Scanner


@hookimpl
def postroom_scanners() -> list[type[Scanner]]:
    """Bring one scanner."""
    return [ClamavScanner]
