"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_jmap.transport import JmapTransport

if TYPE_CHECKING:
    from postroom.hooks.contracts import Transport


@hookimpl
def postroom_transports() -> list[type[Transport]]:
    """Bring one transport."""
    return [JmapTransport]
