"""`tests`: cases that the rules must get right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postroom.rules import keys
from postroom.rules.filters import RESERVED_IDS, first_key
from postroom.rules.given import Given, entries, shaped, suggestion
from postroom.rules.literals import number, whole_number
from postroom.rules.ruleset import Case
from postroom.source.nodes import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from postroom.model.record import Table
    from postroom.rules.ruleset import Account
    from postroom.rules.world import World
    from postroom.source.nodes import Node


def read_cases(
    world: World, items: Iterable[Node], accounts: dict[str, Account], account_names: Iterable[str]
) -> tuple[Case, ...]:
    """Return the cases; what they name must be there."""
    names = tuple(account_names)
    cases = (_case(world, item, accounts, names) for item in items)
    return tuple(case for case in cases if case)


def _case(
    world: World, item: Node, accounts: dict[str, Account], names: tuple[str, ...]
) -> Case | None:
    given = Given.open(world.findings, keys.CASE, item, "a case", first_key(item))
    if given is None:
        return None
    name, found = given.scalar("name"), given.scalar("account")
    if found and found.value not in names:
        hint = suggestion(found.value, names, "the accounts are")
        message = f"there is no account `{found.value}`"
        world.findings.error("PR245", message, found.span, hint)
    account = accounts.get(found.value) if found else None
    if ("mail" in given) == ("eml" in given):
        message = "a case has either `mail` or `eml`"
        both = "mail" in given
        hint = "delete one of them" if both else "add `mail: {from: ann@example.com}`"
        world.findings.error("PR044", message, given.key_span("eml") if both else given.span, hint)
    _check_mail(world, given)
    _check_given(world, given)
    _check_expected(world, given, account)
    span = name.span if name else given.span
    return Case(
        name=name.value if name else "",
        span=span,
        account=found.value if found else "",
        mail=_plain_keys(given.keys("mail")),
        eml=given.text("eml"),
        given=_plain_keys(given.keys("given")),
        expect=_plain_keys(given.keys("expect")),
        folder=span.source.name.rpartition("/")[0],
    )


def _check_mail(world: World, case: Given) -> None:
    mapping = case.keys("mail")
    if mapping is None:
        return
    mail = Given(world.findings, keys.MAIL, mapping, case.key_span("mail"))
    for method in ("dmarc", "spf", "dkim", "arc"):
        mail.choice(method)
    mail.texts("malware")
    for entry in entries(world.findings, mail.keys("headers"), "`headers`"):
        shaped(world.findings, entry.node, Scalar, f"`{entry.name}`")
    for item in mail.items("attachments"):
        attached = Given.open(world.findings, keys.ATTACHED, item, "an attachment", first_key(item))
        if attached:
            attached.integer("size")


def _check_given(world: World, case: Given) -> None:
    mapping = case.keys("given")
    if mapping is None:
        return
    given = Given(world.findings, keys.GIVEN, mapping, case.key_span("given"))
    contacts = world.tables.get(world.contacts.table) if world.contacts else None
    if "contacts" in given and contacts is None:
        message = "there are no contacts in these rules"
        hint = "name their table: `contacts: {table: contact}`"
        world.findings.error("PR302", message, given.key_span("contacts"), hint)
    for item in given.items("contacts"):
        if contacts:
            _check_fields(world, item, contacts, "a contact")
    for entry in entries(world.findings, given.keys("records"), "`records`"):
        table = world.table(entry.key)
        records = shaped(world.findings, entry.node, Sequence, f"`{entry.name}`")
        for item in records.items if records and table else ():
            assert table is not None  # noqa: S101 - there are no items without it
            _check_fields(world, item, table, "a record")
    for name in ("counters", "threads"):
        for entry in entries(world.findings, given.keys(name), f"`{name}`"):
            shaped(world.findings, entry.node, Scalar, f"`{entry.name}`")


def _check_fields(world: World, item: Node, table: Table, what: str) -> None:
    for entry in entries(world.findings, item, what):
        if entry.name != "id":
            world.field(table, entry.key)


def _check_expected(world: World, case: Given, account: Account | None) -> None:
    mapping = case.keys("expect")
    if mapping is None:
        return
    expect = Given(world.findings, keys.EXPECT, mapping, case.key_span("expect"))
    expect.choice("decision")
    if account is None:
        return
    notify = {rule.id for rule in account.notify}
    rules = {
        rule.id
        for rules in (
            account.filters, account.create, account.update,
            account.mapping.rules, account.updates.rules,
        )
        for rule in rules
    }  # fmt: skip
    _check_known(world, expect, "fired", {*rules, *RESERVED_IDS}, "rule")
    _check_known(world, expect, "notified", notify, "notify rule")
    for found in expect.texts("replied_with"):
        if found.value not in world.template_names:
            world.template(found, table="", with_record=False)
    table = world.tables[account.table]
    if "record" in expect:
        _check_fields(world, expect.keys("record") or mapping, table, "`record`")


def _check_known(world: World, expect: Given, key: str, known: set[str], what: str) -> None:
    for found in expect.texts(key):
        if found.value not in known:
            message = f"the account has no {what} `{found.value}`"
            hint = suggestion(found.value, sorted(known), f"its {what}s are")
            world.findings.error("PR246", message, found.span, hint)


def _plain_keys(mapping: Mapping | None) -> dict[str, Any]:
    return {entry.name: plain(entry.node) for entry in mapping.entries} if mapping else {}


def plain(node: Node) -> Any:  # noqa: ANN401 - whatever a case holds
    """Return a node as plain data: numbers and booleans where they stand without quotes."""
    match node:
        case Mapping():
            return _plain_keys(node)
        case Sequence():
            return [plain(item) for item in node.items]
        case Scalar():
            return _plain_scalar(node)


def _plain_scalar(node: Scalar) -> str | int | bool | Decimal | None:
    text = node.value
    if node.is_null:
        return None
    if node.style != "plain":
        return text
    if text in ("true", "false"):
        return text == "true"
    if text.startswith("0") and text.isdecimal() and text != "0":
        return text  # `0049` is no number to a person
    found = whole_number(text)
    if found is not None:
        return found
    decimal = number(text)
    return text if decimal is None else decimal
