"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_lmtp.receiver import LmtpReceiver, SmtpReceiver

if TYPE_CHECKING:
    from postroom.hooks.contracts import Receiver


@hookimpl
def postroom_receivers() -> list[type[Receiver]]:
    """Bring two receivers."""
    return [LmtpReceiver, SmtpReceiver]
