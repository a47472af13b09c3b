"""`check_senders`: who checks DKIM, ARC and DMARC."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

CHECK_SENDERS = Section(
    "accounts.NAME.check_senders",
    "A plugin checks by itself who sent a message, in the place of `trust_results_from`.",
    (Key("use", "name", "the plugin's word for it: `dkim`", required=True),),
    others="settings of what is used",
)
