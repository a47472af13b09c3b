"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_files.eml import EmlTransport
from postroom_files.maildir import MaildirTransport
from postroom_files.mbox import MboxTransport

if TYPE_CHECKING:
    from postroom.hooks.contracts import Transport


@hookimpl
def postroom_transports() -> list[type[Transport]]:
    """Bring three transports."""
    return [MaildirTransport, MboxTransport, EmlTransport]
