"""A reference to a secret, wherever a setting is one."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

SECRET = Section(
    "a reference to a secret",
    "Where a secret is kept; a rule file never holds the secret itself.",
    (
        Key("env", "text", "the environment variable that has it"),
        Key("file", "text", "the file that has it, seen from the rule folder"),
        Key("keyring", "text", "the keyring's entry, as `service/user`"),
        Key("until", "text", "the last day on which it is good, as `2027-03-31`: you hear of it"),
    ),
)
