"""`access`: who may create and who may answer."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

ACCESS_WORDS = ("deny", "discard")
"""What an access rule's `then` can be where it is one word."""

ACCESS = Section(
    "accounts.NAME.access",
    "Who may do what. The first rule that matches decides; the last one must be the catch-all.",
    (
        Key("create", "items", "for a message that would create a record", required=True),
        Key("update", "items", "for a message that answers a record", required=True),
    ),
)

ACCESS_RULE = Section(
    "accounts.NAME.access.create, accounts.NAME.access.update",
    "One access rule.",
    (
        Key("id", "name", "the rule's name, once in an account", required=True),
        Key("when", "condition", "when it applies; always where it is left out"),
        Key("then", "any", "`deny`, `discard`, or keys as below", required=True),
        Key(
            "needs_permission",
            "flag",
            "`update`, `allow_as`: also who has the record's token needs a group that may edit",
            default=False,
        ),
    ),
)

ACCESS_THEN = Section(
    "access: then",
    "Exactly one of these.",
    (
        Key(
            "allow_as", "text", "go on as `sender`, as `guest`, or as the contact with this address"
        ),
        Key("deny", "keys", "refuse, and tell somebody"),
        Key("discard", "keys", "drop the message, and tell somebody"),
    ),
)
