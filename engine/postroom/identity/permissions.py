"""Who a sender acts as, and what that permits.

Groups give permissions; the access rules say as whom somebody acts. A rule set without `groups:`
permits everything that its access rules allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from postroom.mail.addresses import canonical

if TYPE_CHECKING:
    from postroom.lang.expression import Value
    from postroom.model.facts import Facts
    from postroom.model.record import Record
    from postroom.rules.ruleset import Contacts, Permission, RuleSet

NOT_WORDS = (
    "account", "auth", "class", "contact", "from.addr_spec", "from.domain", "from.local_part",
    "received_at", "record", "size", "token",
)  # fmt: skip
"""What an expression may read without carrying the sender's own words into a field."""


@dataclass(frozen=True, slots=True)
class Principal:
    """As whom somebody acts."""

    name: str
    """As people read it: `ann@partner.example`, `the guest`."""
    address: str
    contact: Record | None
    """None: no contact of ours."""
    groups: tuple[str, ...]


def principal(name: str, sender: str, facts: Facts, contacts: Contacts | None) -> Principal:
    """Return whom `allow_as: NAME` means: the `sender`, the `guest`, or a contact's address.

    Whoever is no contact of ours has no groups, but for the guest, who has the declared ones.
    """
    if name == "sender":
        return Principal(sender, sender, facts.contact, groups_of(facts.contact, contacts))
    if name != "guest":
        named = facts.others.get(canonical(name))
        return Principal(name, name, named, groups_of(named, contacts))
    if contacts is None:
        return Principal("the guest", "", None, ())
    groups = groups_of(facts.guest, contacts) or contacts.guest_groups
    return Principal("the guest", contacts.guest, facts.guest, groups)


def groups_of(contact: Record | None, contacts: Contacts | None) -> tuple[str, ...]:
    """Return the groups that a contact's record names."""
    if contact is None or contacts is None or not contacts.groups:
        return ()
    value = contact.values.get(contacts.groups)
    return tuple(str(group) for group in value) if isinstance(value, tuple) else ()


@dataclass(frozen=True, slots=True)
class Rights:
    """What a principal may do with the records of one table."""

    principal: Principal
    table: str
    granted: tuple[Permission, ...]
    everything: bool
    """The rule set declares no groups."""
    owners: frozenset[str]
    """Fields that say whose a record is."""
    people: bool
    """Whether the table is the contact table, in which everybody owns the own record."""

    @classmethod
    def of(cls, acting: Principal, table: str, rules: RuleSet) -> Rights:
        """Return the rights of a principal in a table."""
        people = rules.contacts.table if rules.contacts else ""
        references = rules.tables[table].of_type("reference") if people else ()
        granted = (rules.groups.get(group, {}).get(table) for group in acting.groups)
        return cls(
            principal=acting,
            table=table,
            granted=tuple(permission for permission in granted if permission is not None),
            everything=not rules.groups,
            owners=frozenset(field.name for field in references if field.table == people),
            people=table == people,
        )

    def why_not_create(self) -> str | None:
        """Return why no record may be created; None if one may."""
        if self.everything or any(permission.create for permission in self.granted):
            return None
        return f"{self._who} may not create a {self.table}"

    def why_not_edit(self, record: Record) -> str | None:
        """Return why the record may not be edited; None if some of it may."""
        if self.everything or any(self._reaches(p, record) for p in self.granted):
            return None
        if any(permission.edit == "own" for permission in self.granted):
            return f"{self._who} may edit only an own {self.table}, and this one is not"
        return f"{self._who} may not edit a {self.table}"

    def why_not_write(self, field: str, record: Record | None) -> str | None:
        """Return why a field may not be set from a message; None if it may.

        With a record: in that record; without: in one that is being created.
        """
        if self.everything:
            return None
        reaching = (p for p in self.granted if self._reaches(p, record))
        if any(p.fields is None or field in p.fields for p in reaching):
            return None
        return f"{self._who} may not set {field}"

    def why_never_write(self, field: str) -> str | None:
        """Return why no record lets the field be set from an answer; None if one may."""
        if self.everything or any(
            p.edit != "none" and (p.fields is None or field in p.fields) for p in self.granted
        ):
            return None
        return f"{self._who} may not edit {field}"

    def owns(self, record: Record) -> bool:
        """Return whether the record is the principal's own."""
        contact = self.principal.contact
        if contact is None:
            return False
        if self.people and record.ref == contact.ref:
            return True
        return any(record.values.get(field) == contact.ref.id for field in self.owners)

    def _reaches(self, permission: Permission, record: Record | None) -> bool:
        if record is None:
            return permission.create
        return permission.edit == "all" or (permission.edit == "own" and self.owns(record))

    @property
    def _who(self) -> str:
        groups = ", ".join(self.principal.groups)
        return f"{self.principal.name} ({groups or 'in no group'})"


def carries_words(value: Value) -> bool:
    """Return whether a value holds what the sender wrote, so that the sender needs the right.

    What the author of the rules fixes, and who the sender is, are the author's own doing.
    """
    return _are_words(value.reads)


@lru_cache(maxsize=4096)
def _are_words(reads: frozenset[str]) -> bool:
    return any(not is_under(path, NOT_WORDS) for path in reads)


def is_under(path: str, roots: tuple[str, ...]) -> bool:
    """Return whether a path is one of the roots or a part of one: `contact.name` of `contact`."""
    return any(path == root or path.startswith(root + ".") for root in roots)
