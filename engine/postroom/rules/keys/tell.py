"""Whom to tell where a filter or an access rule turns mail away."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

TELL = Section(
    "discard, deny",
    "Whom to tell besides.",
    (
        Key("reply", "name", "the template of an answer to the sender"),
        Key("forward_to", "addresses", "where to forward the message"),
        Key("template", "name", "the template of the text that goes with a forwarded message"),
        Key("attachments", "flag", "whether its attachments are forwarded too", default=False),
    ),
)
