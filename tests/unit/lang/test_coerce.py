"""How a value becomes one of a field, and why it is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.lang.coerce import assignable, coerce, file_refs
from postroom.lang.types import (
    ADDRESS,
    ATTACHMENT,
    BOOLEAN,
    DATE,
    DECIMAL,
    DURATION,
    INTEGER,
    LOG_ENTRY,
    MAILBOX,
    TEXT,
    TIMESTAMP,
    Type,
    list_of,
    optional,
)
from postroom.model.message import Attachment
from postroom.model.record import Field, FieldType, FileRef, LogEntry

TITLE = Field("title", "text", max=5)
PRIORITY = Field("priority", "integer", min=1, max=4)
COST = Field("cost", "decimal", min=Decimal(0))
KIND = Field("kind", "choice", values=("General", "New Account Setup", "Straße"))
TAGS = Field("tags", "multi_choice", values=("vip", "late"))
DUE = Field("due", "date")
SEEN = Field("seen", "timestamp")
OPEN = Field("open", "boolean")
EMAIL = Field("email", "email")
OTHERS = Field("others", "list", of="email")
WORDS = Field("words", "list", of="text", max=4)
REQUESTER = Field("requester", "reference", table="contact")
FILES = Field("files", "files")
NOTES = Field("notes", "log")
NUMBER = Field("number", "serial")
FIELDS = [
    TITLE, PRIORITY, COST, KIND, TAGS, DUE, SEEN, OPEN, EMAIL, OTHERS, WORDS, REQUESTER, FILES,
    NOTES, NUMBER,
]  # fmt: skip
ADDR_SPEC = "; take a part of it, such as `.addr_spec`"
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
FILE = FileRef("f" * 64, "a.pdf", "application/pdf", 3, 1, 1)


@pytest.mark.parametrize(
    ("field", "value", "held"),
    [
        (TITLE, "abc", "abc"),
        (TITLE, 12, "12"),
        (TITLE, True, "yes"),
        (TITLE, Decimal("1.50"), "1.5"),
        (TITLE, "", ""),
        (TITLE, None, ""),
        (Field("t", "text"), NOON, "2026-01-31 12:00 UTC"),
        (Field("t", "text"), ("a", "b"), "a, b"),
        (PRIORITY, 3, 3),
        (PRIORITY, " 3 ", 3),
        (PRIORITY, "+3", 3),
        (PRIORITY, Decimal("3.0"), 3),
        (PRIORITY, None, None),
        (PRIORITY, "", None),
        (COST, "1,5", Decimal("1.5")),
        (COST, "1.50", Decimal("1.50")),
        (COST, 7, Decimal(7)),
        (COST, 0.1, Decimal("0.1")),
        (OPEN, "Ja", True),
        (OPEN, "nein", False),
        (OPEN, "TRUE", True),
        (OPEN, "no", False),
        (OPEN, True, True),
        (DUE, "2026-01-31", date(2026, 1, 31)),
        (DUE, "2026-1-3", date(2026, 1, 3)),
        (DUE, date(2026, 1, 31), date(2026, 1, 31)),
        (DUE, NOON, date(2026, 1, 31)),
        (DUE, datetime(2026, 2, 1, 1, tzinfo=timezone(timedelta(hours=2))), date(2026, 1, 31)),
        (SEEN, "2026-01-31T12:00:00Z", NOON),
        (SEEN, "2026-01-31T14:00:00+02:00", NOON),
        (SEEN, "2026-01-31 12:00", NOON),
        (SEEN, date(2026, 1, 31), datetime(2026, 1, 31, tzinfo=UTC)),
        (SEEN, datetime(2026, 1, 31, 12), NOON),  # noqa: DTZ001 - as a store may give it
        (KIND, "general", "General"),
        (KIND, "  NEW account setup", "New Account Setup"),
        (KIND, "STRASSE", "Straße"),
        (TAGS, "late, VIP, late", ("late", "vip")),
        (TAGS, ("vip",), ("vip",)),
        (TAGS, ["vip"], ("vip",)),
        (TAGS, "", ()),
        (TAGS, None, ()),
        (EMAIL, "ann@partner.example", "ann@partner.example"),
        (EMAIL, "Ann Smith <ann@partner.example>", "ann@partner.example"),
        (EMAIL, " ann+x@bücher.example ", "ann+x@bücher.example"),
        (OTHERS, "a@x.example, B <b@x.example>", ("a@x.example", "b@x.example")),
        (WORDS, "a, b ,,c", ("a", "b", "c")),
        (WORDS, (1, 2), ("1", "2")),
        (REQUESTER, 7, 7),
        (FILES, (FILE,), (FILE,)),
        (FILES, None, ()),
        (NOTES, "text", "text"),
        (NOTES, (LogEntry(NOON, "a", verified=True, text="x"),),
         (LogEntry(NOON, "a", verified=True, text="x"),)),
    ],
)  # fmt: skip
def test_a_value_is_taken(field: Field, value: Any, held: Any) -> None:
    taken, why = coerce(field, value)
    assert why is None
    assert taken == held
    assert type(taken) is type(held)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        (TITLE, "abcdef", "it has 6 characters, more than 5"),
        (TITLE, object(), "it is not text"),
        (Field("t", "text", required=True), " ", "a value is needed"),
        (Field("d", "date", required=True), None, "a value is needed"),
        (PRIORITY, 5, "5 is more than 4"),
        (PRIORITY, "0", "0 is less than 1"),
        (PRIORITY, "high", '"high" is not a whole number'),
        (PRIORITY, "1.5", '"1.5" is not a whole number'),
        (PRIORITY, "1,000", '"1,000" is not a whole number'),
        (PRIORITY, "\u0661", '"\u0661" is not a whole number'),
        (PRIORITY, Decimal("1.5"), "it is not a whole number"),
        (PRIORITY, Decimal("1e999999"), "it is not a whole number"),
        (PRIORITY, True, "it is not a whole number"),
        (Field("n", "integer"), 1 << 63, "the number is too large"),
        (Field("n", "integer"), "9" * 30, f'"{"9" * 30}" is not a whole number'),
        (COST, "-1", "-1 is less than 0"),
        (COST, "1.000,50", '"1.000,50" is not a number'),
        (COST, "NaN", '"NaN" is not a number'),
        (COST, float("inf"), "the number is too large"),
        (COST, Decimal("NaN"), "the number is too large"),
        (COST, Decimal("1e999"), "the number is too large"),
        (COST, "", None),
        (OPEN, "maybe", '"maybe" is neither yes nor no'),
        (OPEN, 1, '"1" is neither yes nor no'),
        (DUE, "31.01.2026", '"31.01.2026" is not a date by YYYY-MM-DD'),
        (DUE, "2026-02-30", '"2026-02-30" is not a date by YYYY-MM-DD'),
        (DUE, 20260131, "it is not a date"),
        (SEEN, "soon", '"soon" is not a timestamp'),
        (KIND, "Genral", '"Genral" is not listed: did you mean `General`?'),
        (KIND, "x", '"x" is not listed: there are General, New Account Setup, Straße'),
        (KIND, (1,), "it is not a choice"),
        (TAGS, "vip, x", '"x" is not listed: there are vip, late'),
        (EMAIL, "ann", '"ann" is not an address'),
        (EMAIL, "a@b@c.example", '"a@b@c.example" is not an address'),
        (EMAIL, "a b@c.example", '"a b@c.example" is not an address'),
        (EMAIL, "ann@", '"ann@" is not an address'),
        (EMAIL, "ann@x..example", '"ann@x..example" is not an address'),
        (EMAIL, "a\r\nb@c.example", '"a\r\nb@c.example" is not an address'),
        (EMAIL, "a" * 65 + "@c.example", '"' + "a" * 59 + '…" is not an address'),
        (OTHERS, "a@x.example, b", '"b" is not an address'),
        (WORDS, "abcde", "an item has more than 4 characters"),
        (REQUESTER, "ann", "a record cannot be named by text"),
        (REQUESTER, 0, "a record cannot be named by text"),
        (FILES, "a.pdf", "files cannot be named by text"),
        (FILES, (FILE, "x"), "files cannot be named by text"),
        (NUMBER, 5, "the engine counts it"),
    ],
)
def test_a_value_is_refused_with_the_reason(field: Field, value: Any, reason: str) -> None:
    assert coerce(field, value) == (None, reason)


def test_dates_are_read_by_the_declared_format() -> None:
    assert coerce(DUE, "3.2.2026", "DD.MM.YYYY") == (date(2026, 2, 3), None)
    assert coerce(DUE, "02/03/2026", "MM/DD/YYYY") == (date(2026, 2, 3), None)
    assert coerce(DUE, "2026-02-03", "DD.MM.YYYY") == (date(2026, 2, 3), None)
    assert coerce(SEEN, "31.01.2026 12:00", "DD.MM.YYYY HH:mm") == (NOON, None)
    assert coerce(DUE, "x", "no format at all")[1] == '"x" is not a date by no format at all'


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text()
    | st.dates() | st.datetimes() | st.binary() | st.just(FILE) | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple),
    max_leaves=5,
)  # fmt: skip


@given(
    st.sampled_from(FIELDS),
    anything,
    st.sampled_from(["YYYY-MM-DD", "D.M.YYYY HH:mm", "nonsense", ""]),
)
def test_nothing_raises_and_what_is_taken_is_taken_again(
    field: Field, value: Any, format_: str
) -> None:
    held, why = coerce(field, value, format_)
    if why is None:
        assert coerce(field, held, format_) == (held, None)
    else:
        assert held is None


def test_every_type_of_field_is_covered() -> None:
    assert {field.type for field in FIELDS} == set(get_args(FieldType))


@pytest.mark.parametrize(
    ("type_", "field"),
    [
        (TEXT, TITLE), (INTEGER, TITLE), (BOOLEAN, TITLE), (TIMESTAMP, TITLE),
        (list_of(TEXT), TITLE),
        (TEXT, NOTES), (INTEGER, PRIORITY), (optional(INTEGER), PRIORITY), (INTEGER, COST),
        (DECIMAL, COST), (BOOLEAN, OPEN), (DATE, DUE), (TIMESTAMP, DUE), (DATE, SEEN),
        (TEXT, KIND), (Type("text", values=("general",)), KIND), (TEXT, TAGS),
        (list_of(TEXT), TAGS),
        (ADDRESS, EMAIL), (TEXT, EMAIL), (list_of(ADDRESS), OTHERS), (ADDRESS, OTHERS),
        (Type("record", optional=True, table="contact"), REQUESTER), (list_of(ATTACHMENT), FILES),
        (optional(TEXT), Field("t", "text", required=True, default="x")),
    ],
)  # fmt: skip
def test_a_type_can_go_into_a_field(type_: Type, field: Field) -> None:
    assert assignable(type_, field) is None


@pytest.mark.parametrize(
    ("type_", "field", "reason"),
    [
        (TEXT, PRIORITY, "text cannot go into `priority`, which is integer"),
        (DECIMAL, PRIORITY, "a decimal cannot go into `priority`, which is integer"),
        (TEXT, DUE, "text cannot go into `due`, which is date"),
        (DURATION, DUE, "a time span cannot go into `due`, which is date"),
        (MAILBOX, EMAIL, "a mailbox cannot go into `email`, which is email" + ADDR_SPEC),
        (MAILBOX, TITLE, "a mailbox cannot go into `title`, which is text" + ADDR_SPEC),
        (list_of(MAILBOX), OTHERS,
         "a list of mailboxes cannot go into `others`, which is a list of email" + ADDR_SPEC),
        (list_of(LOG_ENTRY), COST, "a list of log entries cannot go into `cost`, which is decimal"),
        (list_of(TEXT), EMAIL, "a list of texts cannot go into `email`, which is email"),
        (TEXT, REQUESTER, "text cannot go into `requester`, which refers to a contact"),
        (Type("record", table="ticket"), REQUESTER,
         "a ticket record cannot go into `requester`, which refers to a contact"),
        (TEXT, FILES, "text cannot go into `files`, which is files"),
        (ATTACHMENT, FILES, "`files` takes a list of files"),
        (INTEGER, NUMBER, "`number` is counted by the engine and cannot be set"),
        (Type("text", values=("human", "bounce")), KIND,
         'this can be "human", which `kind` does not list'),
        (list_of(Type("text", values=("vip", "x"))), TAGS,
         'this can be "x", which `tags` does not list'),
        (optional(TEXT), Field("t", "text", required=True),
         "this may be missing, and `t` is required: give a fallback with `??`"),
    ],
)  # fmt: skip
def test_a_type_cannot_go_into_a_field(type_: Type, field: Field, reason: str) -> None:
    assert assignable(type_, field) == reason


def test_attachments_become_files_of_the_message_they_came_in() -> None:
    given_ = Attachment("a.pdf", "text/plain", "application/pdf", "attachment", "", 3, "f" * 64, 2)
    assert file_refs([given_], 9) == (FileRef("f" * 64, "a.pdf", "application/pdf", 3, 9, 2),)
