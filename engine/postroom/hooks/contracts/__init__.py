"""The shapes that a plugin's classes must have. `postroom.testing` has a suite for each.

One module for each kind of plugin; import the names from here.
"""

from __future__ import annotations

from postroom.hooks.contracts.archive import Archive, Rows
from postroom.hooks.contracts.authenticator import Authenticator
from postroom.hooks.contracts.function import Function
from postroom.hooks.contracts.notifier import (
    Letter,
    Notifier,
    Refused,
    Retry,
    SendOutcome,
    Uncertain,
)
from postroom.hooks.contracts.receiver import Counter, Door, Knocks, Parcel, Receiver, Reply
from postroom.hooks.contracts.recovery import Recoverable, Recovery
from postroom.hooks.contracts.retention import LetsRawGo
from postroom.hooks.contracts.scanner import Scanner
from postroom.hooks.contracts.store import Store
from postroom.hooks.contracts.transport import (
    Health,
    Position,
    Receipt,
    SettlesTogether,
    Transport,
    TransportContext,
)

__all__ = [
    "Archive", "Authenticator", "Counter", "Door", "Function", "Health", "Knocks", "LetsRawGo",
    "Letter", "Notifier", "Parcel", "Position", "Receipt", "Receiver", "Recoverable", "Recovery",
    "Refused", "Reply", "Retry", "Rows", "Scanner", "SendOutcome", "SettlesTogether", "Store",
    "Transport", "TransportContext", "Uncertain",
]  # fmt: skip
