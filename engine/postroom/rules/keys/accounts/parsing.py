"""`parsing`: `Label: value` lines in the body."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

PARSING_SOURCES = ("block", "subject", "json", "csv", "xml", "html_table")
"""Where `parsing` may look."""

PARSING = Section(
    "accounts.NAME.parsing",
    "Between a line with the delimiter and its end, `Label: value` lines set fields.",
    (
        Key(
            "sources",
            "choices",
            "where labels and values are looked for, in this order",
            default="block",
            choices=PARSING_SOURCES,
        ),
        Key("delimiter", "text", "the words of the line that starts a block, where it is a source"),
        Key(
            "languages", "keys", "by language code: labels, and the fields they set", required=True
        ),
        Key(
            "mode",
            "choice",
            "whether a value replaces what `mapping` set, or is added to it",
            default="replace",
            choices=("replace", "add"),
        ),
        Key("unknown_label", "keys", "a label that is not declared"),
        Key("invalid_value", "keys", "a value that its field does not take"),
        Key("not_permitted", "keys", "a field that the sender may not set"),
        Key("date_format", "text", "how dates are written", default="YYYY-MM-DD"),
    ),
)

BAD_LINE = Section(
    "accounts.NAME.parsing.unknown_label, .invalid_value, .not_permitted",
    "What to do about a line that cannot be taken.",
    (
        Key(
            "then",
            "choice",
            "leave the line out, keep what the field had, or quarantine the message",
            required=True,
            choices=("ignore", "keep_old", "reject"),
        ),
        Key("tell", "addresses", "whom to tell"),
        Key("text", "text", "what to tell them"),
    ),
)
