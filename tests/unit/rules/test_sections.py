"""What the sections of a rule file say, one fact at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.rules.kinds import KINDS, Imap

if TYPE_CHECKING:
    from postroom.rules.ruleset import Account, RuleSet

from postroom.lang.scope import Scope
from postroom.model.envelope import AfterDecision
from postroom.model.facts import Facts
from postroom.model.message import Message
from postroom.model.record import Record, RecordRef
from postroom.model.settings import Secret, SecretRef
from postroom.rules import keys
from postroom.rules.findings import Findings
from postroom.rules.given import Given
from postroom.rules.literals import number, size, span_text, time_span, whole_number
from postroom.rules.load import load
from postroom.rules.names import is_address, is_identifier, is_name
from postroom.rules.world import Kinds
from postroom.source.diagnostic import RuleError
from postroom.source.document import read_document
from postroom.source.render import as_json, as_text
from postroom.source.text import Source

BASE = (Path(__file__).parents[2] / "golden" / "errors" / "base.yaml").read_text("utf-8")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def rules_of(text: str, kinds: Kinds = KINDS) -> RuleSet:
    return load([Source("a.yaml", text), Source("base.yaml", BASE)], kinds)


def account(more: str = "", create: str = "deny") -> Account:
    """Return an account with so many more lines."""
    lines = "".join(f"    {line}\n" for line in more.strip("\n").split("\n") if line)
    return rules_of(
        "accounts:\n  x:\n    table: ticket\n    address: x@xyz.example\n    access:\n"
        f"      create: [{{id: all, then: {create}}}]\n"
        "      update: [{id: others, then: deny}]\n" + lines
    ).accounts["x"]


def codes(text: str, kinds: Kinds = KINDS) -> list[str]:
    with pytest.raises(RuleError) as caught:
        rules_of(text, kinds)
    return [finding.code for finding in caught.value.diagnostics]


# --- numbers, spans, sizes, names -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30s", timedelta(seconds=30)), ("5m", timedelta(minutes=5)), ("0h", timedelta(0)),
        ("2d", timedelta(days=2)), ("1w", timedelta(days=7)),
        ("", None), ("5", None), ("m", None), ("1.5h", None), ("-1m", None), ("5 m", None),
        ("5M", None), ("٣m", None), ("999999999999d", None), ("1" * 5_000 + "d", None),
    ],
)  # fmt: skip
def test_a_time_span_is_a_number_and_a_unit(text: str, span: timedelta | None) -> None:
    assert time_span(text) == span


@pytest.mark.parametrize("text", ["30s", "45m", "2d", "1w", "90m", "0s"])
def test_a_time_span_is_written_as_it_is_read(text: str) -> None:
    assert span_text(time_span(text) or timedelta(0)) == text


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [("25MB", 25_000_000), ("1KiB", 1024), ("7", 7), ("25 MB", None), ("MB", None), ("-1KB", None),
     ("1B", None), ("1.5MB", None)],
)  # fmt: skip
def test_a_size_is_a_number_and_a_unit(text: str, bytes_: int | None) -> None:
    assert size(text) == bytes_


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", Decimal(12)), ("-1.50", Decimal("-1.50")), ("1.", None), (".5", None), ("1e5", None),
     ("NaN", None), ("", None), ("1" * 41, None), ("--1", None), ("٣", None)],
)  # fmt: skip
def test_a_number_is_digits(text: str, value: Decimal | None) -> None:
    assert number(text) == value


def test_a_whole_number_fits_into_64_bits() -> None:
    assert whole_number("9" * 18) == int("9" * 18)
    assert whole_number("9" * 19) is None
    assert whole_number("-7") == -7


@pytest.mark.parametrize("text", ["a", "a1", "select", "a_b", "z" * 63])
def test_what_an_identifier_is(text: str) -> None:
    assert is_identifier(text)
    assert is_name(f"{text[:60]}-x")


@pytest.mark.parametrize("text", ["", "A", "1a", "_a", "a b", "é", "a" * 64, "a-b", 'a"', "a.b"])
def test_what_an_identifier_is_not(text: str) -> None:
    assert not is_identifier(text)


@pytest.mark.parametrize("text", ["a@b", "a.b+c@d.example", "jörg@müller.example", "x@localhost"])
def test_what_an_address_is(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "@b", "a@", "a@b@c", "a b@c", "Ann <a@b.example>", "a@b..example", "a,b@c", "a@b\nx",
     "a@.b", f"{'a' * 250}@b.example", "a@b\u202e"],
)  # fmt: skip
def test_what_an_address_is_not(text: str) -> None:
    assert not is_address(text)


# --- tables and lists --------------------------------------------------------------------


def test_a_table_may_be_called_select() -> None:
    rules = rules_of("tables: {select: {fields: {from: {type: text}, order: {type: integer}}}}\n")
    assert list(rules.tables["select"].fields) == ["from", "order"]


def test_defaults_are_held_as_their_field_holds_them() -> None:
    fields = (
        rules_of(
            """
tables:
  order:
    fields:
      a: {type: integer, default: 3}
      b: {type: decimal, default: 1.50}
      c: {type: boolean, default: true}
      d: {type: date, default: 2026-12-31}
      e: {type: choice, values: [Big, Small], default: small}
      f: {type: multi_choice, values: [red, blue], default: [red, blue]}
      g: {type: text, default: 0049}
      h: {type: list, of: email, default: a@b.example}
"""
        )
        .tables["order"]
        .fields
    )
    assert {name: field.default for name, field in fields.items()} == {
        "a": 3, "b": Decimal("1.50"), "c": True, "d": date(2026, 12, 31), "e": "Small",
        "f": ("red", "blue"), "g": "0049", "h": ("a@b.example",),
    }  # fmt: skip
    assert all(f.of is None for name, f in fields.items() if name != "h")


def test_limits_are_numbers_of_their_field() -> None:
    text = (
        "tables: {t: {fields: {a: {type: integer, min: -5, max: 5}, b: {type: decimal, max: 1.5}}}}"
    )
    fields = rules_of(text).tables["t"].fields
    assert (fields["a"].min, fields["a"].max, fields["b"].max) == (-5, 5, Decimal("1.5"))
    assert isinstance(fields["a"].max, int)


def test_a_list_is_of_numbers_only_if_all_its_items_are() -> None:
    lists = rules_of('lists: {a: [1, 2], b: [1, x], c: ["1"], d: [007], e: [-3, 0], f: []}\n').lists
    assert (lists["a"], lists["b"], lists["c"]) == ((1, 2), ("1", "x"), ("1",))
    assert (lists["d"], lists["e"], lists["f"]) == (("007",), (-3, 0), ())


# --- mailboxes ---------------------------------------------------------------------------


def test_what_stands_in_for_what_is_left_out() -> None:
    found = account("receive: {use: eml, path: in}\nsend: {use: console}")
    assert found.active
    assert found.keep_prefixes is None
    assert found.receive
    assert found.receive.poll_every == timedelta(minutes=1)
    assert found.receive.full_sweep_every == timedelta(minutes=45)
    assert found.receive.after == {}
    assert found.send
    assert found.send.sender == "x@xyz.example"
    assert account().receive is None
    assert account("active: false").active is False
    assert account("send: {use: console, from: y@xyz.example}").send.sender == "y@xyz.example"  # type: ignore[union-attr]


def test_what_is_done_on_the_server() -> None:
    found = account(
        "receive:\n  use: eml\n  path: in\n  after: {decided: keep, created: {flag: Done}, "
        "denied: {move_to: a/b}, duplicate: {delete_after: 0s}}"
    ).receive
    assert found
    assert found.after == {
        "decided": AfterDecision("keep"),
        "created": AfterDecision("flag", "Done"),
        "denied": AfterDecision("move", "a/b"),
        "duplicate": AfterDecision("delete", "", timedelta(0)),
    }


def test_settings_come_as_the_types_that_the_plugin_declares() -> None:
    found = account(
        """
receive:
  use: imap
  host: 127.0.0.1
  username: 007
  password: {file: secrets/imap}
  port: 993
  tls: starttls
  idle: false
  patience: 2m
  largest: 5MiB
  ratio: 0.25
  extra_folders: [Junk, "Sent"]
"""
    )
    assert found.receive
    assert found.receive.settings == Imap(
        host="127.0.0.1",
        username="007",
        password=SecretRef("file", "secrets/imap"),  # type: ignore[arg-type]  # resolved later
        port=993,
        tls="starttls",
        idle=False,
        patience=timedelta(minutes=2),
        largest=5 * 1024 * 1024,  # type: ignore[arg-type]
        ratio=0.25,
        extra_folders=("Junk", "Sent"),
    )


def test_one_text_will_do_for_a_list_of_them() -> None:
    found = account(
        "receive: {use: imap, host: h, username: u, password: {keyring: mail/u}, extra_folders: a}"
    ).receive
    assert found
    assert found.settings.extra_folders == ("a",)
    assert found.settings.password == SecretRef("keyring", "mail/u")


def test_annotations_may_be_texts_and_a_field_may_end_in_an_underscore() -> None:
    @dataclass(frozen=True)
    class Late:
        from_: "str"  # noqa: UP037 - that is the point
        token: "Secret | None" = None  # noqa: UP037

    text = """
accounts:
  x:
    table: ticket
    address: x@xyz.example
    access: {create: [{id: all, then: deny}], update: [{id: others, then: deny}]}
    receive: {use: late, from: here, token: {env: T}}
"""
    found = rules_of(text, Kinds(transports={"late": Late}, notifiers=KINDS.notifiers)).accounts[
        "x"
    ]
    assert found.receive
    assert found.receive.settings == Late("here", SecretRef("env", "T"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "secret",
    ["hunter2", '"hunter2"', "[hunter2]", "{env: hunter-2, x: hunter2}", "{ent: hunter2}",
     '{env: "hunter2 "}', "{plain: hunter2}", "{env: [hunter2]}", "{env: {a: hunter2}}"],
)  # fmt: skip
@pytest.mark.parametrize("key", ["password", "pasword", "pw"])
def test_a_secret_in_clear_is_refused_and_never_shown(secret: str, key: str) -> None:
    text = f"""
accounts:
  x:
    table: ticket
    address: x@xyz.example
    colour: blue
    access: {{create: [{{id: all, then: deny}}], update: [{{id: others, then: deny}}]}}
    receive: {{use: imap, host: h, username: u, {key}: {secret}, port: x}}
    send: {{use: nothing, host: h, {key}: {secret}}}
"""
    with pytest.raises(RuleError) as caught:
        rules_of(text)
    shown = [as_text(f) + str(as_json(f)) for f in caught.value.diagnostics]
    assert len(shown) >= 3
    assert "hunter" not in "".join(shown)
    assert "hunter" not in str(caught.value)


def test_a_secret_that_stands_twice_is_not_shown_either() -> None:
    text = """
accounts:
  x:
    table: ticket
    address: x@xyz.example
    access: {create: [{id: all, then: deny}], update: [{id: others, then: deny}]}
    receive: {use: imap, host: h, username: u, password: hunter2, password: hunter3}
"""
    with pytest.raises(RuleError) as caught:
        rules_of(text)
    assert [f.code for f in caught.value.diagnostics] == ["PR404", "PR010"]
    assert "hunter" not in "".join(map(as_text, caught.value.diagnostics))


# --- filters, access, mapping -------------------------------------------------------------


def test_effects_in_short_and_in_long() -> None:
    found = account(
        """
send: {use: console}
filters:
  - {id: a, when: dsn.present, then: quarantine}
  - {id: b, when: dsn.present, then: {quarantine: odd}}
  - {id: c, when: dsn.present, then: {discard: {forward_to: a@b.example, attachments: true}}}
  - {id: d, shadow: true, then: discard}
"""
    ).filters
    assert [(f.then, f.reason) for f in found] == [
        ("quarantine", ""), ("quarantine", "odd"), ("discard", ""), ("discard", ""),
    ]  # fmt: skip
    assert found[2].tell.forward_to == ("a@b.example",)
    assert found[2].tell.attachments
    assert found[3].when is None


def test_access_as_a_named_contact() -> None:
    found = account("mapping: {set: {title: x}}", create="{allow_as: ann@xyz.example}")
    assert [(r.then, r.principal) for r in found.create] == [("allow_as", "ann@xyz.example")]


@pytest.mark.parametrize(
    ("last", "enough"),
    [
        ("{id: b, then: deny}", True),
        ("{id: b, when: token.valid, then: deny}", True),
        ("{id: b, when: '  token.valid ', then: deny}", True),
        ("{id: b, when: not token.valid, then: deny}", False),
        ("{id: b, when: token.valid and contact.known, then: deny}", False),
        ("{id: b, when: contact.known, then: deny}", False),
    ],
)
def test_what_ends_a_list_of_update_rules(last: str, *, enough: bool) -> None:
    text = f"""
accounts:
  x:
    table: ticket
    address: x@xyz.example
    access:
      create: [{{id: all, then: deny}}]
      update: [{{id: known, when: contact.known, then: {{allow_as: sender}}}}, {last}]
"""
    if enough:
        assert len(rules_of(text).accounts["x"].update) == 2
    else:
        assert codes(text) == ["PR301"]


def test_conditions_of_updates_may_read_the_record_and_those_of_mapping_may_not() -> None:
    rule = "rules: [{id: a, when: record.priority == 1, set: {priority: 2}}]"
    assert account(f"updates: {{{rule}}}").updates.rules[0].when
    with pytest.raises(RuleError) as caught:
        account(f"mapping: {{set: {{title: x}}, {rule}}}")
    assert [f.code for f in caught.value.diagnostics] == ["PR213"]


class _Any:
    def __getattr__(self, name: str) -> Any:
        return ""


def test_a_list_of_values_is_one_value() -> None:
    text = """
tables:
  order:
    fields:
      tags: {type: multi_choice, values: [red, blue]}
      mails: {type: list, of: email}
accounts:
  x:
    table: order
    address: x@xyz.example
    access: {create: [{id: all, then: {allow_as: sender}}], update: [{id: others, then: deny}]}
    mapping: {set: {tags: [red, Blue], mails: ["${from.addr_spec}", a@b.example]}}
"""
    tags, mails = rules_of(text).accounts["x"].mapping.assignments
    assert tags.value.constant == ("red", "blue")
    assert tags.value.of(_Any()) == ("red", "blue")  # type: ignore[arg-type]
    assert mails.value.constant is None
    assert mails.value.reads == {"from.addr_spec"}
    assert str(mails.value.type) == "list of text"


def test_functions_of_plugins_can_be_called() -> None:
    found = account("filters: [{id: a, when: 'vowels(subject) > 3', then: discard}]")
    assert found.filters[0].when


def test_one_template_for_several_tables_and_places() -> None:
    text = """
accounts:
  x:
    table: ticket
    address: x@xyz.example
    send: {use: console}
    access:
      create: [{id: all, then: {deny: {reply: sorry}}}]
      update: [{id: others, then: deny}]
    notify:
      - id: told
        after: [created, updated]
        to: [a@b.example, "${from.addr_spec}"]
        template: sorry
templates:
  sorry: {html: "<p>${subject}</p>"}
"""
    rules = rules_of(text)
    assert rules.templates["sorry"].html
    assert rules.templates["sorry"].html.encoding == "html"
    assert rules.templates["sorry"].text is None
    assert len(rules.accounts["x"].notify[0].to) == 2


def test_a_template_of_two_tables_speaks_of_the_record_at_hand() -> None:
    text = """
tables:
  order:
    number: ORD
    fields: {title: {type: text, max: 20, required: true}}
accounts:
  x:
    table: order
    address: x@xyz.example
    send: {use: console}
    access: {create: [{id: all, then: {allow_as: sender}}], update: [{id: others, then: deny}]}
    mapping: {set: {title: x}}
    notify: [{id: told, after: created, to: a@b.example, template: ack}]
"""
    rules = rules_of(text)
    for name, number_ in (("order", "ORD-7"), ("ticket", "SUP-7")):
        record = Record(RecordRef(name, 7), {"title": "Hello"})
        message = Message(sha256="", size=0)
        facts = Facts("x", received_at=NOON, now=NOON)
        scope = Scope(message, facts, record, rules.tables[name])
        ack = rules.templates["ack"]
        assert ack.text
        assert ack.text.render(scope) == f"We have opened {number_}."


def test_a_rule_may_use_the_notifier_of_its_account_by_name() -> None:
    found = account(
        "send: {use: smtp, host: h}\n"
        "notify: [{id: a, after: created, use: smtp, to: a@b.example, template: ack},\n"
        "         {id: b, after: created, use: smtp, host: other, to: a@b.example, template: ack}]"
    ).notify
    assert found[0].settings is None
    assert found[1].settings.host == "other"


# --- cases -------------------------------------------------------------------------------


def test_a_case_holds_plain_data() -> None:
    text = """
tests:
  - name: all kinds
    account: base
    eml: mail/one.eml
    given: {counters: {"count_from_sender(1h)": 21}, clock: 2026-01-15T12:00:00Z}
    expect:
      decision: created
      fired: [partner, parsing]
      notified: ack
      record: {priority: 1, title: "1", due: null, notes: [a, 0049], files: []}
"""
    (case,) = load([Source("deep/er/x.test.yaml", text), Source("base.yaml", BASE)], KINDS).cases
    assert (case.folder, case.eml, case.mail) == ("deep/er", "mail/one.eml", {})
    assert case.given == {
        "counters": {"count_from_sender(1h)": 21}, "clock": "2026-01-15T12:00:00Z",
    }  # fmt: skip
    assert case.expect["record"] == {
        "priority": 1, "title": "1", "due": None, "notes": ["a", "0049"], "files": [],
    }  # fmt: skip


# --- the table of keys ---------------------------------------------------------------------


def test_every_key_is_declared_once_and_says_what_it_is_for() -> None:
    for section in keys.SECTIONS:
        assert len(set(section.names)) == len(section.names)
        for key in section.keys:
            assert key.help
            assert key.kind in keys.WORDS
            assert not (key.required and key.default is not None), key.name
            assert bool(key.choices) == (key.kind in ("choice", "choices")), key.name


def test_reading_a_key_as_what_it_is_not_is_a_fault_of_ours() -> None:
    root = read_document(Source("a.yaml", "use: x\n")).root
    assert root
    given = Given(Findings(), keys.USE, root, root.span)
    with pytest.raises(LookupError, match="use"):
        given.flag("use")
    with pytest.raises(LookupError, match="nothing"):
        given.text("nothing")


SENDING = """
version: 1
tables:
  ticket: {fields: {title: {type: text}}}
  lead: {fields: {title: {type: text}}}
accounts:
  aside: {table: ticket, address: a@x.example, access: {create: [{id: no, then: deny}], update: [{id: none, then: deny}]}}
  desk: {table: ticket, address: d@x.example, send: {use: console}, access: {create: [{id: no, then: deny}], update: [{id: none, then: deny}]}}
  leads: {table: lead, address: l@x.example, access: {create: [{id: no, then: deny}], update: [{id: none, then: deny}]}}
"""  # noqa: E501 - an account a line


def test_the_one_account_of_a_table_that_sends_sends_for_all_of_them() -> None:
    accounts = load([Source("a.yaml", SENDING)], KINDS).accounts
    assert list(accounts) == ["aside", "desk", "leads"]
    assert accounts["aside"].send == accounts["desk"].send
    assert accounts["aside"].send is not None
    assert accounts["aside"].send.sender == "d@x.example"
    assert accounts["leads"].send is None


def test_of_several_that_send_none_does_for_others() -> None:
    line = SENDING.splitlines()[-2]
    also = f"{SENDING}{line.replace('desk', 'more').replace('d@x', 'm@x')}\n"
    assert load([Source("a.yaml", also)], KINDS).accounts["aside"].send is None
