"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_smtp.console import ConsoleNotifier
from postroom_smtp.file import FileNotifier
from postroom_smtp.smtp import SmtpNotifier

if TYPE_CHECKING:
    from postroom.hooks.contracts import Notifier


@hookimpl
def postroom_notifiers() -> list[type[Notifier]]:
    """Bring three notifiers."""
    return [SmtpNotifier, ConsoleNotifier, FileNotifier]
