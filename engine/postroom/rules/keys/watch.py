"""`watch`: what is worth an alarm, in the whole engine and in an account."""

from __future__ import annotations

from datetime import timedelta

from postroom.rules.keys.key import Key, Section

ENGINE_WATCH = Section(
    "watch",
    "What is worth an alarm in the whole engine, and who is told where an account names nobody.",
    (
        Key("tell", "addresses", "who is told"),
        Key(
            "through",
            "name",
            "the account whose `send` takes it to them, also for accounts that have none",
        ),
        Key("disk_free", "text", "how much must be free where the data lies", default="1GB"),
    ),
)

WATCH = Section(
    "accounts.NAME.watch",
    "What is worth an alarm. There is one until it is over, and then a word that it is. Trouble"
    " that somebody has to mend, a wrong password say, raises one at once, whatever stands here.",
    (
        Key("silent_for", "duration", "how long no message may come; left out: for ever"),
        Key(
            "unread_for",
            "duration",
            "how long nobody may have looked into the mailbox",
            default=timedelta(hours=1),
        ),
        Key(
            "behind_for",
            "duration",
            "how long the server may hold a message that the ledger does not",
            default=timedelta(minutes=15),
        ),
        Key(
            "unsent_for",
            "duration",
            "how long a notice may wait to be sent",
            default=timedelta(hours=4),
        ),
        Key(
            "expires_within",
            "duration",
            "how long before a sign-in ends you hear of it",
            default=timedelta(days=14),
        ),
        Key("tell", "addresses", "who is told; those of the whole engine where it is left out"),
    ),
)
