"""`mapping` and `updates`: what a message makes of a record."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

_SHAPE = (
    Key("set", "values", "fields and the values they get"),
    Key("append", "values", "log, files and list fields, and what is added to them"),
    Key("rules", "items", "rules that set more; all that match apply, in order"),
)

MAPPING = Section("accounts.NAME.mapping", "How a message becomes a new record.", _SHAPE)

UPDATES = Section(
    "accounts.NAME.updates",
    "What an answer changes in its record.",
    (
        *_SHAPE,
        Key(
            "quoted_text",
            "choice",
            "whether `body.reply` keeps what the sender quotes",
            default="remove",
            choices=("keep", "remove"),
        ),
    ),
)

SHAPE_RULE = Section(
    "accounts.NAME.mapping.rules, accounts.NAME.updates.rules",
    "A rule that sets fields when its condition holds.",
    (
        Key("id", "name", "the rule's name, once in an account", required=True),
        Key("when", "condition", "when it applies; always where it is left out"),
        Key("set", "values", "fields and the values they get"),
        Key("append", "values", "log, files and list fields, and what is added to them"),
    ),
)
