"""`tests`: cases that the rules must get right."""

from __future__ import annotations

from postroom.rules.keys.key import Key, Section
from postroom.rules.keys.outcomes import OUTCOMES

AUTH_RESULTS = (
    "none", "pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror",
)  # fmt: skip

CASE = Section(
    "tests",
    "A case: a message, what is known about it, and what must become of it. An effect that nobody"
    " expected fails the case.",
    (
        Key("name", "text", "what the case shows", required=True),
        Key("account", "name", "the account whose rules decide", required=True),
        Key("mail", "keys", "the message"),
        Key("eml", "text", "the message as a file, its path beside this file; instead of `mail`"),
        Key("given", "keys", "what is known when it comes in"),
        Key("expect", "keys", "what must become of it", required=True),
    ),
)

MAIL = Section(
    "tests: mail",
    "A message in a few words.",
    (
        Key("from", "text", "the sender: `Ann <ann@partner.example>`", required=True),
        Key("sender", "text", "the Sender field"),
        Key("to", "texts", "recipients; the account's address where it is left out"),
        Key("cc", "texts", "more recipients"),
        Key("reply_to", "texts", "the Reply-To field"),
        Key("subject", "text", "the subject"),
        Key("date", "text", "when it says that it was written"),
        Key("received", "text", "when the server took it in"),
        Key("message_id", "text", "its Message-ID, without angle brackets"),
        Key("in_reply_to", "texts", "the messages that it answers"),
        Key("references", "texts", "the messages before it"),
        Key("return_path", "text", "the envelope sender"),
        Key("token", "text", "the record whose token it carries: `ticket-1`"),
        *(
            Key(name, "choice", f"what the trusted server says of {name.upper()}",
                choices=AUTH_RESULTS)
            for name in ("dmarc", "spf", "dkim", "arc")
        ),
        Key("malware", "texts", "what the account's scanner finds in it"),
        Key("headers", "keys", "other header fields, by name"),
        Key("text", "text", "the body as text"),
        Key("html", "text", "the body as HTML"),
        Key("attachments", "items", "its attachments"),
    ),
)  # fmt: skip

ATTACHED = Section(
    "tests: mail.attachments",
    "One attachment.",
    (
        Key("filename", "text", "its name", required=True),
        Key("content_type", "text", "its type", default="application/octet-stream"),
        Key("text", "text", "what it holds"),
        Key("size", "integer", "its size in bytes, where it does not matter what it holds"),
    ),
)

GIVEN = Section(
    "tests: given",
    "What is known when the message comes in.",
    (
        Key("contacts", "items", "contacts, each with fields of the contact table"),
        Key("records", "keys", "by table: records, each with its `id` and fields"),
        Key("participants", "texts", "addresses that took part in the records before"),
        Key("threads", "keys", "Message-IDs of earlier mail, and its record: `a@x.net: ticket-1`"),
        Key("counters", "keys", 'counts, as the rules read them: `"count_from_sender(1h)": 21`'),
        Key("clock", "text", "the time of the decision"),
    ),
)

EXPECT = Section(
    "tests: expect",
    "What must become of the message.",
    (
        Key("decision", "choice", "the outcome", required=True, choices=OUTCOMES),
        Key("reasons", "texts", "words that the reasons must hold, each in one of them"),
        Key("table", "name", "the table of the record"),
        Key("fired", "texts", "the rules that had an effect, in order"),
        Key("record", "keys", "fields of the record and their values"),
        Key("notified", "texts", "the notify rules whose notices go out"),
        Key("replied_with", "texts", "the templates of the answers that access or filters give"),
        Key("forwarded", "texts", "whom the mail is forwarded to"),
        Key("server_actions", "texts", "what is done on the server: `move Processed`"),
    ),
)
