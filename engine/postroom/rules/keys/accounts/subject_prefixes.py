"""`subject_prefixes`: what to do about `Re:` and `Fwd:`."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

PREFIXES = Section(
    "accounts.NAME.subject_prefixes",
    "Re:, Fwd:, AW: and the like at the front of a subject.",
    (Key("keep", "integer", "how many to keep; all where it is left out", required=True),),
)
