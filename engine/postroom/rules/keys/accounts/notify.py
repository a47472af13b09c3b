"""`notify`: who is told."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section
from postroom.rules.keys.outcomes import OUTCOMES

NOTIFY = Section(
    "accounts.NAME.notify",
    "Who is told when something became of a message.",
    (
        Key("id", "name", "the rule's name, once in an account", required=True),
        Key(
            "after",
            "choices",
            "the outcomes after which it applies",
            required=True,
            choices=OUTCOMES,
        ),
        Key("when", "condition", "when it applies; always where it is left out"),
        Key("use", "name", "the notifier; the account's `send` where it is left out"),
        Key("to", "templates", "the addresses; needed where the account's `send` is used"),
        Key("template", "name", "what it says", required=True),
        Key(
            "allow_unverified",
            "flag",
            "also answer senders who are not authenticated",
            default=False,
        ),
    ),
    others="settings of the notifier that `use` names",
)
