from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from postroom.identity.check import permission_findings
from postroom.identity.missing import missing_rights, never_permitted
from postroom.identity.permissions import (
    Principal,
    Rights,
    carries_words,
    principal,
)
from postroom.lang.expression import Value
from postroom.lang.types import TEXT
from postroom.model.facts import Facts
from postroom.model.record import Field, Record, RecordRef, Table
from postroom.rules.ruleset import (
    AccessRule,
    Account,
    Assignment,
    Contacts,
    OnBadLine,
    Parsing,
    Permission,
    RuleSet,
    Shape,
    ShapeRule,
)
from postroom.source.text import Source, Span

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Span(Source("rules.yaml", "x"), 0, 1)
CONTACT = Table(
    "contact",
    {
        "email": Field("email", "email"),
        "groups": Field("groups", "multi_choice", values=("staff", "customers", "guests")),
    },
)
TICKET = Table(
    "ticket",
    {
        "title": Field("title", "text"),
        "notes": Field("notes", "log"),
        "priority": Field("priority", "integer"),
        "requester": Field("requester", "reference", table="contact"),
        "parent": Field("parent", "reference", table="ticket"),
    },
)
GROUPS = {
    "staff": {"ticket": Permission(create=True, edit="all")},
    "customers": {"ticket": Permission(create=True, edit="own", fields=frozenset({"title"}))},
    "scribes": {"ticket": Permission(edit="all", fields=frozenset({"notes"}))},
    "guests": {"ticket": Permission(create=True, fields=frozenset({"title"}))},
    "members": {"contact": Permission(edit="own")},
}
ANN = Record(RecordRef("contact", 7), {"email": "ann@x.example", "groups": ("customers",)})
HERS = Record(RecordRef("ticket", 1), {"requester": 7})
NOT_HERS = Record(RecordRef("ticket", 2), {"requester": 8, "parent": 7})


def rules(groups: Mapping[str, Mapping[str, Permission]] = GROUPS) -> RuleSet:
    return RuleSet(
        lists={},
        tables={"contact": CONTACT, "ticket": TICKET},
        contacts=Contacts("contact", "groups", "guest@x.example"),
        groups=groups,
        accounts={},
        templates={},
        cases=(),
        sources=(),
        hash="0",
    )


def acting(*groups: str, contact: Record | None = ANN) -> Principal:
    return Principal("ann@x.example", "ann@x.example", contact, groups)


def rights(*groups: str) -> Rights:
    return Rights.of(acting(*groups), "ticket", rules())


def test_a_group_may_create_only_where_it_says_so() -> None:
    assert rights("customers").why_not_create() is None
    assert rights("scribes").why_not_create() == ("ann@x.example (scribes) may not create a ticket")
    assert rights().why_not_create() == "ann@x.example (in no group) may not create a ticket"


def test_own_records_are_those_that_refer_to_the_contact() -> None:
    assert rights("customers").why_not_edit(HERS) is None
    assert rights("customers").why_not_edit(NOT_HERS) == (
        "ann@x.example (customers) may edit only an own ticket, and this one is not"
    )


def test_edit_all_reaches_every_record() -> None:
    assert rights("staff").why_not_edit(NOT_HERS) is None


def test_without_edit_nothing_is_edited() -> None:
    assert rights("guests").why_not_edit(HERS) == "ann@x.example (guests) may not edit a ticket"


@pytest.mark.parametrize(
    ("groups", "record", "field", "permitted"),
    [
        (("customers",), HERS, "title", True),
        (("customers",), HERS, "priority", False),
        (("customers",), NOT_HERS, "title", False),
        (("customers",), None, "title", True),
        (("customers",), None, "priority", False),
        (("guests",), None, "title", True),
        (("guests",), HERS, "title", False),
        (("staff",), NOT_HERS, "priority", True),
        # permissions of several groups add up, each with its own reach
        (("customers", "scribes"), NOT_HERS, "notes", True),
        (("customers", "scribes"), NOT_HERS, "title", False),
        (("customers", "scribes"), None, "notes", False),
    ],
)
def test_each_field_is_permitted_for_itself(
    groups: tuple[str, ...], record: Record | None, field: str, *, permitted: bool
) -> None:
    why = rights(*groups).why_not_write(field, record)
    assert (why is None) == permitted


def test_everybody_owns_the_own_contact_record() -> None:
    mine = Rights.of(acting("members"), "contact", rules())
    assert mine.why_not_edit(ANN) is None
    assert mine.why_not_edit(Record(RecordRef("contact", 8))) is not None


def test_who_is_no_contact_owns_nothing() -> None:
    nobody = Rights.of(acting("customers", contact=None), "ticket", rules())
    assert not nobody.owns(Record(RecordRef("ticket", 1), {"requester": None}))


def test_a_rule_set_without_groups_leaves_it_to_the_access_rules() -> None:
    everything = Rights.of(acting(), "ticket", rules(groups={}))
    assert everything.why_not_create() is None
    assert everything.why_not_edit(NOT_HERS) is None
    assert everything.why_not_write("priority", NOT_HERS) is None


def facts(**known: object) -> Facts:
    now = datetime(2026, 1, 15, tzinfo=UTC)
    return Facts(account="billing", received_at=now, now=now, **known)  # type: ignore[arg-type]


def test_the_sender_acts_with_the_groups_of_the_contact() -> None:
    found = principal("sender", "ann@x.example", facts(contact=ANN), rules().contacts)
    assert found == Principal("ann@x.example", "ann@x.example", ANN, ("customers",))
    unknown = principal("sender", "eve@x.example", facts(), rules().contacts)
    assert unknown.groups == ()


def test_the_guest_has_its_record_or_the_declared_groups() -> None:
    declared = principal("guest", "eve@x.example", facts(), rules().contacts)
    assert declared == Principal("the guest", "guest@x.example", None, ("guests",))
    stored = Record(RecordRef("contact", 1), {"groups": ("staff",)})
    found = principal("guest", "eve@x.example", facts(guest=stored), rules().contacts)
    assert (found.contact, found.groups) == (stored, ("staff",))


def test_a_rule_may_name_a_contact() -> None:
    others = {"ann@x.example": ANN}
    found = principal("ann@x.example", "eve@x.example", facts(others=others), rules().contacts)
    assert (found.contact, found.groups) == (ANN, ("customers",))


def value(*reads: str) -> Value:
    return Value(HERE, TEXT, lambda _scope: "", reads=frozenset(reads))


@pytest.mark.parametrize("path", ["contact", "contact.name", "from.addr_spec", "received_at"])
def test_who_the_sender_is_counts_as_the_authors_doing(path: str) -> None:
    assert not carries_words(value(path))


@pytest.mark.parametrize("path", ["subject", "body.text", "from.display_name", "contacts", "from"])
def test_what_the_sender_writes_needs_the_senders_right(path: str) -> None:
    assert carries_words(value("contact", path))


def account(*assignments: Assignment) -> Account:
    rule = ShapeRule("r", HERE, None, assignments[1:])
    return Account(
        "billing",
        HERE,
        "ticket",
        "billing@x.example",
        create=(AccessRule("anybody", HERE, None, "allow_as", "guest"),),
        mapping=Shape(assignments[:1], (rule,)),
    )


def test_the_checker_is_told_what_the_guest_lacks() -> None:
    mapped = account(
        Assignment("title", value("subject"), HERE),
        Assignment("notes", value("body.text"), HERE),
        Assignment("priority", value(), HERE),
        Assignment("requester", value("contact"), HERE),
    )
    assert [(m.what, m.field) for m in missing_rights(mapped, rules())] == [("field", "notes")]
    closed = rules(groups={"guests": {}})
    assert [(m.what, m.field) for m in missing_rights(mapped, closed)] == [("create", "")]


def test_a_guest_who_has_all_rights_lacks_nothing() -> None:
    mapped = account(Assignment("title", value("subject"), HERE))
    assert not list(missing_rights(mapped, rules()))


def test_the_author_is_told_what_to_add_for_the_guest() -> None:
    mapped = account(Assignment("notes", value("body.text"), HERE))
    (found,) = permission_findings(replace(rules(), accounts={"billing": mapped}))
    assert (found.code, found.severity, found.span) == ("PR358", "warning", HERE)
    assert found.message == "mail from strangers does not set `notes`: no group of the guest may"
    assert found.help == "add `notes` to the `fields` of `guests` in `ticket`"
    closed = replace(rules(groups={"guests": {}}), accounts={"billing": mapped})
    (found,) = permission_findings(closed)
    assert found.help == "add to `groups:`: `guests: {ticket: {create: true}}`"


def for_contacts(*assignments: Assignment, **more: Any) -> Account:
    let_in = AccessRule("anybody", HERE, None, "allow_as", "sender")
    return replace(account(*assignments), create=(let_in,), update=(let_in,), **more)


def never(of: Account, groups: Mapping[str, Mapping[str, Permission]]) -> list[tuple[str, str]]:
    return [(each.what, each.field) for each in never_permitted(of, rules(groups))]


TITLE = Assignment("title", value("subject"), HERE)
NOTES = Assignment("notes", value("body.reply"), HERE, append=True)


def test_what_no_group_permits_is_proved_without_mail() -> None:
    anybody = {"a": {"ticket": Permission(create=True, fields=frozenset({"notes"}))}}
    assert never(for_contacts(TITLE), {"a": {}}) == [("create", "")]
    assert never(for_contacts(TITLE), anybody) == [("field", "title")]
    assert never(for_contacts(TITLE), GROUPS) == []
    assert never(for_contacts(TITLE), {}) == []


def test_an_answer_by_token_may_add_without_any_group() -> None:
    answers = for_contacts(updates=Shape((TITLE, NOTES)))
    nobody_edits = {"a": {"ticket": Permission(create=True)}}
    assert never(answers, nobody_edits) == [("answer", "title")]
    strict = replace(answers, update=(replace(answers.update[0], needs_permission=True),))
    assert never(strict, nobody_edits) == [("answer", "title"), ("answer", "notes")]


def test_a_label_for_a_field_that_nobody_may_edit_is_found() -> None:
    labels = {"en": {"Title": "title", "Prio": "priority"}, "de": {"Titel": "title"}}
    ignore = OnBadLine()
    block = Parsing("x", labels, "replace", ignore, ignore, ignore, "YYYY", HERE)
    groups = {"a": {"ticket": Permission(create=True, edit="own", fields=frozenset({"priority"}))}}
    assert never(for_contacts(parsing=block), groups) == [("label", "title")]


def test_what_nobody_may_do_is_an_error_with_what_to_add() -> None:
    of = replace(rules({"a": {}}), accounts={"billing": for_contacts(TITLE)})
    (found,) = permission_findings(of)
    assert (found.code, found.severity) == ("PR307", "error")
    assert found.message == "contacts are let in here, and no group may create a ticket"
    assert found.help == "add to `groups:`: `a: {ticket: {create: true}}`"
    groups = {"a": {"ticket": Permission(create=True, edit="own", fields=frozenset({"notes"}))}}
    (found,) = permission_findings(replace(rules(groups), accounts={"x": for_contacts(TITLE)}))
    assert (found.code, found.message) == (
        "PR308",
        "a new message never sets `title`: no group may",
    )
