"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_webhook.receiver import WebhookReceiver

if TYPE_CHECKING:
    from postroom.hooks.contracts import Receiver


@hookimpl
def postroom_receivers() -> list[type[Receiver]]:
    """Bring one receiver."""
    return [WebhookReceiver]
