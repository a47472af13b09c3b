"""What can become of a message, in the words of `notify` and `tests`."""

from __future__ import annotations

OUTCOMES = (
    "created", "updated", "discarded", "denied", "quarantined", "bounced", "duplicate",
)  # fmt: skip
