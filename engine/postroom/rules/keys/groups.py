"""`groups`: what contacts may do."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

PERMISSION = Section(
    "groups.NAME.TABLE",
    "What the members of a group may do with the records of a table.",
    (
        Key("create", "flag", "create records by mail", default=False),
        Key(
            "edit",
            "choice",
            "edit records: none, those that they asked for, or all",
            default="none",
            choices=("none", "own", "all"),
        ),
        Key("fields", "texts", "the only fields that they may set; all where it is left out"),
    ),
)
