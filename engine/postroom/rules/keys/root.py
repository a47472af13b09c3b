"""The sections of a rule file."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

ROOT = Section(
    "a rule file",
    "A folder of files is one rule set: sections of the same name are put together, and a name that"
    " stands twice in one of them is an error. In a file whose name ends in `.test.yaml` only"
    " `tests` (and `version`) may stand.",
    (
        Key("version", "integer", "the version of the rule language: 1", default=1),
        Key("lists", "keys", "named lists of texts or numbers, read as `lists.NAME`"),
        Key("tables", "keys", "record types, by name"),
        Key("contacts", "keys", "which table stands for people"),
        Key("groups", "keys", "what each group of contacts may do, by group and table"),
        Key("filters", "keys", "named lists of filter rules that accounts share with `use`"),
        Key("providers", "keys", "who gives tokens for OAuth 2, by name, besides those built in"),
        Key("sign_ins", "keys", "sign-ins with OAuth 2 that several accounts share, by name"),
        Key("accounts", "keys", "inbound mailboxes with their rules, by name"),
        Key("watch", "keys", "what is worth an alarm in the whole engine, and who hears of it"),
        Key("templates", "keys", "what notices and answers say, by name"),
        Key("tests", "items", "cases that the rules must get right"),
        Key("waivers", "items", "warnings that are accepted; only in a file `waivers.yaml`"),
    ),
)
