"""Random expressions, well-typed by construction, and random mail to ask them about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, get_args

from hypothesis import strategies as st
from tests.language.desk import CONTACT, SCHEME, TICKET

from postroom.lang import nodes
from postroom.lang.fields import PARTS
from postroom.lang.scope import Scope
from postroom.model.facts import Facts, Thread, TokenFact, Window
from postroom.model.message import (
    Attachment,
    Auth,
    Body,
    Calendar,
    Checked,
    Defect,
    Dsn,
    Forwarded,
    Mailbox,
    Message,
)
from postroom.model.record import FileRef, LogEntry, Record, RecordRef

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from postroom.lang.types import Type

# --- mail -------------------------------------------------------------------

hostile = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    [
        "", " ", "\0", "a\r\nb", "\ud800", "ß", "İ", "\u0345", "\ufdfa", "=?utf-8?q?x?=",
        "ann@partner.example", "straße.example", "xn--", ".", "@", "a@", "-- ", "PO-4711", "5MB",
        "a" + "\u0315\u0300" * 40, "\u202e", "${subject}", "customers", "pass", "2026-01-31",
    ]
)  # fmt: skip
mailboxes = st.builds(Mailbox, st.none() | hostile, hostile)
moments = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(
    [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)]
)
whole = st.integers(0, 1 << 62)


def many(items: SearchStrategy[object]) -> SearchStrategy[tuple[object, ...]]:
    """Return tuples of a few items."""
    return st.lists(items, max_size=3).map(tuple)


attachments = st.builds(
    Attachment, hostile, hostile, hostile, st.sampled_from(["attachment", "inline"]), hostile,
    whole, hostile, st.just(0),
)  # fmt: skip
messages = st.builds(
    Message,
    hostile,
    whole,
    headers=many(st.tuples(st.sampled_from(["X-A", "Importance", "received"]), hostile)),
    from_=mailboxes,
    sender=mailboxes,
    reply_to=many(mailboxes),
    to=many(mailboxes),
    cc=many(mailboxes),
    subject=hostile,
    date=st.none() | moments,
    in_reply_to=many(hostile),
    references=many(hostile),
    return_path=st.none() | hostile,
    auto_submitted=hostile,
    list_id=hostile,
    body=st.builds(Body, hostile, hostile, hostile, hostile, hostile, hostile),
    attachments=many(attachments),
    calendar=st.none()
    | st.builds(Calendar, hostile, hostile, hostile, st.none(), st.none(), hostile),
    forwarded=st.none() | st.builds(Forwarded, mailboxes, hostile, hostile, hostile),
    class_reasons=many(hostile),
    dsn=st.builds(Dsn, st.booleans(), hostile, hostile, hostile),
    auth=st.builds(
        Auth, dkim=st.builds(Checked, st.just("pass"), many(hostile)), aligned=st.booleans()
    ),
    defects=many(st.builds(Defect, hostile)),
)
decimals = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [Decimal("1e999999"), Decimal("-1e-999999"), Decimal("NaN"), Decimal("Infinity")]
)
log = st.builds(LogEntry, moments, hostile, st.booleans(), hostile)
files = st.builds(FileRef, hostile, hostile, hostile, whole, st.just(1), st.just(1))
ticket_values = st.fixed_dictionaries(
    {},
    optional={
        "title": hostile | st.none() | st.just(5),
        "notes": many(log),
        "requester": whole | st.none(),
        "problem_type": hostile,
        "priority": st.integers(),
        "cost": decimals,
        "due": st.dates(),
        "closed_at": moments | st.datetimes(),
        "is": st.booleans() | st.none(),
        "files": many(files),
        "tags": many(hostile),
        "watchers": many(hostile) | st.lists(hostile, max_size=2),
    },
)
contact_values = st.fixed_dictionaries(
    {},
    optional={
        "name": hostile, "email": hostile, "other": many(hostile), "groups": many(hostile),
        "discount": decimals, "vip": st.booleans(),
    },
)  # fmt: skip
tickets = st.builds(Record, st.builds(RecordRef, st.just("ticket"), whole), ticket_values)
contacts = st.builds(Record, st.builds(RecordRef, st.just("contact"), whole), contact_values)
facts = st.builds(
    Facts,
    hostile,
    moments | st.datetimes(),
    moments,
    contact=st.none() | contacts,
    token=st.builds(TokenFact, st.booleans(), st.none() | st.just(RecordRef("ticket", 1))),
    thread=st.none() | st.builds(Thread, st.just(RecordRef("ticket", 1)), whole, st.booleans()),
    counts=st.just({Window("from", timedelta(hours=1)): 5}),
    rcpt_to=many(hostile),
    spam_score=st.none() | decimals,
)
scopes = st.builds(Scope, messages, facts, st.none() | tickets, st.just(TICKET), st.just(CONTACT))

# --- expressions, as text ---------------------------------------------------

literal_texts = st.text(
    st.characters(exclude_characters="\\\"'$\n", exclude_categories=["Cs"]), max_size=6
) | st.sampled_from(["customers", "partner.example", "PO-4711", "ß"])
some_texts = literal_texts.filter(lambda text: text.strip() != "")


def quoted(text: str) -> str:
    """Return a literal."""
    return f'"{text}"'


@cache
def paths(kind: str, of: str = "", *, optional: bool = False) -> list[str]:
    """Return the paths of fields of one kind, parts of mailboxes among them."""
    found = [
        path
        for path, field in SCHEME.fields.items()
        if _is(field.type, kind, of, optional=optional)
    ]
    for path, field in SCHEME.fields.items():
        if field.type.kind == "mailbox":
            found += [
                f"{path}.{part.name}"
                for part in PARTS["mailbox"]
                if _is(part.type, kind, of, optional=optional or field.type.optional)
                and (optional == (part.type.optional or field.type.optional))
            ]
    return sorted(set(found))


def _is(type_: Type, kind: str, of: str, *, optional: bool) -> bool:
    if type_.kind != kind or type_.values:  # known values are compared with listed ones only
        return False
    item = type_.of
    return (not of or (item is not None and item.kind == of and not item.values)) and (
        type_.optional == optional or kind == "list"
    )


spans = st.sampled_from(["30s", "5m", "1h", "2d", "1w", "36525d"])
patterns = st.sampled_from(
    ['r"\\b(a|b)"', 'r"(?s)a.*b$"', 'r"PO-(\\d+)"', 'r"[^@]+@"', "'x+'", 'r"\\pL"', 'r"^$"']
)
text_lists = st.lists(some_texts.map(quoted), min_size=1, max_size=3).map(
    lambda items: f"[{', '.join(items)}]"
) | st.sampled_from([f"lists.{name}" for name in ("partner_domains", "junk_phrases")])
domain_lists = st.sampled_from(
    ["lists.partner_domains", '["x.example"]', '[".Example", "straße.example", "a b"]']
)
item_texts = {
    "mailbox": [".addr_spec", ".local_part", ".domain", ".name_addr", '(.display_name ?? "")'],
    "attachment": [".filename", ".content_type", ".content_id", ".sha256"],
    "text": ["."],
    "file": [".filename"],
    "log_entry": [".text", ".author"],
}
item_lists = {
    kind: paths("list", kind) for kind in ("mailbox", "attachment", "text", "file", "log_entry")
} | {"text": [*paths("list", "text"), "to.addr_spec", 'headers_all("X-A")', "record.notes.text"]}


@st.composite
def one(draw: st.DrawFn, several: SearchStrategy[str]) -> str:
    """Return one of several, which count as one choice where they are a part of others."""
    return draw(several)


@cache
def texts(depth: int = 2) -> SearchStrategy[str]:
    """Return an expression that gives a text."""
    if depth == 0:
        fields = [*paths("text"), 'headers["X-A"]']
        return one(st.sampled_from(fields) | literal_texts.map(quoted))
    inner = texts(depth - 1)
    optional = st.sampled_from(paths("text", optional=True))
    return one(
        st.one_of(
            texts(0),
            st.builds("({} ?? {})".format, optional, inner),
            st.builds("{}({})".format, st.sampled_from(["lower", "upper", "trim"]), inner),
            st.builds("extract({}, {})".format, inner, patterns),
            st.builds('join({}, ", ")'.format, st.sampled_from(item_lists["text"])),
            st.builds('(last({}) ?? "")'.format, st.sampled_from(item_lists["text"])),
            st.builds('(first({}).addr_spec ?? "")'.format, st.sampled_from(item_lists["mailbox"])),
        )
    )


@cache
def integers() -> SearchStrategy[str]:
    """Return an expression that gives a whole number."""
    return one(
        st.one_of(
            st.sampled_from(paths("integer")),
            st.integers(-(1 << 63), (1 << 63) - 1).map(str),
            st.sampled_from(["25MB", "count_from_sender(1h)", "(size + 1)", "(size - 1)"]),
            st.builds("length({})".format, texts(1)),
            st.builds("(integer({}) ?? 0)".format, texts(1)),
        )
    )


@cache
def numbers() -> SearchStrategy[str]:
    """Return an expression that gives a number."""
    optional = st.sampled_from(paths("decimal", optional=True))
    return one(
        st.one_of(
            integers(),
            st.builds("({} ?? {})".format, optional, integers()),
            st.builds("(({} ?? 0) + 0.1)".format, optional),
            st.builds("(({} ?? 0) - {})".format, optional, st.integers(0, 9)),
        )
    )


@cache
def times() -> SearchStrategy[str]:
    """Return an expression that gives a timestamp."""
    optional = st.sampled_from(paths("timestamp", optional=True))
    base = st.one_of(st.just("received_at"), st.builds("({} ?? received_at)".format, optional))
    return one(st.one_of(base, st.builds("({} {} {})".format, base, st.sampled_from("+-"), spans)))


@cache
def days() -> SearchStrategy[str]:
    """Return an expression that gives a date."""
    literal = st.dates().map(lambda day: f'date("{day.isoformat()}")')
    return one(
        st.one_of(
            literal,
            st.builds("date({})".format, times()),
            st.builds("(record.due ?? {})".format, literal),
            st.builds("({} {} {})".format, literal, st.sampled_from("+-"), spans),
            st.builds('(date({}, "D.M.YYYY") ?? {})'.format, texts(1), literal),
        )
    )


@cache
def tests_of_items() -> SearchStrategy[str]:
    """Return a test of a list."""
    return st.sampled_from(sorted(item_lists)).flatmap(_tests_of)


@cache
def _tests_of(kind: str) -> SearchStrategy[str]:
    text = st.sampled_from(item_texts[kind])
    literal = some_texts.map(quoted)
    test = one(
        st.one_of(
            st.builds("{} == {}".format, text, texts(1)),
            st.builds("{} contains {}".format, text, st.sampled_from(["subject", '"a"'])),
            st.builds("{} starts_with {}".format, text, literal),
            st.builds("{} in {}".format, text, st.sampled_from(item_lists["text"])),
            st.builds("{} contains_any {}".format, text, text_lists),
            st.builds("{} matches {}".format, text, patterns),
            st.builds("({} is empty or {})".format, text, comparisons()),
            st.builds("not ({} == {} and {})".format, text, literal, comparisons()),
        )
    )
    items = st.sampled_from(item_lists[kind])
    yes_or_no = st.builds("{}({}, {})".format, st.sampled_from(["any", "all", "none"]), items, test)
    number = st.builds("count({}, {}) > {}".format, items, test, integers())
    return one(yes_or_no | number)


@cache
def comparisons() -> SearchStrategy[str]:
    """Return one comparison."""
    equal = st.sampled_from(["==", "!="])
    order = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    search = st.sampled_from(["contains", "starts_with", "ends_with"])
    literal = some_texts.map(quoted)
    perhaps_not = st.sampled_from(["", "not "])
    return one(
        st.one_of(
            st.builds("{} {} {}".format, texts(), equal, texts()),
            st.builds("{} {} {}".format, texts(), search, literal),
            st.builds("{} contains {}".format, texts(), texts(1).filter(lambda t: t != '""')),
            st.builds("{} contains_any {}".format, texts(), text_lists),
            st.builds("{} contains_all {}".format, texts(), text_lists),
            st.builds("{} like {}".format, texts(), some_texts.map(lambda t: quoted(f"*{t}?"))),
            st.builds("{} matches {}".format, texts(), patterns),
            st.builds("{} in {}".format, texts(), st.sampled_from(item_lists["text"])),
            st.builds("{} not in {}".format, texts(), text_lists),
            st.builds("{} {} {}".format, numbers(), order, numbers()),
            st.builds("{} {} {}".format, times(), order, times()),
            st.builds("{} {} {}".format, days(), order, days()),
            st.builds("({} - {}) {} {}".format, times(), times(), order, spans),
            st.builds("{} is {}empty".format, texts(), perhaps_not),
            st.builds("{} is {}empty".format, st.sampled_from(paths("list")), perhaps_not),
            st.builds("in_domain({}, {})".format, st.sampled_from(["from.domain", "sender.domain"]),
                      domain_lists),
            st.builds("exact({}, {})".format, texts(), texts()),
            st.sampled_from(paths("boolean")),
            st.sampled_from([f"({p} ?? false)" for p in paths("boolean", optional=True)]),
            st.sampled_from(["record.requester == contact", "record.requester != contact"]),
            st.sampled_from(['class == "human"', 'auth.dkim.result in ["pass", "fail"]']),
            st.sampled_from([f"{p} is empty" for k in ("text", "date", "boolean", "decimal")
                             for p in paths(k, optional=True)]),
        )
    )  # fmt: skip


@cache
def conditions(depth: int = 2) -> SearchStrategy[str]:
    """Return a well-typed condition."""
    if depth == 0:
        return one(comparisons() | tests_of_items())
    inner = conditions(depth - 1)
    bracketed = st.builds("({})".format, inner)
    return one(
        st.one_of(
            conditions(0),
            st.builds("{} and {}".format, bracketed, bracketed),
            st.builds("{} or {}".format, bracketed, bracketed),
            st.builds("not {}".format, bracketed),
        )
    )


# --- trees ------------------------------------------------------------------

names = st.sampled_from(["subject", "from", "orders", "inside", "notable", "is_x", "A1"])
_words = st.sampled_from(["domain", "in", "and", "empty", "x"])
_n = (0, 0, 0)
text_nodes = st.builds(lambda value: nodes.Text(*_n, value), st.text(
    st.characters(exclude_categories=["Cs"]), max_size=8))  # fmt: skip
raw_nodes = st.sampled_from([r"\d+", r"a\"b", "x'y", 'x"y', r"\\", ""]).map(
    lambda value: nodes.Text(*_n, value, raw=True)
)
number_nodes = st.one_of(
    st.integers(-(10**20), 10**20).map(lambda v: nodes.Number(*_n, v)),
    st.integers(0, 10**6).map(lambda v: nodes.Number(*_n, Decimal(f"{v}.50"))),
)
quantity_nodes = st.builds(
    lambda a, u: nodes.Quantity(*_n, str(a), u),
    st.integers(0, 99),
    st.sampled_from(["MB", "d", "xy"]),
)
truth_nodes = st.booleans().map(lambda v: nodes.Truth(*_n, v))
literal_nodes = text_nodes | raw_nodes | number_nodes | quantity_nodes | truth_nodes
name_nodes = names.map(lambda v: nodes.Name(*_n, v))
item_nodes = st.sampled_from(["", "domain", "x", "size"]).map(lambda v: nodes.Item(*_n, v))


def _bracketed(node: nodes.Node) -> nodes.Node:
    simple = nodes.Name | nodes.Text | nodes.Call | nodes.Group | nodes.Member | nodes.Truth
    return node if isinstance(node, simple) else nodes.Group(*_n, node)


def _trees(inner: SearchStrategy[nodes.Node]) -> SearchStrategy[nodes.Node]:
    atoms = inner.map(_bracketed)
    several = st.lists(atoms, min_size=2, max_size=3).map(tuple)
    some = st.lists(inner, max_size=2).map(tuple)
    operators = st.sampled_from(get_args(nodes.Operator))
    return st.one_of(
        several.map(lambda v: nodes.Either(*_n, v)),
        several.map(lambda v: nodes.Both(*_n, v)),
        several.map(lambda v: nodes.Fallback(*_n, v)),
        atoms.map(lambda v: nodes.Negation(*_n, v)),
        inner.map(lambda v: nodes.Group(*_n, v)),
        st.builds(lambda a, o, b: nodes.Comparison(*_n, a, o, b), atoms, operators, atoms),
        st.builds(lambda a, e: nodes.Emptiness(*_n, a, e), atoms, st.booleans()),
        st.builds(lambda a, s, b: nodes.Sum(*_n, a, s, b), atoms, st.sampled_from("+-"), atoms),
        st.builds(lambda a, w: nodes.Member(*_n, a, w, 0), name_nodes, _words),
        st.builds(lambda a, t: nodes.Index(*_n, a, t), name_nodes, text_nodes),
        st.builds(lambda n, a: nodes.Call(*_n, n, a), names, some),
        some.map(lambda v: nodes.Items(*_n, v)),
    )


trees = st.recursive(literal_nodes | name_nodes | item_nodes, _trees, max_leaves=12)
"""Trees that the parser can give."""
