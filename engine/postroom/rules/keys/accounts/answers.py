"""`answers`: limits of automatic answers."""

from __future__ import annotations

from datetime import timedelta

from postroom.rules.keys.key import Key, Section

ANSWERING = Section(
    "accounts.NAME.answers",
    "Limits of automatic answers. They hold for every account, with these numbers where it says"
    " nothing, and can only be made stricter.",
    (
        Key(
            "same_again_after",
            "duration",
            "until an address may get the same template again; but for those after `created`",
            default=timedelta(days=1),
        ),
        Key(
            "created_an_hour",
            "integer",
            "answers to one address in an hour that say that a record was created",
            default=10,
        ),
        Key(
            "domain_an_hour",
            "integer",
            "answers to all addresses of one domain in an hour",
            default=100,
        ),
        Key("record_a_day", "integer", "answers about one record in 24 hours", default=20),
        Key(
            "an_hour",
            "integer",
            "answers of the account in an hour; when they are reached, answers pause for an hour",
            default=200,
        ),
        Key("tell", "addresses", "who is told, once, when answers pause or forgers are many"),
    ),
)
