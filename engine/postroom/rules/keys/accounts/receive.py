"""`receive`: where mail comes from, and what is done on the server afterwards."""

from __future__ import annotations

from datetime import timedelta

from postroom.rules.keys.key import Key, Section

AFTER_WORDS = ("keep",)
"""What can be done on the server where it is one word."""

RECEIVE = Section(
    "accounts.NAME.receive",
    "Where the account's mail comes from.",
    (
        Key(
            "use",
            "name",
            "the transport: `imap`, `maildir`, `mbox`, `eml`, or that of a plugin",
            required=True,
        ),
        Key(
            "poll_every", "duration", "how often to look for new mail", default=timedelta(minutes=1)
        ),
        Key(
            "full_sweep_every",
            "duration",
            "how often to look at all mail, whatever its flags say",
            default=timedelta(minutes=45),
        ),
        Key("after", "keys", "what to do on the server once a decision is durable, by outcome"),
        Key(
            "trace",
            "flag",
            "write the conversation with the server, secrets masked, into `traces` among the data",
            default=False,
        ),
        Key(
            "start_at",
            "text",
            "a day, as `2026-11-01`: mail that the server took in before it is left alone",
        ),
        Key(
            "import_before",
            "text",
            "a day: mail from before it becomes records with their original dates, and nobody is"
            " answered or told",
        ),
    ),
    others="settings of the transport",
)

AFTER = Section(
    "accounts.NAME.receive.after",
    "By outcome: `keep`, or keys as below. `decided` stands for all outcomes that are not named.",
    tuple(
        Key(name, "any", words)
        for name, words in (
            ("decided", "every outcome that is not named"),
            ("created", "a record was created"),
            ("updated", "a record was changed"),
            ("discarded", "the message was dropped"),
            ("denied", "access was refused"),
            ("quarantined", "the message waits for a person"),
            ("bounced", "mail of ours came back"),
            ("duplicate", "the message was here before"),
        )
    ),
)

AFTER_DO = Section(
    "accounts.NAME.receive.after.OUTCOME",
    "Exactly one of these, or the word `keep`.",
    (
        Key("flag", "text", "set this flag"),
        Key("move_to", "text", "move to this folder"),
        Key("delete_after", "duration", "delete after this time"),
    ),
)
