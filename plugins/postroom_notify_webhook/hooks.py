"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_notify_webhook.notifier import WebhookNotifier

if TYPE_CHECKING:
    from postroom.hooks.contracts import Notifier


@hookimpl
def postroom_notifiers() -> list[type[Notifier]]:
    """Bring one notifier."""
    return [WebhookNotifier]
