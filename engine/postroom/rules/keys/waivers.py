"""`waivers`: warnings that are accepted."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

WAIVER = Section(
    "waivers",
    "A warning of `postroom check` that somebody looked at and accepts. One that is not needed any"
    " more is reported.",
    (
        Key("code", "text", "the code of the warning: `PR363`", required=True),
        Key("rule", "texts", "the ids of the rules for which it is accepted"),
        Key("place", "text", "what it is accepted for, where that is no rule: `lists.holidays`"),
        Key("account", "name", "the only account that is meant; any where it is left out"),
        Key("reason", "text", "why it is accepted", required=True),
    ),
)
