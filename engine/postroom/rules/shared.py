"""`shared`: what becomes of mail to an address that several accounts have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.mail.addresses import canonical
from postroom.rules import keys
from postroom.rules.given import Given, listed, suggestion
from postroom.rules.ruleset import Linked
from postroom.source.near import near
from postroom.source.nodes import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from postroom.model.record import Table
    from postroom.rules.ruleset import Account
    from postroom.rules.world import World
    from postroom.source.text import Span

_CHOICES = "`shared: each`, `shared: first`, or `shared: primary` in one of them"


def read_shared(world: World, given: Given, table: Table | None) -> tuple[str, Linked | None]:
    """Return what an account says of its address, and what ties it to another account."""
    node = given.node("shared")
    if node is None:
        return "", None
    if isinstance(node, Scalar):
        if node.value in keys.SHARED:
            return node.value, None
        meant = near(node.value, keys.SHARED)
        hint = f"did you mean `{meant}`?" if meant else f"write one of {listed(keys.SHARED)}"
        message = f"`{node.value}` is not a choice for `shared`"
        world.findings.error("PR035", message, node.span, hint)
        return "", None
    span = given.key_span("shared")
    says = Given.open(world.findings, keys.LINKED, node, "`shared`", span)
    primary, link = (says.scalar("primary"), says.scalar("link")) if says else (None, None)
    if primary is None or link is None:
        return "primary", None
    if table is not None:
        world.field(table, link)
    return "primary", Linked(primary.value, link.value, link.span, primary.span)


def note_shared(world: World, accounts: Mapping[str, Account]) -> None:
    """Note accounts with one address that do not agree on what follows, and links that fail."""
    for account in accounts.values():
        if account.link is not None:
            _check_link(world, accounts, account, account.link)
    for having in _by_address(accounts.values()):
        _check_agreement(world, having)


def _by_address(accounts: Iterable[Account]) -> list[list[Account]]:
    """Return the active accounts of each address."""
    found: dict[str, list[Account]] = {}
    for account in accounts:
        if account.active and account.address:
            found.setdefault(canonical(account.address), []).append(account)
    return [*found.values()]


def _check_agreement(world: World, accounts: Sequence[Account]) -> None:
    first = accounts[0]
    primary: Account | None = None
    for account in accounts:
        if account.shared == "primary" and account.link is None:
            if primary is not None:
                _note_two(world, primary, account)
            primary = primary or account
        if account is first or account.shared == first.shared != "":
            continue
        related = ((f"`{first.name}` is here", first.span),)
        both = f"the accounts `{first.name}` and `{account.name}`"
        if account.shared and first.shared:
            message = f"{both} have the same address and say different things of it"
            hint = f"say the same in both: {_CHOICES}"
            world.findings.error("PR553", message, account.span, hint, related)
        else:
            message, hint = f"{both} have the same address", f"say in both what follows: {_CHOICES}"
            world.findings.warn("PR355", message, account.span, hint, related)


def _note_two(world: World, primary: Account, account: Account) -> None:
    message = f"the address has a primary already: the account `{primary.name}`"
    hint = f"write `shared: {{primary: {primary.name}, link: a_reference_field}}` here"
    related = ((f"`{primary.name}` is here", primary.span),)
    world.findings.error("PR577", message, account.span, hint, related)


def _check_link(
    world: World, accounts: Mapping[str, Account], account: Account, link: Linked
) -> None:
    findings, primary = world.findings, accounts.get(link.primary)
    if primary is None:
        others = [name for name in accounts if name != account.name]
        hint = suggestion(link.primary, others, "the other accounts are")
        message = f"there is no account `{link.primary}` to link to"
        findings.error("PR575", message, link.primary_span, hint)
        return
    if primary.shared != "primary" or primary.link is not None:
        message = f"the account `{primary.name}` is no primary"
        if primary.link is not None:
            message += f": it links to `{primary.link.primary}`"
        hint = f"write `shared: primary` in `{primary.name}`, or name another account"
        findings.error("PR575", message, link.primary_span, hint)
        return
    if canonical(primary.address) != canonical(account.address):
        message = f"the account `{primary.name}` has another address: no mail is for both"
        findings.error("PR575", message, link.primary_span, "give both the same `address`")
    _check_field(world, account, link, primary)


def _check_field(world: World, account: Account, link: Linked, primary: Account) -> None:
    findings = world.findings
    if primary.table == account.table:
        message = f"the account `{primary.name}` feeds the table `{account.table}` itself"
        findings.error("PR579", message, link.primary_span, "link accounts of two tables")
        return
    field = world.tables[account.table].fields.get(link.field)
    if field is None:
        return  # that was noted
    wanted = f"`{field.name}: {{type: reference, table: {primary.table}}}`"
    if field.type != "reference" or field.table != primary.table:
        is_what = f"refers to `{field.table}`" if field.table else f"is of type {field.type}"
        message = f"`{field.name}` {is_what}, and the primary makes records of `{primary.table}`"
        findings.error("PR576", message, link.span, f"declare a field such as {wanted}")
    for name, span in _set(account):
        if name == link.field:
            message = f"`{link.field}` holds the link to the records of `{primary.name}`"
            findings.error("PR578", message, span, "set another field")


def _set(account: Account) -> Iterator[tuple[str, Span]]:
    """Yield the fields that rules and labels set, with where they do."""
    for shape in (account.mapping, account.updates):
        for assignments in (shape.assignments, *(rule.assignments for rule in shape.rules)):
            yield from ((each.field, each.span) for each in assignments)
    if account.parsing is not None:
        labels = (name for each in account.parsing.languages.values() for name in each.values())
        yield from ((name, account.parsing.span) for name in dict.fromkeys(labels))
