"""`send`: how mail goes out."""

from __future__ import annotations

from postroom.mail.quotes.marker import MARKER
from postroom.rules.keys.key import Key, Section

SEND = Section(
    "accounts.NAME.send",
    "How the account's mail goes out. Where only one account of a table has it, it is that of all.",
    (
        Key(
            "use",
            "name",
            "the notifier: `smtp`, `console`, `file`, or that of a plugin",
            required=True,
        ),
        Key("from", "address", "the sender's address; the account's own where it is left out"),
        Key(
            "plus_addresses",
            "flag",
            "ask for answers at `address+TOKEN@...`, which your server must deliver to the account",
            default=False,
        ),
        Key(
            "reply_marker",
            "text",
            "the line at the top above which answers are written; `none` for no such line",
            default=MARKER,
        ),
        Key("max_body", "text", "the largest text of a mail; the rest is cut", default="1MB"),
        Key(
            "max_attachments",
            "text",
            "the largest mail that is sent along as an attachment",
            default="10MB",
        ),
    ),
    others="settings of the notifier",
)
