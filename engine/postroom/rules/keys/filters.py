"""`filters`, shared ones and those of an account: what is kept out, or gets no answer."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

FILTER_WORDS = ("discard", "bounce", "no_answer", "quarantine")
"""What a filter's `then` can be where it is one word."""

FILTER = Section(
    "accounts.NAME.filters, filters.NAME",
    "One filter rule. Filters are tried from top to bottom; discard, quarantine and bounce stop.",
    (
        Key("id", "name", "the rule's name, once in an account", required=True),
        Key("shadow", "flag", "only log what it would do", default=False),
        Key("when", "condition", "when it applies; always where it is left out"),
        Key(
            "then",
            "any",
            "`discard`, `bounce`, `no_answer`, `quarantine`, or keys as below",
            required=True,
        ),
    ),
)

USE = Section(
    "filters: use",
    "In the filters of an account, a named list of filters stands for its rules.",
    (Key("use", "name", "the name of a list in `filters:`", required=True),),
)

FILTER_THEN = Section(
    "filters: then",
    "What a filter does, where more is to be said.",
    (
        Key("quarantine", "text", "put the message aside for a person, with this reason"),
        Key("discard", "keys", "drop the message, and tell somebody"),
    ),
)
