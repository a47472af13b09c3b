"""What the sections of a rule set know of one another while they are checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from postroom.lang.scheme import Scheme, scheme
from postroom.rules.given import suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.hooks.contracts import Function
    from postroom.model.record import Field, Table
    from postroom.model.signin import Provider, SignIn
    from postroom.rules.findings import Findings
    from postroom.rules.ruleset import Contacts, Permission, Send
    from postroom.source.nodes import Scalar
    from postroom.source.text import Span


@dataclass(frozen=True)
class Kinds:
    """What the installed plugins bring, by name, as far as rule files speak of it."""

    transports: Mapping[str, type] = field(default_factory=dict)
    """The settings class of each transport."""
    notifiers: Mapping[str, type] = field(default_factory=dict)
    """The settings class of each notifier."""
    authenticators: Mapping[str, type] = field(default_factory=dict)
    """The settings class of each authenticator."""
    scanners: Mapping[str, type] = field(default_factory=dict)
    """The settings class of each scanner."""
    functions: Mapping[str, type[Function]] = field(default_factory=dict)
    receivers: Mapping[str, type] = field(default_factory=dict)
    """The settings class of each receiver, which `receive:` names as it does a transport."""

    @property
    def receive(self) -> Mapping[str, type]:
        """What `receive:` may name."""
        return {**self.transports, **self.receivers}


def scheme_of(
    lists: Mapping[str, tuple[Any, ...]],
    tables: Mapping[str, Table],
    contacts: Contacts | None,
    *,
    kinds: Kinds,
    table: Table | None,
) -> Scheme:
    """Return what an expression may read; with a table, the record at hand as well."""
    return scheme(
        lists=lists,
        tables=tables,
        contact_table=tables.get(contacts.table) if contacts else None,
        record_table=table,
        functions=kinds.functions,
        with_record=table is not None,
        contact_groups=contacts.groups if contacts else "",
    )


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """A place that names a template, and what the template may read there."""

    span: Span
    table: str
    with_record: bool


@dataclass
class World:
    """Everything that has been read so far. Sections are read in the order of its fields."""

    findings: Findings
    kinds: Kinds
    lists: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    contacts: Contacts | None = None
    groups: dict[str, dict[str, Permission]] = field(default_factory=dict)
    template_names: dict[str, Scalar] = field(default_factory=dict)
    template_uses: dict[str, list[TemplateUse]] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    sign_ins: dict[str, SignIn | None] = field(default_factory=dict)
    """Those that cannot be used are None: the finding has been noted."""
    account_tables: set[str] = field(default_factory=set)
    senders: dict[str, list[Send]] = field(default_factory=dict)
    """By table: how its accounts send that say so."""
    lists_read: set[str] = field(default_factory=set)
    _schemes: dict[str, Scheme] = field(default_factory=dict, repr=False)

    def scheme(self, table: Table | None = None) -> Scheme:
        """Return what an expression may read; with a table, the record at hand as well.

        Made once for each table, when lists, tables and contacts have been read.
        """
        name = table.name if table else ""
        if name not in self._schemes:
            self._schemes[name] = scheme_of(
                self.lists, self.tables, self.contacts, kinds=self.kinds, table=table
            )
        return self._schemes[name]

    def table(self, found: Scalar | None) -> Table | None:
        """Return the table that a value names; note it if there is none."""
        if found is None:
            return None
        if found.value not in self.tables:
            hint = suggestion(found.value, self.tables, "the tables are") or "add it to `tables:`"
            self.findings.error("PR240", f"there is no table `{found.value}`", found.span, hint)
        return self.tables.get(found.value)

    def field(self, table: Table, found: Scalar) -> Field | None:
        """Return the field of a table that a value names; note it if there is none."""
        if found.value not in table.fields:
            message = f"the table `{table.name}` has no field `{found.value}`"
            hint = suggestion(found.value, table.fields, "its fields are")
            self.findings.error("PR241", message, found.span, hint)
        return table.fields.get(found.value)

    def template(self, found: Scalar | None, *, table: str, with_record: bool) -> str:
        """Return the name of the template that a value names; note it if there is none."""
        if found is None:
            return ""
        names = self.template_names
        if found.value not in names:
            hint = suggestion(found.value, names, "the templates are") or "add it to `templates:`"
            self.findings.error("PR242", f"there is no template `{found.value}`", found.span, hint)
            return ""
        use = TemplateUse(found.span, table, with_record)
        self.template_uses.setdefault(found.value, []).append(use)
        return found.value
