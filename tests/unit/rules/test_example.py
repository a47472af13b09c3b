"""The whole of the language's example, as this version supports it, and what is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.rules.kinds import KINDS, Imap, Smtp, Webhook

from postroom.model.envelope import AfterDecision
from postroom.model.facts import Window
from postroom.model.record import Field
from postroom.model.settings import SecretRef
from postroom.rules.load import load, read_folder
from postroom.rules.ruleset import Account, Contacts, OnBadLine, Permission, RuleSet, Tell
from postroom.source.diagnostic import RuleError
from postroom.source.render import as_text
from postroom.source.text import Source

EXAMPLE = Path(__file__).parent / "example"
SLIPS = st.sampled_from(
    ["", " ", "\n", "  ", ": ", "- ", "[", "]", "{", "}", "'", '"', "#", " #", "&a ", "*a", "!t ",
     ",", "|", "null", "[]", "{}", "${", "}", "use: ", "then: ", "x", "0", "\t", "\\", "é"]
)  # fmt: skip


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load(read_folder(EXAMPLE), KINDS)


@pytest.fixture(scope="module")
def billing(rules: RuleSet) -> Account:
    return rules.accounts["billing"]


def test_nothing_is_found_wrong_with_it(rules: RuleSet) -> None:
    assert rules.warnings == ()
    assert [source.name for source in rules.sources] == [
        "accounts/billing.test.yaml",
        "accounts/billing.yaml",
        "filters.yml",
        "people.yaml",
        "tables.yaml",
        "templates.yaml",
    ]


def test_lists(rules: RuleSet) -> None:
    assert rules.lists == {
        "junk_phrases": ("you have won", "unsubscribe me"),
        "partner_domains": ("partner.example", "supplier.example"),
    }


def test_tables(rules: RuleSet) -> None:
    assert list(rules.tables) == ["contact", "ticket"]
    ticket = rules.tables["ticket"]
    assert ticket.number_of(4711) == "SUP-4711"
    assert ticket.fields["title"] == Field("title", "text", required=True, max=250)
    assert ticket.fields["priority"] == Field("priority", "integer", min=1, max=4, default=3)
    assert ticket.fields["requester"] == Field("requester", "reference", table="contact")
    assert ticket.fields["problem_type"].values == ("General", "Billing", "New Account Setup")
    contact = rules.tables["contact"]
    assert contact.fields["email"].unique
    assert contact.fields["other"].of == "email"
    assert [field.name for field in contact.of_type("email")] == ["email", "other"]


def test_people(rules: RuleSet) -> None:
    assert rules.contacts == Contacts("contact", "groups", "guest@xyz.example", ("guests",))
    assert rules.groups["staff"] == {"ticket": Permission(create=True, edit="all")}
    fields = frozenset({"title", "details", "notes", "files"})
    assert rules.groups["customers"]["ticket"] == Permission(True, "own", fields)  # noqa: FBT003
    assert rules.groups["guests"]["ticket"].edit == "none"


def test_receive_and_send(billing: Account) -> None:
    assert billing.receive
    assert billing.receive.settings == Imap(
        host="outlook.office365.com",
        username="owner@xyz.example/billing@xyz.example",
        password=SecretRef("env", "BILLING_PASSWORD"),  # type: ignore[arg-type]  # resolved later
    )
    assert billing.receive.poll_every == timedelta(minutes=1)
    assert billing.receive.full_sweep_every == timedelta(minutes=45)
    assert billing.receive.after == {
        "decided": AfterDecision("move", "Processed"),
        "discarded": AfterDecision("delete", "", timedelta(days=2)),
    }
    assert billing.send
    assert (billing.send.use, billing.send.settings) == ("smtp", Smtp("smtp.xyz.example"))
    assert billing.send.sender == "billing@xyz.example"
    assert billing.trust_results_from == ("mx.xyz.example",)
    assert billing.keep_prefixes == 1


def test_filters_with_the_shared_ones_where_they_are_used(billing: Account) -> None:
    assert [(f.id, f.then, f.shadow) for f in billing.filters] == [
        ("bounce", "bounce", False),
        ("auto-reply", "no_answer", False),
        ("talkative", "no_answer", False),
        ("forged", "quarantine", False),
        ("junk", "discard", False),
        ("big", "quarantine", True),
    ]
    assert billing.filters[3].reason == "DMARC failed"
    assert billing.filters[2].when
    assert billing.filters[2].when.windows == {Window("from", timedelta(hours=1))}
    assert billing.filters[0].span.place == "filters.yml:3:11"


def test_access(billing: Account) -> None:
    assert [(r.id, r.then, r.principal) for r in billing.create] == [
        ("known", "allow_as", "sender"),
        ("partner", "allow_as", "guest"),
        ("nobody", "deny", ""),
    ]
    assert billing.create[-1].when is None
    assert billing.create[-1].tell == Tell("no_create", ("help@xyz.example",), attachments=True)
    assert [(r.id, r.principal) for r in billing.update] == [
        ("member", "sender"),
        ("copied", "guest"),
    ]


def test_mapping_and_updates(billing: Account) -> None:
    mapping = {a.field: a.value.constant for a in billing.mapping.assignments}
    assert mapping == {
        "title": None, "details": None, "requester": None, "problem_type": "Billing", "files": None,
    }  # fmt: skip
    outage, order = billing.mapping.rules
    assert [(a.field, a.value.constant) for a in outage.assignments] == [("priority", 1)]
    assert str(order.assignments[1].value.type) == "timestamp"
    appended = {a.field: a.append for a in billing.updates.assignments}
    assert appended == {"notes": True, "updated_by": False, "files": False}
    assert billing.updates.quoted_text == "remove"


def test_parsing(billing: Account) -> None:
    parsing = billing.parsing
    assert parsing
    assert parsing.delimiter == "Ticket Details"
    assert parsing.languages == {
        "en": {"Manager": "requester", "Comments": "details", "Priority": "priority"},
        "de": {"Priorität": "priority"},
    }
    assert parsing.mode == "replace"
    assert parsing.unknown_label == OnBadLine("ignore")
    assert parsing.not_permitted == OnBadLine("reject", ("admin@xyz.example",))
    assert parsing.date_format == "YYYY-MM-DD"


def test_notify_and_templates(rules: RuleSet, billing: Account) -> None:
    ack, page = billing.notify
    assert (ack.id, ack.after, ack.use, ack.template) == ("ack", ("created",), "", "ack")
    assert [t.reads for t in ack.to] == [{"from.addr_spec"}]
    assert page.settings == Webhook(SecretRef("env", "PAGER_URL"))  # type: ignore[arg-type]
    assert page.when
    assert page.when.reads == {"record.priority"}
    assert sorted(rules.templates) == ["ack", "no_create", "page"]
    assert rules.templates["ack"].subject
    assert rules.templates["ack"].subject.encoding == "header"
    assert rules.templates["ack"].html is None


def test_cases(rules: RuleSet) -> None:
    first, second, third = rules.cases
    assert first.name == "an outage from a known customer is paged"
    assert first.folder == "accounts"
    assert first.given == {"contacts": [{"email": "ann@partner.example", "groups": ["customers"]}]}
    assert first.expect["record"] == {"priority": 1, "title": "Re: Outage in Berlin"}
    assert second.mail["headers"] == {"Auto-Submitted": "auto-replied"}
    assert third.expect == {
        "decision": "denied", "fired": ["nobody"], "replied_with": "no_create",
        "forwarded": ["help@xyz.example"],
    }  # fmt: skip


def test_the_order_in_which_files_are_read_makes_no_difference(rules: RuleSet) -> None:
    sources = list(read_folder(EXAMPLE))
    for seed in range(5):
        Random(seed).shuffle(sources)
        other = load(sources, KINDS)
        assert _without_code(other) == _without_code(rules)
        assert other.hash == rules.hash


def _without_code(rules: RuleSet) -> str:
    """Return all of a rule set but for compiled code, in its order."""
    return repr(rules)


def test_the_hash_is_that_of_names_and_texts(rules: RuleSet) -> None:
    sources = list(rules.sources)
    assert len(rules.hash) == 64
    changed = [replace(sources[0], text=sources[0].text + "\n"), *sources[1:]]
    assert load(changed, KINDS).hash != rules.hash
    renamed = [Source(f"x/{s.name}", s.text) for s in sources]
    assert load(renamed, KINDS).hash != rules.hash


@settings(max_examples=150)
@given(st.data())
def test_no_slip_of_the_pen_makes_checking_fail(data: st.DataObject) -> None:
    sources = list(read_folder(EXAMPLE))
    at = data.draw(st.integers(0, len(sources) - 1))
    text = sources[at].text
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 30, len(text))))
        other = data.draw(st.integers(0, len(text) - 1))
        new = data.draw(SLIPS | st.just(text[other : other + 25]))
        text = text[:start] + new + text[end:]
    sources[at] = Source(sources[at].name, text)
    try:
        found = load(sources, KINDS).warnings
    except RuleError as error:
        found = error.diagnostics
    for finding in found:
        assert as_text(finding)
