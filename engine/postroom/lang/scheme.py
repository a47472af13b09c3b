"""What an expression may read at its place in a rule set."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from postroom.lang.fields import FIELDS, Readable
from postroom.lang.records import readers
from postroom.lang.types import BOOLEAN, INTEGER, TEXT, Type, list_of, optional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from postroom.lang.scope import Scope
    from postroom.model.record import Record, Table


class PureFunction(Protocol):
    """What a plugin's function looks like from here; see `postroom.hooks.contracts.Function`."""

    name: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]]
    returns: ClassVar[str]
    help: ClassVar[str]

    def __call__(self, *values: Any) -> Any:  # noqa: ANN401
        """Return the value."""
        ...


@dataclass(frozen=True)
class Scheme:
    """The fields, lists and functions that an expression may name."""

    lists: Mapping[str, tuple[Any, ...]]
    tables: Mapping[str, Table]
    contact_table: Table | None
    record_table: Table | None
    functions: Mapping[str, type[PureFunction]]
    with_record: bool
    fields: Mapping[str, Readable] = field(repr=False)
    """By path: `from`, `auth.dmarc.result`, `record.title`."""
    groups: frozenset[str] = field(repr=False)
    """Paths that only lead to others: `auth`, `auth.dmarc`."""
    closed: Mapping[str, tuple[str, str]] = field(repr=False)
    """Names that cannot be read here: why not, and what to do about it."""


def scheme(  # noqa: PLR0913 - each is one thing that a rule set says
    *,
    lists: Mapping[str, tuple[Any, ...]],
    tables: Mapping[str, Table],
    contact_table: Table | None,
    record_table: Table | None,
    functions: Mapping[str, type[PureFunction]] = MappingProxyType({}),
    with_record: bool,
    contact_groups: str = "groups",
) -> Scheme:
    """Put together what an expression at some place of a rule set may read.

    `with_record` says whether `record` may be read: in updates, notify and templates, not where a
    new message is filtered. `contact_groups` is the field of contact_table behind `contact.groups`.
    """
    fields = {readable.path: readable for readable in FIELDS}
    closed = {}
    if contact_table is not None:
        fields.update(_contact(contact_table, contact_groups))
    else:
        closed["contact"] = (
            "there are no contacts in these rules",
            "name their table: contacts: {table: contact}",
        )
    if with_record and record_table is not None:
        fields.update(_record(record_table, tables))
    else:
        closed["record"] = (
            "there is no record yet where this is asked",
            "`record` can be read in `updates`, `notify` and templates",
        )
    return Scheme(
        lists, tables, contact_table, record_table, functions, with_record,
        fields, _groups(fields), closed,
    )  # fmt: skip


def _groups(paths: Mapping[str, Readable]) -> frozenset[str]:
    found = set()
    for path in paths:
        parts = path.split(".")
        found |= {".".join(parts[:end]) for end in range(1, len(parts))}
    return frozenset(found - paths.keys())


def _contact(table: Table, groups: str) -> dict[str, Readable]:
    fields = {each.path: each for each in readers("contact", table, _find_contact, keep=True)}
    in_groups = fields.get(f"contact.{groups}")
    own = (
        Readable(
            "contact",
            Type("record", optional=True, table=table.name),
            lambda s: s.facts.contact.ref.id if s.facts.contact else None,
            "the contact whose address is From's",
            "contacts",
        ),
        Readable(
            "contact.known",
            BOOLEAN,
            lambda s: s.facts.contact is not None,
            "whether there is such a contact",
            "contacts",
        ),
        Readable(
            "contact.groups",
            in_groups.type if in_groups else list_of(TEXT),
            in_groups.get if in_groups else lambda _: (),
            "the groups that the contact is in",
            "contacts",
        ),
    )
    return fields | {each.path: each for each in own}


def _record(table: Table, tables: Mapping[str, Table]) -> dict[str, Readable]:
    found = (*readers("record", table, _find_record, keep=False), *_numbers(table, tables))
    fields = {each.path: each for each in found}
    own = (
        Readable(
            "record",
            Type("record", optional=True, table=table.name),
            lambda s: s.record.ref.id if s.record else None,
            "the record that the message created or is for",
            "tables",
            keep=False,
        ),
        Readable(
            "record.number",
            TEXT,
            # of the record's own table: one template may serve several
            lambda s: (s.record_table or table).number_of(s.record.ref.id) if s.record else "",
            "the number that people see: SUP-4711",
            "tables",
            keep=False,
        ),
        Readable(
            "record.id",
            INTEGER,
            lambda s: s.record.ref.id if s.record else 0,
            "the number that the engine uses",
            "tables",
            keep=False,
        ),
    )
    return fields | {each.path: each for each in own}


def _find_contact(scope: Scope) -> Record | None:
    return scope.facts.contact


def _numbers(table: Table, tables: Mapping[str, Table]) -> Iterator[Readable]:
    """Yield the numbers of the records that a record refers to: `record.ticket.number`."""
    for reference in table.of_type("reference"):
        other = tables.get(reference.table)
        if other is not None:
            words = f"the number of the {other.name} in `{reference.name}`, as people see it"
            path = f"record.{reference.name}.number"
            reader = _number_of(reference.name, other)
            yield Readable(path, optional(TEXT), reader, words, "tables", keep=False)


def _number_of(field: str, other: Table) -> Callable[[Scope], str | None]:
    def read(scope: Scope) -> str | None:
        value = scope.record.values.get(field) if scope.record else None
        return other.number_of(value) if isinstance(value, int) else None

    return read


def _find_record(scope: Scope) -> Record | None:
    return scope.record
