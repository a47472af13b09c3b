"""`accounts.NAME`: an inbound mailbox; the modules beside this one have its sections."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section

SHARED = ("each", "first", "primary")
"""What becomes of mail to an address that several accounts have."""

ACCOUNT = Section(
    "accounts.NAME",
    "An inbound mailbox and what becomes of its mail.",
    (
        Key("table", "name", "the table of its records", required=True),
        Key("address", "address", "its address", required=True),
        Key("active", "flag", "whether its mail is read", default=True),
        Key(
            "shared",
            "any",
            "where several accounts have its address: `each` of them decides about every message;"
            " or the `first` that makes a record of it has it, and the others leave it; or one is"
            " the `primary`, and the records of the others refer to its records: keys as below",
        ),
        Key("receive", "keys", "where its mail comes from"),
        Key("send", "keys", "how its mail goes out"),
        Key(
            "trust_results_from",
            "texts",
            "servers whose word on SPF, DKIM and DMARC is taken: their RFC 8601 authserv-ids, or"
            " `microsoft365`, `google`, `fastmail`",
        ),
        Key(
            "trusted_sealers",
            "texts",
            "domains that vouch for what they forward: lists and forwarders with ARC (RFC 8617)",
        ),
        Key("check_senders", "keys", "who checks DKIM, ARC and DMARC, if no server of yours does"),
        Key("scan_for_malware", "keys", "who looks for malware; `malware.found` reads the answer"),
        Key(
            "spam_score_from",
            "text",
            "the field in which your own spam filter writes its score; `spam.score` reads it",
        ),
        Key("filters", "items", "what is kept out, or gets no answer"),
        Key("subject_prefixes", "keys", "what to do about `Re:` and `Fwd:`"),
        Key("access", "keys", "who may create and who may answer", required=True),
        Key("mapping", "keys", "how a message becomes a new record"),
        Key("updates", "keys", "what an answer changes in its record"),
        Key("parsing", "keys", "blocks of `Label: value` lines in the body"),
        Key("notify", "items", "who is told"),
        Key("answers", "keys", "how many automatic answers it gives at most"),
        Key(
            "keep_raw",
            "duration",
            "how long the raw bytes of its mail are kept, in and out, from the day it was decided:"
            " `400d`. Left out: for ever. What waits for a review or to be sent stays, and so do"
            " files that records hold, decisions and records",
        ),
        Key("watch", "keys", "what is worth an alarm, and who hears of it"),
    ),
)

LINKED = Section(
    "accounts.NAME.shared",
    "Whose records the records of this account refer to. The primary alone answers the sender.",
    (
        Key("primary", "name", "the account that says `shared: primary`", required=True),
        Key(
            "link",
            "name",
            "the `reference` field that holds what the primary made of the same message",
            required=True,
        ),
    ),
)
