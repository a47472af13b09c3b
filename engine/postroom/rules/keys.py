"""Every key of a rule file: the one table that checks and reference pages read.

A key says what it holds, whether it must be there, what stands in for it, and what it is for. The
modules beside this one read keys through `postroom.rules.given.Given`, which holds them to it. The
order of the keys is the one in which the formatter writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from postroom.mail.quotes.marker import MARKER
from postroom.model.signin import ANSWERS, FLOWS, METHODS

Kind = Literal[
    "text", "texts", "name", "address", "addresses", "flag", "integer", "duration", "choice",
    "choices", "condition", "value", "values", "template", "templates", "keys", "items", "any",
]  # fmt: skip
"""What a key holds. `texts`, `addresses`, `choices` and `templates`: one, or a list of them."""

WORDS: dict[Kind, str] = {
    "text": "text",
    "texts": "text, or a list of texts",
    "name": "name",
    "address": "address",
    "addresses": "address, or a list of addresses",
    "flag": "true or false",
    "integer": "whole number",
    "duration": "time span",
    "choice": "choice",
    "choices": "choice, or a list of choices",
    "condition": "condition",
    "value": "value",
    "values": "fields and their values",
    "template": "text with `${ }`",
    "templates": "text with `${ }`, or a list of them",
    "keys": "keys",
    "items": "list",
    "any": "a word, or keys",
}

OUTCOMES = (
    "created", "updated", "discarded", "denied", "quarantined", "bounced", "duplicate",
)  # fmt: skip
FIELD_TYPES = (
    "text", "log", "integer", "decimal", "boolean", "date", "timestamp", "choice", "multi_choice",
    "email", "list", "reference", "files", "serial",
)  # fmt: skip
AUTH_RESULTS = (
    "none", "pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror",
)  # fmt: skip
FILTER_WORDS = ("discard", "bounce", "no_answer", "quarantine")
"""What a filter's `then` can be where it is one word."""
ACCESS_WORDS = ("deny", "discard")
"""What an access rule's `then` can be where it is one word."""
SHARED = ("each", "first")
"""What becomes of mail to an address that several accounts have."""
AFTER_WORDS = ("keep",)
"""What can be done on the server where it is one word."""


PARSING_SOURCES = ("block", "subject", "json", "csv", "xml", "html_table")
"""Where `parsing` may look."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section."""

    name: str
    kind: Kind
    help: str
    required: bool = False
    default: str | bool | int | timedelta | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What may stand at one place of a rule file."""

    title: str
    """How an author says where it is: `accounts.NAME.receive`."""
    help: str
    keys: tuple[Key, ...]
    others: str = ""
    """What other keys stand for; "" if there can be none."""

    def key(self, name: str) -> Key | None:
        """Return the declaration of a key."""
        return next((key for key in self.keys if key.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its keys."""
        return tuple(key.name for key in self.keys)


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

TABLE = Section(
    "tables.NAME",
    "A record type. Its name, and those of its fields, are small letters, digits and `_`.",
    (
        Key("number", "text", "what stands before the number that people see: `SUP` gives SUP-17"),
        Key("token_expires", "keys", "when answers to a record no longer find it by its token"),
        Key("fields", "keys", "the fields, by name", required=True),
    ),
)

TOKEN_EXPIRES = Section(
    "tables.NAME.token_expires",
    "When the tokens of a record stop counting: answers are then handled like mail without one.",
    (
        Key("after", "duration", "how long after the record was changed last", required=True),
        Key("when", "condition", "which records, by `record.` fields; all where it is left out"),
    ),
)

FIELD = Section(
    "tables.NAME.fields.NAME",
    "One field of a table.",
    (
        Key("type", "choice", "what it holds", required=True, choices=FIELD_TYPES),
        Key(
            "of", "choice", "`list`: what its items are", default="text", choices=("text", "email")
        ),
        Key("table", "name", "`reference`: the table that it points to"),
        Key("values", "texts", "`choice`, `multi_choice`: the values that there are"),
        Key("min", "value", "`integer`, `decimal`: the smallest value"),
        Key(
            "max",
            "value",
            "`integer`, `decimal`: the largest value; `text`, `email`: the most characters",
        ),
        Key("unique", "flag", "whether no two records may have the same value", default=False),
        Key("required", "flag", "whether a record must have a value", default=False),
        Key("default", "value", "the value where nothing sets one"),
    ),
)

CONTACTS = Section(
    "contacts",
    "Which table stands for people. A sender is looked up in every email field of it.",
    (
        Key("table", "name", "the table", required=True),
        Key("groups", "name", "the `multi_choice` field with a contact's groups"),
        Key(
            "guest",
            "any",
            "as whom strangers act where a rule says `allow_as: guest`: an address,"
            " or keys as below",
        ),
    ),
)

GUEST = Section(
    "contacts.guest",
    "The guest, where more than the address is to be said.",
    (
        Key("address", "address", "the guest's address", required=True),
        Key(
            "groups", "texts", "its groups where no such contact is in the store", default="guests"
        ),
    ),
)

PERMISSION = Section(
    "groups.NAME.TABLE",
    "What the members of a group may do with the records of a table.",
    (
        Key("create", "flag", "create records by mail", default=False),
        Key(
            "edit",
            "choice",
            "edit records: none, those that they asked for, or all",
            default="none",
            choices=("none", "own", "all"),
        ),
        Key("fields", "texts", "the only fields that they may set; all where it is left out"),
    ),
)

USE = Section(
    "filters: use",
    "In the filters of an account, a named list of filters stands for its rules.",
    (Key("use", "name", "the name of a list in `filters:`", required=True),),
)

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

FILTER_THEN = Section(
    "filters: then",
    "What a filter does, where more is to be said.",
    (
        Key("quarantine", "text", "put the message aside for a person, with this reason"),
        Key("discard", "keys", "drop the message, and tell somebody"),
    ),
)

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

ACCOUNT = Section(
    "accounts.NAME",
    "An inbound mailbox and what becomes of its mail.",
    (
        Key("table", "name", "the table of its records", required=True),
        Key("address", "address", "its address", required=True),
        Key("active", "flag", "whether its mail is read", default=True),
        Key(
            "shared",
            "choice",
            "where several accounts have its address: `each` of them decides about every message,"
            " or the `first` that makes a record of it has it, and the others leave it",
            choices=SHARED,
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
        Key("watch", "keys", "what is worth an alarm, and who hears of it"),
    ),
)

WATCH = Section(
    "accounts.NAME.watch",
    "What is worth an alarm. There is one until it is over, and then a word that it is. Trouble"
    " that somebody has to mend, a wrong password say, raises one at once, whatever stands here.",
    (
        Key("silent_for", "duration", "how long no message may come; left out: for ever"),
        Key(
            "unread_for",
            "duration",
            "how long nobody may have looked into the mailbox",
            default=timedelta(hours=1),
        ),
        Key(
            "behind_for",
            "duration",
            "how long the server may hold a message that the ledger does not",
            default=timedelta(minutes=15),
        ),
        Key(
            "unsent_for",
            "duration",
            "how long a notice may wait to be sent",
            default=timedelta(hours=4),
        ),
        Key(
            "expires_within",
            "duration",
            "how long before a sign-in ends you hear of it",
            default=timedelta(days=14),
        ),
        Key("tell", "addresses", "who is told; those of the whole engine where it is left out"),
    ),
)

ENGINE_WATCH = Section(
    "watch",
    "What is worth an alarm in the whole engine, and who is told where an account names nobody.",
    (
        Key("tell", "addresses", "who is told"),
        Key(
            "through",
            "name",
            "the account whose `send` takes it to them, also for accounts that have none",
        ),
        Key("disk_free", "text", "how much must be free where the data lies", default="1GB"),
    ),
)

ANSWERING = Section(
    "accounts.NAME.answers",
    "Limits of automatic answers. They hold for every account, with these numbers where it says"
    " nothing, and can only be made stricter.",
    (
        Key(
            "same_again_after",
            "duration",
            "until an address may get the same template again; but for those after `created`",
            default=timedelta(days=1),
        ),
        Key(
            "created_an_hour",
            "integer",
            "answers to one address in an hour that say that a record was created",
            default=10,
        ),
        Key(
            "domain_an_hour",
            "integer",
            "answers to all addresses of one domain in an hour",
            default=100,
        ),
        Key("record_a_day", "integer", "answers about one record in 24 hours", default=20),
        Key(
            "an_hour",
            "integer",
            "answers of the account in an hour; when they are reached, answers pause for an hour",
            default=200,
        ),
        Key("tell", "addresses", "who is told, once, when answers pause or forgers are many"),
    ),
)

CHECK_SENDERS = Section(
    "accounts.NAME.check_senders",
    "A plugin checks by itself who sent a message, in the place of `trust_results_from`.",
    (Key("use", "name", "the plugin's word for it: `dkim`", required=True),),
    others="settings of what is used",
)

SCAN = Section(
    "accounts.NAME.scan_for_malware",
    "A plugin looks for malware in each message before it is decided.",
    (
        Key("use", "name", "the plugin's word for it: `clamav`", required=True),
        Key(
            "when_found",
            "choice",
            "what becomes of a message with malware; `go_on` leaves it to the rules",
            choices=("quarantine", "go_on"),
            default="quarantine",
        ),
        Key(
            "when_down",
            "choice",
            "what becomes of a message that could not be scanned",
            choices=("quarantine", "go_on"),
            default="quarantine",
        ),
    ),
    others="settings of what is used",
)

PREFIXES = Section(
    "accounts.NAME.subject_prefixes",
    "Re:, Fwd:, AW: and the like at the front of a subject.",
    (Key("keep", "integer", "how many to keep; all where it is left out", required=True),),
)

RECEIVE = Section(
    "accounts.NAME.receive",
    "Where the account's mail comes from.",
    (
        Key(
            "use",
            "name",
            "the transport: `imap`, `maildir`, `mbox`, `eml`, or that of a plugin",
            required=True,
        ),
        Key(
            "poll_every", "duration", "how often to look for new mail", default=timedelta(minutes=1)
        ),
        Key(
            "full_sweep_every",
            "duration",
            "how often to look at all mail, whatever its flags say",
            default=timedelta(minutes=45),
        ),
        Key("after", "keys", "what to do on the server once a decision is durable, by outcome"),
        Key(
            "trace",
            "flag",
            "write the conversation with the server, secrets masked, into `traces` among the data",
            default=False,
        ),
        Key(
            "start_at",
            "text",
            "a day, as `2026-11-01`: mail that the server took in before it is left alone",
        ),
        Key(
            "import_before",
            "text",
            "a day: mail from before it becomes records with their original dates, and nobody is"
            " answered or told",
        ),
    ),
    others="settings of the transport",
)

PROVIDER = Section(
    "providers.NAME",
    "Who gives tokens for OAuth 2. `microsoft` and `google` are known without it.",
    (
        Key("authorize_url", "text", "where a person signs in, for the flow `code`"),
        Key("token_url", "text", "where tokens are had", required=True),
        Key("device_url", "text", "where device codes are had, for the flow `device`"),
        Key(
            "client",
            "choice",
            "how client id and secret are sent: in the form, or as HTTP Basic",
            default="body",
            choices=("body", "basic"),
        ),
        Key("scopes", "texts", "what to ask for"),
        Key("parameters", "keys", "what else each request carries"),
        Key("answers", "keys", "what the provider calls what it answers, by the usual name"),
    ),
)

PARAMETERS = Section(
    "providers.NAME.parameters",
    "By request, names and values. `${client_id}`, `${client_secret}`, `${redirect_uri}`,"
    " `${code}`, `${code_verifier}`, `${code_challenge}`, `${state}`, `${scope}`, `${device_code}`,"
    ' `${refresh_token}` and `${tenant}` stand for what we know. A usual name with the value `""`'
    " is left out.",
    tuple(
        Key(name, "keys", words)
        for name, words in (
            ("authorize", "the address that a person is sent to"),
            ("device", "the request for a device code"),
            ("token", "the request that turns a code into tokens"),
            ("refresh", "the request for a new access token"),
            ("client", "the request for client credentials"),
        )
    ),
)

PROVIDER_ANSWERS = Section(
    "providers.NAME.answers",
    "What the provider calls what RFC 6749 and RFC 8628 call otherwise.",
    tuple(Key(name, "text", f"its word for `{name}`") for name in ANSWERS),
)

SECRET = Section(
    "a reference to a secret",
    "Where a secret is kept; a rule file never holds the secret itself.",
    (
        Key("env", "text", "the environment variable that has it"),
        Key("file", "text", "the file that has it, seen from the rule folder"),
        Key("keyring", "text", "the keyring's entry, as `service/user`"),
    ),
)

SIGN_IN = Section(
    "sign_ins.NAME, auth",
    "A sign-in with OAuth 2. It stands in `sign_ins:`, where several accounts can name it"
    " (`auth: NAME`), or as `auth: {...}` in `receive` or `send`.",
    (
        Key("provider", "name", "who gives the tokens", required=True),
        Key(
            "flow",
            "choice",
            "how tokens are had: a person signs in with a browser (`code`), with a code on another"
            " machine (`device`), or nobody does (`client`). Left out: `device` if the provider"
            " has it, else `code`",
            choices=FLOWS,
        ),
        Key(
            "method",
            "choice",
            "how the mail server is shown a token; left out: as it offers",
            choices=METHODS,
        ),
        Key(
            "client_id",
            "any",
            "the id of the registered application: text, or `{env: NAME}`",
            required=True,
        ),
        Key("client_secret", "any", "its secret, as a reference: `{env: NAME}`"),
        Key("certificate", "text", "a PEM file with key and certificate, in place of the secret"),
        Key("tenant", "any", "Microsoft: the directory, as text or `{env: NAME}`"),
        Key("scopes", "texts", "what to ask for, in place of what the provider declares"),
        Key("user", "text", "who is to sign in; the provider is told as a hint"),
        Key(
            "redirect_url",
            "text",
            "`code`: where the browser is sent afterwards; left out: this machine",
        ),
        Key("authority", "text", "Microsoft: the address of a national cloud"),
        Key("ca_file", "text", "a file with the certificate of your own authority"),
    ),
)

AFTER = Section(
    "accounts.NAME.receive.after",
    "By outcome: `keep`, or keys as below. `decided` stands for all outcomes that are not named.",
    tuple(
        Key(name, "any", words)
        for name, words in (
            ("decided", "every outcome that is not named"),
            ("created", "a record was created"),
            ("updated", "a record was changed"),
            ("discarded", "the message was dropped"),
            ("denied", "access was refused"),
            ("quarantined", "the message waits for a person"),
            ("bounced", "mail of ours came back"),
            ("duplicate", "the message was here before"),
        )
    ),
)

AFTER_DO = Section(
    "accounts.NAME.receive.after.OUTCOME",
    "Exactly one of these, or the word `keep`.",
    (
        Key("flag", "text", "set this flag"),
        Key("move_to", "text", "move to this folder"),
        Key("delete_after", "duration", "delete after this time"),
    ),
)

SEND = Section(
    "accounts.NAME.send",
    "How the account's mail goes out. Where only one account of a table has it, it is that of all.",
    (
        Key(
            "use",
            "name",
            "the notifier: `smtp`, `console`, `file`, or that of a plugin",
            required=True,
        ),
        Key("from", "address", "the sender's address; the account's own where it is left out"),
        Key(
            "plus_addresses",
            "flag",
            "ask for answers at `address+TOKEN@...`, which your server must deliver to the account",
            default=False,
        ),
        Key(
            "reply_marker",
            "text",
            "the line at the top above which answers are written; `none` for no such line",
            default=MARKER,
        ),
        Key("max_body", "text", "the largest text of a mail; the rest is cut", default="1MB"),
        Key(
            "max_attachments",
            "text",
            "the largest mail that is sent along as an attachment",
            default="10MB",
        ),
    ),
    others="settings of the notifier",
)

ACCESS = Section(
    "accounts.NAME.access",
    "Who may do what. The first rule that matches decides; the last one must be the catch-all.",
    (
        Key("create", "items", "for a message that would create a record", required=True),
        Key("update", "items", "for a message that answers a record", required=True),
    ),
)

ACCESS_RULE = Section(
    "accounts.NAME.access.create, accounts.NAME.access.update",
    "One access rule.",
    (
        Key("id", "name", "the rule's name, once in an account", required=True),
        Key("when", "condition", "when it applies; always where it is left out"),
        Key("then", "any", "`deny`, `discard`, or keys as below", required=True),
        Key(
            "needs_permission",
            "flag",
            "`update`, `allow_as`: also who has the record's token needs a group that may edit",
            default=False,
        ),
    ),
)

ACCESS_THEN = Section(
    "access: then",
    "Exactly one of these.",
    (
        Key(
            "allow_as", "text", "go on as `sender`, as `guest`, or as the contact with this address"
        ),
        Key("deny", "keys", "refuse, and tell somebody"),
        Key("discard", "keys", "drop the message, and tell somebody"),
    ),
)

_SHAPE = (
    Key("set", "values", "fields and the values they get"),
    Key("append", "values", "log, files and list fields, and what is added to them"),
    Key("rules", "items", "rules that set more; all that match apply, in order"),
)

MAPPING = Section("accounts.NAME.mapping", "How a message becomes a new record.", _SHAPE)

UPDATES = Section(
    "accounts.NAME.updates",
    "What an answer changes in its record.",
    (
        *_SHAPE,
        Key(
            "quoted_text",
            "choice",
            "whether `body.reply` keeps what the sender quotes",
            default="remove",
            choices=("keep", "remove"),
        ),
    ),
)

SHAPE_RULE = Section(
    "accounts.NAME.mapping.rules, accounts.NAME.updates.rules",
    "A rule that sets fields when its condition holds.",
    (
        Key("id", "name", "the rule's name, once in an account", required=True),
        Key("when", "condition", "when it applies; always where it is left out"),
        Key("set", "values", "fields and the values they get"),
        Key("append", "values", "log, files and list fields, and what is added to them"),
    ),
)

PARSING = Section(
    "accounts.NAME.parsing",
    "Between a line with the delimiter and its end, `Label: value` lines set fields.",
    (
        Key(
            "sources",
            "choices",
            "where labels and values are looked for, in this order",
            default="block",
            choices=PARSING_SOURCES,
        ),
        Key("delimiter", "text", "the words of the line that starts a block, where it is a source"),
        Key(
            "languages", "keys", "by language code: labels, and the fields they set", required=True
        ),
        Key(
            "mode",
            "choice",
            "whether a value replaces what `mapping` set, or is added to it",
            default="replace",
            choices=("replace", "add"),
        ),
        Key("unknown_label", "keys", "a label that is not declared"),
        Key("invalid_value", "keys", "a value that its field does not take"),
        Key("not_permitted", "keys", "a field that the sender may not set"),
        Key("date_format", "text", "how dates are written", default="YYYY-MM-DD"),
    ),
)

BAD_LINE = Section(
    "accounts.NAME.parsing.unknown_label, .invalid_value, .not_permitted",
    "What to do about a line that cannot be taken.",
    (
        Key(
            "then",
            "choice",
            "leave the line out, keep what the field had, or quarantine the message",
            required=True,
            choices=("ignore", "keep_old", "reject"),
        ),
        Key("tell", "addresses", "whom to tell"),
        Key("text", "text", "what to tell them"),
    ),
)

NOTIFY = Section(
    "accounts.NAME.notify",
    "Who is told when something became of a message.",
    (
        Key("id", "name", "the rule's name, once in an account", required=True),
        Key(
            "after",
            "choices",
            "the outcomes after which it applies",
            required=True,
            choices=OUTCOMES,
        ),
        Key("when", "condition", "when it applies; always where it is left out"),
        Key("use", "name", "the notifier; the account's `send` where it is left out"),
        Key("to", "templates", "the addresses; needed where the account's `send` is used"),
        Key("template", "name", "what it says", required=True),
        Key(
            "allow_unverified",
            "flag",
            "also answer senders who are not authenticated",
            default=False,
        ),
    ),
    others="settings of the notifier that `use` names",
)

TEMPLATE = Section(
    "templates.NAME",
    "What a notice or an answer says. `text`, `html` or both.",
    (
        Key("subject", "template", "the subject"),
        Key("text", "template", "the body as text"),
        Key("html", "template", "the body as HTML; holes are escaped"),
    ),
)

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

SECTIONS = (
    ROOT, TABLE, TOKEN_EXPIRES,
    FIELD, CONTACTS, GUEST, PERMISSION, ACCOUNT, RECEIVE, AFTER, AFTER_DO, SEND,
    SECRET, SIGN_IN, PROVIDER, PARAMETERS, PROVIDER_ANSWERS,
    ANSWERING, WATCH, ENGINE_WATCH, CHECK_SENDERS, SCAN,
    PREFIXES, FILTER, USE, FILTER_THEN, TELL, ACCESS, ACCESS_RULE, ACCESS_THEN, MAPPING,
    UPDATES, SHAPE_RULE, PARSING, BAD_LINE, NOTIFY, TEMPLATE, CASE, MAIL, ATTACHED, GIVEN, EXPECT,
    WAIVER,
)  # fmt: skip
"""All of them, in the order of the reference page."""
