"""`templates`: what notices and answers say."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

TEMPLATE = Section(
    "templates.NAME",
    "What a notice or an answer says. `text`, `html` or both.",
    (
        Key("subject", "template", "the subject"),
        Key("text", "template", "the body as text"),
        Key("html", "template", "the body as HTML; holes are escaped"),
    ),
)
