"""`contacts` and `groups`: who people are, and what they may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from postroom.rules import keys
from postroom.rules.given import Given, checked_address, entries, listed, suggestion
from postroom.rules.ruleset import Contacts, Permission
from postroom.source.nodes import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.model.record import Table
    from postroom.rules.findings import Findings
    from postroom.rules.world import World
    from postroom.source.nodes import Entry


def read_contacts(world: World, section: Entry | None) -> None:
    """Add what `contacts` says to the world."""
    if section is None:
        return
    findings, span = world.findings, section.key.span
    given = Given.open(findings, keys.CONTACTS, section.node, "`contacts`", span)
    if given is None:
        return
    guest, guest_groups = _guest(findings, given)
    table = world.table(given.scalar("table"))
    if table is None:
        return
    if not table.of_type("email"):
        hint = f"add `email: {{type: email}}` to the fields of `{table.name}`"
        message = f"the table `{table.name}` has no email field in which a sender could be found"
        findings.error("PR255", message, given.key_span("table"), hint)
    if "known" in table.fields:
        message = "`contact.known` says whether there is a contact, so no field can be called that"
        findings.error("PR036", message, given.key_span("table"), "call the field something else")
    groups = _groups_field(world, given, table)
    world.contacts = Contacts(table.name, groups, guest, guest_groups or ("guests",))


def _groups_field(world: World, given: Given, table: Table) -> str:
    found = given.scalar("groups")
    field = world.field(table, found) if found else None
    if field is None or found is None:
        return ""
    if field.type != "multi_choice":
        message = f"`{field.name}` is of type {field.type}; groups need a multi_choice"
        hint = f"write `{field.name}: {{type: multi_choice, values: [staff, guests]}}`"
        world.findings.error("PR255", message, found.span, hint)
    return field.name


def _guest(findings: Findings, given: Given) -> tuple[str, tuple[str, ...]]:
    """Return the guest's address and the groups that are named for it."""
    node = given.node("guest")
    if isinstance(node, Scalar):
        return (node.value if checked_address(findings, node) else "", ())
    span = given.key_span("guest")
    guest = Given.open(findings, keys.GUEST, node, "`guest`", span)
    if guest is None:
        return "", ()
    return guest.address("address"), tuple(s.value for s in guest.texts("groups"))


def read_groups(world: World, sections: Iterable[Entry], contacts: Entry | None) -> None:
    """Add the groups and their permissions to the world; check the guest's."""
    for entry in sections:
        world.groups[entry.name] = _permissions(world, entry)
        _check_reachable(world, entry.key)
    _check_guest(world, contacts)


def _permissions(world: World, entry: Entry) -> dict[str, Permission]:
    found = {}
    for each in entries(world.findings, entry.node, f"`{entry.name}`"):
        table = world.table(each.key)
        given = Given.open(
            world.findings, keys.PERMISSION, each.node, f"`{each.name}`", each.key.span
        )
        if table is None or given is None:
            continue
        edit: Literal["none", "own", "all"] = given.choice("edit") or "none"  # type: ignore[assignment]
        fields = None
        if "fields" in given:
            known = [world.field(table, scalar) for scalar in given.texts("fields")]
            fields = frozenset(field.name for field in known if field)
        found[table.name] = Permission(given.flag("create"), edit, fields)
    return found


def _check_reachable(world: World, key: Scalar) -> None:
    """Note a group that no contact can be in."""
    contacts = world.contacts
    if contacts is None or not contacts.groups or key.value in contacts.guest_groups:
        return
    field = world.tables[contacts.table].fields[contacts.groups]
    if field.values and key.value not in field.values:
        where = f"`{contacts.table}.{contacts.groups}`"
        message = f"no contact can be in the group `{key.value}`"
        hint = suggestion(key.value, field.values, f"{where} has")
        world.findings.error("PR244", message, key.span, hint)


def _check_guest(world: World, section: Entry | None) -> None:
    """Note groups of the guest that are not there."""
    contacts = world.contacts
    if section is None or contacts is None or not contacts.guest or not world.groups:
        return
    guest = section.node.get("guest") if isinstance(section.node, Mapping) else None
    named = guest.get("groups") if isinstance(guest, Mapping) else None
    unknown = [name for name in contacts.guest_groups if name not in world.groups]
    if guest is None or not unknown:
        return
    message = f"the guest is in {listed(unknown)}, and there is no such group"
    hint = f"add it to `groups:`, or write `guest: {{address: {contacts.guest}, groups: [...]}}`"
    world.findings.error("PR244", message, (named or guest).span, hint)
