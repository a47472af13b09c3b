"""Every key of a rule file: the one table that checks and reference pages read.

A key says what it holds, whether it must be there, what stands in for it, and what it is for. Each
module here has one section of a rule file, those in `accounts` one section of an account. The
modules of `postroom.rules` read keys through `postroom.rules.given.Given`, which holds them to it.
The order of the keys is the one in which the formatter writes them.
"""

from __future__ import annotations

from postroom.rules.keys.accounts.access import ACCESS, ACCESS_RULE, ACCESS_THEN, ACCESS_WORDS
from postroom.rules.keys.accounts.account import ACCOUNT, LINKED, SHARED
from postroom.rules.keys.accounts.answers import ANSWERING
from postroom.rules.keys.accounts.check_senders import CHECK_SENDERS
from postroom.rules.keys.accounts.mapping import MAPPING, SHAPE_RULE, UPDATES
from postroom.rules.keys.accounts.notify import NOTIFY
from postroom.rules.keys.accounts.parsing import BAD_LINE, PARSING, PARSING_SOURCES
from postroom.rules.keys.accounts.receive import AFTER, AFTER_DO, AFTER_WORDS, RECEIVE
from postroom.rules.keys.accounts.scan_for_malware import SCAN
from postroom.rules.keys.accounts.send import SEND
from postroom.rules.keys.accounts.subject_prefixes import PREFIXES
from postroom.rules.keys.contacts import CONTACTS, GUEST
from postroom.rules.keys.filters import FILTER, FILTER_THEN, FILTER_WORDS, USE
from postroom.rules.keys.groups import PERMISSION
from postroom.rules.keys.key import WORDS, Key, Kind, Section
from postroom.rules.keys.outcomes import OUTCOMES
from postroom.rules.keys.providers import PARAMETERS, PROVIDER, PROVIDER_ANSWERS
from postroom.rules.keys.root import ROOT
from postroom.rules.keys.secrets import SECRET
from postroom.rules.keys.sign_ins import SIGN_IN
from postroom.rules.keys.tables import FIELD, FIELD_TYPES, TABLE, TOKEN_EXPIRES
from postroom.rules.keys.tell import TELL
from postroom.rules.keys.templates import TEMPLATE
from postroom.rules.keys.tests import ATTACHED, AUTH_RESULTS, CASE, EXPECT, GIVEN, MAIL
from postroom.rules.keys.waivers import WAIVER
from postroom.rules.keys.watch import ENGINE_WATCH, WATCH

SECTIONS = (
    ROOT, TABLE, TOKEN_EXPIRES,
    FIELD, CONTACTS, GUEST, PERMISSION, ACCOUNT, LINKED, RECEIVE, AFTER, AFTER_DO,
    SEND,
    SECRET, SIGN_IN, PROVIDER, PARAMETERS, PROVIDER_ANSWERS,
    ANSWERING, WATCH, ENGINE_WATCH, CHECK_SENDERS, SCAN,
    PREFIXES, FILTER, USE, FILTER_THEN, TELL, ACCESS, ACCESS_RULE, ACCESS_THEN, MAPPING,
    UPDATES, SHAPE_RULE, PARSING, BAD_LINE, NOTIFY, TEMPLATE, CASE, MAIL, ATTACHED, GIVEN, EXPECT,
    WAIVER,
)  # fmt: skip
"""All of them, in the order of the reference page."""

__all__ = [
    "ACCESS", "ACCESS_RULE", "ACCESS_THEN", "ACCESS_WORDS", "ACCOUNT", "AFTER", "AFTER_DO",
    "AFTER_WORDS", "ANSWERING", "ATTACHED", "AUTH_RESULTS", "BAD_LINE", "CASE", "CHECK_SENDERS",
    "CONTACTS", "ENGINE_WATCH", "EXPECT", "FIELD", "FIELD_TYPES", "FILTER", "FILTER_THEN",
    "FILTER_WORDS", "GIVEN", "GUEST", "LINKED", "MAIL", "MAPPING", "NOTIFY", "OUTCOMES",
    "PARAMETERS", "PARSING", "PARSING_SOURCES", "PERMISSION", "PREFIXES", "PROVIDER",
    "PROVIDER_ANSWERS", "RECEIVE", "ROOT", "SCAN", "SECRET", "SECTIONS", "SEND", "SHAPE_RULE",
    "SHARED", "SIGN_IN", "TABLE", "TELL", "TEMPLATE", "TOKEN_EXPIRES", "UPDATES", "USE", "WAIVER",
    "WATCH", "WORDS",
    "Key", "Kind", "Section",
]  # fmt: skip
