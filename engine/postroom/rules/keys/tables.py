"""`tables`: record types and their fields."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

FIELD_TYPES = (
    "text", "log", "integer", "decimal", "boolean", "date", "timestamp", "choice", "multi_choice",
    "email", "list", "reference", "files", "serial",
)  # fmt: skip

TABLE = Section(
    "tables.NAME",
    "A record type. Its name, and those of its fields, are small letters, digits and `_`.",
    (
        Key("number", "text", "what stands before the number that people see: `SUP` gives SUP-17"),
        Key("token_expires", "keys", "when answers to a record no longer find it by its token"),
        Key("fields", "keys", "the fields, by name", required=True),
    ),
)

TOKEN_EXPIRES = Section(
    "tables.NAME.token_expires",
    "When the tokens of a record stop counting: answers are then handled like mail without one.",
    (
        Key("after", "duration", "how long after the record was changed last", required=True),
        Key("when", "condition", "which records, by `record.` fields; all where it is left out"),
    ),
)

FIELD = Section(
    "tables.NAME.fields.NAME",
    "One field of a table.",
    (
        Key("type", "choice", "what it holds", required=True, choices=FIELD_TYPES),
        Key(
            "of", "choice", "`list`: what its items are", default="text", choices=("text", "email")
        ),
        Key("table", "name", "`reference`: the table that it points to"),
        Key("values", "texts", "`choice`, `multi_choice`: the values that there are"),
        Key("min", "value", "`integer`, `decimal`: the smallest value"),
        Key(
            "max",
            "value",
            "`integer`, `decimal`: the largest value; `text`, `email`: the most characters",
        ),
        Key("unique", "flag", "whether no two records may have the same value", default=False),
        Key("required", "flag", "whether a record must have a value", default=False),
        Key("default", "value", "the value where nothing sets one"),
    ),
)
