"""`contacts`: which table stands for people."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

CONTACTS = Section(
    "contacts",
    "Which table stands for people. A sender is looked up in every email field of it.",
    (
        Key("table", "name", "the table", required=True),
        Key("groups", "name", "the `multi_choice` field with a contact's groups"),
        Key(
            "guest",
            "any",
            "as whom strangers act where a rule says `allow_as: guest`: an address,"
            " or keys as below",
        ),
    ),
)

GUEST = Section(
    "contacts.guest",
    "The guest, where more than the address is to be said.",
    (
        Key("address", "address", "the guest's address", required=True),
        Key(
            "groups", "texts", "its groups where no such contact is in the store", default="guests"
        ),
    ),
)
